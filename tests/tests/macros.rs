//! `#[service]` and `#[derive(Tagged)]` seen from outside: what compiles, and what is said of what does not.
//!
//! `TRYBUILD=overwrite` writes the expected messages anew. That the code generated for a trait stays as it is, is
//! tested in `rpc-macros`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The tables of rules.
const TABLES: [&str; 2] = ["../rpc-macros/src/validate/mod.rs", "../rpc-macros/src/tagged/rules/mod.rs"];
/// The modules that rules are in.
const MODULES: [&str; 6] = ["entries", "method", "service", "streams", "types", "values"];
/// Cases beside those of the tables: the rules of single options and kinds of items, and of all mistakes together.
const OTHER_CASES: [&str; 11] = [
    "bad_tags",
    "bad_timeout",
    "malformed_option",
    "not_a_trait",
    "repeated_option",
    "several_mistakes",
    "several_mistakes_in_tags",
    "tag_options",
    "tuple_struct",
    "union_type",
    "unknown_option",
];
/// Cases that only the compiler can find, since they are about the types of fields; we say what it says of them.
const FOUND_BY_THE_COMPILER: [&str; 3] = ["oneof_of_other_tags", "oneof_of_struct", "oneof_without_tags"];

#[test]
fn what_is_written_compiles_or_we_say_what_to_write_instead() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn every_rule_has_a_case_that_breaks_it() {
    let tables = TABLES.map(|table| fs::read_to_string(here(table)).unwrap()).concat();
    let others = OTHER_CASES.into_iter().chain(FOUND_BY_THE_COMPILER);
    let mut expected: BTreeSet<String> = others.clone().map(String::from).collect();
    let words = tables.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    expected.extend(words.filter_map(rule).map(String::from));
    assert!(expected.len() > others.count(), "no tables of rules found");

    let cases: BTreeSet<String> = messages().map(|path| name(&path).to_owned()).collect();
    assert_eq!(cases, expected);
}

#[test]
fn messages_are_our_own_text() {
    for path in messages().filter(|path| !FOUND_BY_THE_COMPILER.contains(&name(path))) {
        let text = fs::read_to_string(&path).unwrap();
        let foreign =
            ["error[", "warning", "= note:", "= help:", "aborting"].into_iter().find(|word| text.contains(word));
        assert_eq!(foreign, None, "{}", path.display());
    }
}

/// `generic_trait` of `service::generic_trait` in a table.
fn rule(word: &str) -> Option<&str> {
    let (module, name) = word.split_once("::")?;
    MODULES.contains(&module).then_some(name)
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn messages() -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(here("tests/ui/fail")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
