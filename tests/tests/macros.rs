//! `#[service]` seen from outside: what compiles, and what is said of what does not.
//!
//! `TRYBUILD=overwrite` writes the expected messages anew. That the code generated for a trait stays as it is, is
//! tested in `rpc-macros`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Cases beside those of the tables in `validate`: the rules of single options, and of all mistakes together.
const OTHER_CASES: [&str; 6] =
    ["bad_timeout", "malformed_option", "not_a_trait", "repeated_option", "several_mistakes", "unknown_option"];

#[test]
fn services_compile_or_say_what_to_write_instead() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn every_rule_has_a_case_that_breaks_it() {
    let tables = fs::read_to_string(here("../rpc-macros/src/validate/mod.rs")).unwrap();
    let mut expected: BTreeSet<String> = OTHER_CASES.map(String::from).into();
    let words = tables.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    expected.extend(words.filter_map(rule).map(String::from));
    assert!(expected.len() > OTHER_CASES.len(), "no tables of rules found");

    let cases: BTreeSet<String> =
        messages().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(cases, expected);
}

#[test]
fn messages_are_our_own_text() {
    for path in messages() {
        let text = fs::read_to_string(&path).unwrap();
        let foreign =
            ["error[", "warning", "= note:", "= help:", "aborting"].into_iter().find(|word| text.contains(word));
        assert_eq!(foreign, None, "{}", path.display());
    }
}

/// `generic_trait` of `service::generic_trait` in a table.
fn rule(word: &str) -> Option<&str> {
    let (module, name) = word.split_once("::")?;
    ["method", "service", "streams", "values"].contains(&module).then_some(name)
}

fn messages() -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(here("tests/ui/fail")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
