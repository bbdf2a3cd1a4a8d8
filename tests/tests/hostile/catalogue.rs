//! The list of the cases, and that each of them is a test which runs. What a case is about stands where it is tested.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Every case that has a test; the name of a test begins with its case.
const CASES: [&str; 67] = [
    "f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f11", "f12", "f13", // frames
    "c01", "c02", "c03", "c04", "c05", "c06", "c07", "c08", "c09", // values and handlers
    "r02", "r03", "r04", "r06", "r09", // calls
    "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", // streams and credit
    "d01", "d02", "d03", "d04", "d05", "d08", // deadlines
    "k01", "k02", "k03", "k05", "k08", "k09", "k10", // connections
    "u01", "u02", "u03", "u04", "u05", "u06", "u07", // Unix sockets
    "m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10", "m11", // shared memory
];
/// The programs whose tests they are.
const FOLDERS: [&str; 2] = ["tests/hostile", "tests/unix"];

/// The names of the tests in a text: of functions that are marked as such, and that run.
fn tests(text: &str) -> Vec<&str> {
    let (mut found, mut test, mut runs) = (Vec::new(), false, true);
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        if line.starts_with("#[") {
            test |= line == "#[test]" || line.starts_with("#[tokio::test");
            runs &= !["#[ignore", "#[cfg", "#[should_panic"].iter().any(|mark| line.starts_with(mark));
            continue;
        }
        let name =
            line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ").and_then(|rest| rest.split_once('('));
        found.extend(name.filter(|_| test && runs).map(|(name, _)| name));
        (test, runs) = (false, true);
    }
    found
}

/// The case that a test's name begins with, if it looks like one.
fn case(name: &str) -> Option<&str> {
    let (case, _) = name.split_once('_')?;
    let (letter, number) = case.split_at_checked(1)?;
    let like_one = letter.starts_with(|c: char| c.is_ascii_lowercase()) && number.len() == 2;
    (like_one && number.bytes().all(|digit| digit.is_ascii_digit())).then_some(case)
}

/// What is wrong with these tests as those of the cases.
fn findings(tests: &[&str]) -> Vec<String> {
    let cases: BTreeSet<&str> = tests.iter().filter_map(|name| case(name)).collect();
    let missing = CASES.iter().filter(|case| !cases.contains(**case)).map(|case| format!("{case} has no test"));
    let unknown = tests.iter().filter(|name| case(name).is_some_and(|case| !CASES.contains(&case)));
    missing.chain(unknown.map(|name| format!("{name}: there is no such case in the list"))).collect()
}

/// The Rust texts in a folder and those below it.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be read to its end").path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { Vec::from_iter(fs::read_to_string(path)) })
        .collect()
}

#[test]
fn every_case_has_a_test_and_every_test_is_of_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts: Vec<String> = FOLDERS.iter().flat_map(|folder| sources(&root.join(folder))).collect();
    let tests: Vec<&str> = texts.iter().flat_map(|text| tests(text)).collect();
    let findings = findings(&tests);
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_test_in_these_files_is_part_of_this_program() {
    let listed =
        Command::new(std::env::current_exe().expect("a name")).arg("--list").output().expect("it starts again");
    let listed = String::from_utf8(listed.stdout).expect("names are UTF-8");
    let listed: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.strip_suffix(": test")?.rsplit("::").next()).collect();
    for text in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDERS[0])) {
        for name in tests(&text) {
            assert!(listed.contains(name), "{name} stands in a file that is no module");
        }
    }
}

#[test]
fn what_is_no_test_does_not_count() {
    let text = "fn f01_a() {}\n// #[test]\nfn f02_a() {}\n#[test]\nfn f03_a() {}\n#[tokio::test]\n/// Says.\n\
        async fn f04_a() {}\n#[test]\n#[ignore = \"slow\"]\nfn f05_a() {}\n#[ignore]\n#[test]\nfn f06_a() {}\nfn f07_a() {}";
    assert_eq!(tests(text), ["f03_a", "f04_a"]);
}

#[test]
fn a_case_without_a_test_and_a_test_without_a_case_are_found() {
    let mut names: Vec<String> = CASES.iter().map(|case| format!("{case}_holds")).collect();
    let findings = |names: &[String]| findings(&names.iter().map(|name| &**name).collect::<Vec<_>>());
    assert_eq!(findings(&names), [] as [&str; 0]);
    names.extend(["f99_is_unknown", "f1_is_none", "to_be_or_not"].map(str::to_owned));
    names.retain(|name| !name.starts_with("r04"));
    assert_eq!(findings(&names), ["r04 has no test", "f99_is_unknown: there is no such case in the list"]);
}
