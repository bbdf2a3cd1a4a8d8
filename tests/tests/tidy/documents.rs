//! What documents say of the code, held against it: the features, the examples, the folders, the ten steps.
//!
//! Each of them is a table or a list for people; nobody is to write it twice, and nobody can forget it.

use std::{collections::BTreeSet, fs};

use rpc_core::step::Step;

use crate::{
    assert_bites, assert_none,
    source::{Source, Token, begins, files, read, root},
};

/// The content of the block that is fenced and tagged so.
pub(crate) fn fenced<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\n```{tag}\n"))?;
    rest.split_once("\n```").map(|(block, _)| block)
}

/// The cells of the tables whose first column is headed so, or so `of …`.
fn table<'a>(text: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in text.lines().map(|line| line.trim_start_matches("//!").trim()) {
        let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if inside && !row.starts_with("---") {
            rows.push(cells);
        } else {
            inside |= cells[0] == head || cells[0].starts_with(&format!("{head} of "));
        }
    }
    rows
}

/// What stands in backticks first.
fn name(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or(cell)
}

fn difference(findings: &mut Vec<String>, one: (&str, &BTreeSet<String>), other: (&str, &BTreeSet<String>)) {
    for ((has, a), (lacks, b)) in [(one, other), (other, one)] {
        findings.extend(a.difference(b).map(|name| format!("{has} has {name}, {lacks} has not")));
    }
}

/// The feature table of a page against the manifest: names, and which are on by default.
fn feature_table(page: &str, manifest: &str) -> Vec<String> {
    let (_, section) = manifest.split_once("[features]\n").unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let features: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(" = ")).collect();
    let default = features.iter().find(|(name, _)| *name == "default").map_or("", |(_, list)| *list);
    let say = |name: &str, on: bool| format!("`{name}` ({})", if on { "on" } else { "off" });
    let declared = features.iter().filter(|(name, _)| *name != "default");
    let declared = declared.map(|(name, _)| say(name, default.contains(&format!("\"{name}\"")))).collect();
    let said = table(page, "feature").iter().map(|row| say(name(row[0]), row[1] == "on")).collect();
    let mut findings = Vec::new();
    difference(&mut findings, ("the manifest", &declared), ("the table", &said));
    findings
}

/// The examples as the manifest, the page of the examples and the folder have them; `files` are paths in the folder.
fn examples(manifest: &str, page: &str, files: &[&str]) -> Vec<String> {
    let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.strip_prefix(" = ")?.trim_matches('"').to_owned());
    let sections = manifest.split("[[example]]\n").skip(1);
    let declared: Vec<(String, String)> = sections
        .filter_map(|section| {
            Some((section.lines().find_map(|l| value(l, "name"))?, section.lines().find_map(|l| value(l, "path"))?))
        })
        .collect();
    let programs = files.iter().filter(|file| !file.contains('/') || file.ends_with("/main.rs"));
    let (names, paths) = declared.into_iter().unzip();
    let mut findings = Vec::new();
    let said = table(page, "example").iter().map(|row| name(row[0]).to_owned()).collect();
    difference(&mut findings, ("examples/Cargo.toml", &names), ("examples/README.md", &said));
    difference(
        &mut findings,
        ("examples/Cargo.toml", &paths),
        ("examples/", &programs.map(|file| (*file).to_owned()).collect()),
    );
    findings
}

/// Folders that a page does not name, as `folder/` or in backticks.
fn unmapped(page: &str, folders: &[String]) -> Vec<String> {
    let named = |folder: &str| {
        [
            format!("`{folder}`"),
            format!("`{folder}/"),
            format!(" {folder}/"),
            format!("({folder}"),
            format!("\n{folder}/"),
        ]
        .iter()
        .any(|form| page.contains(form))
    };
    folders.iter().filter(|folder| !named(folder)).map(|folder| format!("`{folder}` is not in the map")).collect()
}

/// The table of the steps against what each mark is called, and where the code sets it.
fn steps(rows: &[Vec<&str>], marks: &[[String; 3]], sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    let said: Vec<[String; 3]> = rows.iter().map(|row| [row[0], row[1], name(row[2])].map(str::to_owned)).collect();
    if said != marks {
        findings.push(format!("the table says {said:?}, the code {marks:?}"));
    }
    let codes: Vec<(&str, Vec<Token>)> = sources.iter().map(|source| (&*source.path, source.code())).collect();
    for row in rows {
        let mark = name(row[2]);
        let sets =
            |code: &[Token]| (0..code.len()).any(|at| begins(&code[at..], &["mark", "(", "Step", "::", mark, ")"]));
        let places: Vec<&str> = codes.iter().filter(|(_, code)| sets(code)).map(|(path, _)| *path).collect();
        let said = row[3].split(['(', ')']).nth(1).unwrap_or_default().trim_start_matches("../");
        if places != [said] {
            findings.push(format!("`{mark}`: the table says {said}, the code sets it in {places:?}"));
        }
    }
    findings
}

#[test]
fn the_feature_tables_are_true() {
    let manifest = read("rpc-core/Cargo.toml");
    for page in ["rpc-core/src/lib.rs", "README.md"] {
        assert_none(&feature_table(&read(page).text, &manifest.text));
    }
}

#[test]
fn the_list_of_examples_is_true() {
    let sources = files("examples", ".rs");
    let paths = sources.iter().map(|source| source.path.trim_start_matches("examples/"));
    let programs: Vec<&str> = paths.filter(|path| !path.starts_with("src/")).collect();
    assert!(!programs.is_empty(), "no examples were found");
    assert_none(&examples(&read("examples/Cargo.toml").text, &read("examples/README.md").text, &programs));
}

#[test]
fn the_map_of_the_readme_has_every_folder() {
    let entries = fs::read_dir(root()).expect("the root can be read").map(|entry| entry.expect("an entry can be read"));
    let names =
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let kept = |name: &String| !name.starts_with('.') && [".rs", ".md"].iter().any(|end| !files(name, end).is_empty());
    let folders: Vec<String> = names.filter(kept).collect();
    assert!(folders.len() >= 5, "the folders were not found: {folders:?}");
    assert_none(&unmapped(&read("README.md").text, &folders));
}

#[test]
fn the_ten_steps_are_where_the_architecture_says() {
    let marks = Step::ALL.map(|step| [step.number().to_string(), step.name().to_owned(), format!("{step:?}")]);
    let document = read("docs/architecture.md");
    assert_none(&steps(&table(&document.text, "step"), &marks, &files("rpc-core/src", ".rs")));
}

#[test]
fn the_map_of_the_code_has_every_module() {
    let modules = files("rpc-core/src", ".rs").into_iter().filter_map(|source| {
        let path = source.path.trim_start_matches("rpc-core/src/");
        Some(path.split_once('/').map_or(path, |(folder, _)| folder).to_owned()).filter(|name| name != "lib.rs")
    });
    assert_none(&unmapped(&read("docs/architecture.md").text, &modules.collect::<Vec<_>>()));
}

#[test]
fn a_feature_that_is_not_as_the_table_says_is_found() {
    let manifest = "[features]\ndefault = [\"a\"]\na = [] # a\nb = [\"dep:b\"]\nc = []\n\n[dependencies]\nd = 1\n";
    let page = "//! Page.\n//! | feature | default | adds |\n//! |---|---|---|\n//! | `a` | off | A |\n//! | `b` | off | B |\n//!\n";
    let expected =
        ["the manifest has `a` (on), the table", "the manifest has `c` (off)", "the table has `a` (off), the manifest"];
    assert_bites(&feature_table(page, manifest), &expected);
    assert_eq!(feature_table("", "[features]\na = []\n").len(), 1);
}

#[test]
fn an_example_that_is_missing_somewhere_is_found() {
    let manifest = "[[example]]\nname = \"a\"\npath = \"a.rs\"\n\n[[example]]\nname = \"b\"\npath = \"b/main.rs\"\n";
    let page = "| example | shows |\n|---|---|\n| [`a`](a.rs) | A |\n| `c` | C |\n";
    let expected = [
        "examples/Cargo.toml has b, examples/README.md",
        "examples/README.md has c",
        "examples/Cargo.toml has a.rs, examples/ has not",
        "examples/ has d.rs",
    ];
    assert_bites(&examples(manifest, page, &["b/main.rs", "b/part.rs", "d.rs"]), &expected);
}

#[test]
fn a_folder_that_the_map_lacks_is_found() {
    let page = "| `docs/` | texts |\n[tests](tests)\n  rpc-core/ runtime\n";
    let folders = ["docs", "tests", "rpc-core", "benches"].map(str::to_owned);
    assert_bites(&unmapped(page, &folders), &["`benches`"]);
}

#[test]
fn a_step_that_is_not_where_the_table_says_is_found() {
    let page = "| step | what | mark | where |\n|---|---|---|---|\n| 1 | a | `Call` | [a](../a.rs) |\n| 2 | b | `Run` | [b](../b.rs) |";
    let marks = [["1", "a", "Call"], ["2", "b", "Run"]].map(|row| row.map(str::to_owned));
    let sources = [Source::new("a.rs", "mark(Step::Call); // mark(Step::Run)"), Source::new("c.rs", "mark(Step::Run)")];
    assert_bites(&steps(&table(page, "step"), &marks, &sources), &["`Run`: the table says b.rs"]);
    let twice = [Source::new("a.rs", "mark(Step::Call); mark(Step::Run);"), Source::new("b.rs", "mark(Step::Run)")];
    assert_bites(
        &steps(&table(page, "step"), &marks[..1], &twice),
        &["the table says [", "`Run`: the table says b.rs"],
    );
}
