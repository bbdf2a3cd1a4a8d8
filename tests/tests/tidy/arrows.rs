//! Which module of a crate may use which: the tables in `docs/architecture.md`, held against every `crate::…` and
//! `super::…` of the code. What only tests use is not looked at.
//!
//! ```text
//!   transport → address limits link wire::Head     `wire::Head` allows that item alone
//!   transport/* apart                              the files of the folder never use each other
//! ```
//! An arrow that nobody uses is a finding too, so that the table says what is and not what might be.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assert_bites, assert_none,
    documents::fenced,
    source::{Source, Token, begins, closed, files, paths, read, tokens, tree},
};

const CODE: &str = "rpc-core/src";
/// The crates that have a table, what its block is tagged with, and how many uses there are at least.
const CRATES: [(&str, &str, usize); 2] = [(CODE, "arrows", 100), ("rpc-codegen/src", "arrows-codegen", 30)];

/// The table: what each module may use, and the folders whose files stay apart.
#[derive(Debug, Default)]
struct Table {
    allowed: BTreeMap<String, BTreeSet<String>>,
    apart: BTreeSet<String>,
}

impl Table {
    fn read(text: &str) -> Self {
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(folder) = line.strip_suffix(" apart") {
                table.apart.insert(folder.trim().trim_end_matches("/*").to_owned());
            } else {
                let (from, to) = line.split_once('→').unwrap_or_else(|| panic!("`{line}` is no arrow"));
                table.allowed.insert(from.trim().to_owned(), to.split_whitespace().map(str::to_owned).collect());
            }
        }
        table
    }
}

/// One use of another module: from which file and line, of what.
#[derive(Debug)]
struct Use {
    module: Vec<String>,
    place: String,
    path: Vec<String>,
}

/// Findings of a crate's sources against a table.
fn arrows(table: &Table, sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<String> = sources.iter().filter_map(|source| module(source).first().cloned()).collect();
    let exported = exported(sources);
    let mut unused: BTreeSet<(String, String)> =
        table.allowed.iter().flat_map(|(from, to)| to.iter().map(|to| (from.clone(), to.clone()))).collect();
    let mut findings = Vec::new();
    for Use { module, place, mut path } in uses(sources) {
        if let Some(home) = exported.get(&path[0]).filter(|_| !modules.contains(&path[0])) {
            path.insert(0, home.clone());
        }
        let (from, to) = (&module[0], &path[0]);
        if from == to {
            let other = path.get(1).filter(|other| module.get(1).is_some_and(|own| own != *other));
            let sibling = |other: &&String| sources.iter().any(|source| self::module(source).iter().eq([to, *other]));
            if let Some(other) = other.filter(sibling).filter(|_| table.apart.contains(from)) {
                findings.push(format!("{place}: `{}` uses its sibling `{other}`", module.join("::")));
            }
            continue;
        }
        let item = path.get(1).map(|item| format!("{to}::{item}"));
        let arrow = [Some(to.clone()), item].into_iter().flatten().find(|to| {
            let allowed = table.allowed.get(from);
            allowed.is_some_and(|allowed| allowed.contains(to))
        });
        match arrow {
            Some(arrow) => drop(unused.remove(&(from.clone(), arrow))),
            None => findings.push(format!("{place}: `{from}` may not use `{}`", path.join("::"))),
        }
    }
    let named: BTreeSet<String> = table.allowed.keys().cloned().collect();
    findings.extend(modules.difference(&named).map(|module| format!("the table has no line for `{module}`")));
    findings.extend(named.difference(&modules).map(|module| format!("the table names `{module}`, which is no module")));
    findings.extend(unused.iter().map(|(from, to)| format!("the table allows `{from}` → `{to}`, which nobody needs")));
    findings
}

/// Every use of a path of the crate outside of tests. `lib.rs` names everything and is not looked at.
fn uses(sources: &[Source]) -> Vec<Use> {
    let tests = test_modules(sources);
    let mut found = Vec::new();
    for source in sources {
        let module = module(source);
        if module.is_empty() || tests.iter().any(|test| module.starts_with(test)) {
            continue;
        }
        let code = source.code();
        let below = &module[..module.len() - 1];
        let outer = paths(&code, "super").into_iter().map(|(path, line)| {
            let ups = path.iter().take_while(|word| *word == "super").count();
            ([&below[..below.len().saturating_sub(ups)], &path[ups..]].concat(), line)
        });
        for (path, line) in paths(&code, "crate").into_iter().chain(outer) {
            found.push(Use { module: module.clone(), place: format!("{}:{line}", source.path), path });
        }
    }
    found
}

/// The module that a file is: `client/call.rs` is `client::call`, `client/mod.rs` is `client`, `lib.rs` and `main.rs` are roots.
fn module(source: &Source) -> Vec<String> {
    let path = source.path.split_once("/src/").map_or("", |(_, path)| path);
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|word| !["lib", "main"].contains(word)).map(str::to_owned).collect()
}

/// The modules of files that are declared `#[cfg(test)] mod …;`.
fn test_modules(sources: &[Source]) -> Vec<Vec<String>> {
    const MARK: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let declared = |source: &Source| {
        let tokens = source.code();
        let names = tokens.windows(MARK.len() + 1).filter(|window| begins(window, &MARK));
        names.map(|window| [module(source), vec![window[MARK.len()].text.clone()]].concat()).collect::<Vec<_>>()
    };
    sources.iter().flat_map(declared).collect()
}

/// Where the names that `lib.rs` re-exports are defined.
fn exported(sources: &[Source]) -> BTreeMap<String, String> {
    let root = sources.iter().find(|source| module(source).is_empty());
    let tokens = root.map(Source::code).unwrap_or_default();
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| tokens[*at].text == "use") {
        tree(&tokens, at + 1, &mut Vec::new(), &mut found);
    }
    found.into_iter().map(|(path, _)| (path[path.len() - 1].clone(), path[0].clone())).collect()
}

/// Items of a file that only names things which are neither modules nor re-exports.
fn more_than_names(source: &Source) -> Vec<String> {
    let tokens = source.code();
    let mut findings = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if begins(&tokens[at..], &["#"]) {
            at = closed(&tokens, at + if begins(&tokens[at + 1..], &["!"]) { 2 } else { 1 });
            continue;
        }
        let end = tokens[at..].iter().position(|token| token.text == ";").map_or(tokens.len(), |len| at + len + 1);
        let item: &[Token] = &tokens[at + usize::from(tokens[at].text == "pub")..end];
        if !(begins(item, &["use"]) || begins(item, &["mod"]) && item.len() == 3) {
            let place = format!("{}:{}", source.path, tokens[at].line);
            findings.push(format!("{place}: only `mod name;` and `use` may stand here"));
        }
        at = end;
    }
    findings
}

#[test]
fn modules_use_only_what_the_architecture_allows() {
    let document = read("docs/architecture.md");
    for (code, tag, least) in CRATES {
        let table = Table::read(fenced(&document.text, tag).expect("the document has a block of arrows"));
        let sources = files(code, ".rs");
        assert!(uses(&sources).len() > least, "the code in {code} was not found");
        assert_none(&arrows(&table, &sources));
    }
}

#[test]
fn the_root_of_the_crate_and_what_generated_code_names_hold_no_logic() {
    let findings = ["lib.rs", "__private.rs"].map(|name| more_than_names(&read(&format!("{CODE}/{name}"))));
    assert_none(&findings.concat());
}

fn crate_of(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source::new(&format!("{CODE}/{path}"), text)).collect()
}

#[test]
fn an_arrow_that_the_table_does_not_have_is_found_however_it_is_written() {
    let table = Table::read("client → limits wire::Head\nlimits →\nserver →\nwire →");
    let sources = crate_of(&[
        ("lib.rs", "pub use server::Server;"),
        ("limits.rs", "use super::wire;"),
        ("client/mod.rs", "use crate::{limits::Limits, wire::{Head, Kind}};"),
        ("client/call.rs", "fn a() { crate::Server::new() }\nuse super::super::server;\nuse super::Call;"),
        ("server/mod.rs", "#[cfg(test)]\nmod tests { use crate::client; }\n#[cfg(test)]\nmod story;"),
        ("server/story.rs", "use crate::client::Channel;"),
        ("wire.rs", "//! `crate::client`"),
    ]);
    let expected = [
        "limits.rs:1: `limits` may not use `wire`",
        "client/mod.rs:1: `client` may not use `wire::Kind`",
        "client/call.rs:1: `client` may not use `server::Server::new`",
        "client/call.rs:2: `client` may not use `server`",
    ];
    assert_bites(&arrows(&table, &sources), &expected);
}

#[test]
fn a_table_that_is_not_true_is_found() {
    let table = Table::read("gone →\nlimits → status\nstatus →");
    let sources = crate_of(&[("limits.rs", ""), ("status.rs", ""), ("new/mod.rs", "")]);
    assert_bites(&arrows(&table, &sources), &["no line for `new`", "`gone`, which is no", "`limits` → `status`"]);
}

#[test]
fn siblings_that_use_each_other_are_found() {
    let table = Table::read("transport →\ntransport/* apart");
    let sources = crate_of(&[
        ("transport/mod.rs", "use tcp::Tcp; use super::transport::unix::Unix;"),
        ("transport/tcp.rs", "use super::{Transport, unix::Unix};"),
        ("transport/unix.rs", "use crate::transport::{tcp::Tcp, unix::Place};"),
    ]);
    let expected = ["`transport::tcp` uses its sibling `unix`", "`transport::unix` uses its sibling `tcp`"];
    assert_bites(&arrows(&table, &sources), &expected);
}

#[test]
fn logic_among_names_is_found() {
    let source =
        Source::new("lib.rs", "//! Doc.\n#![deny(x)]\nmod a;\npub mod b;\n#[c]\npub use a::{D, E};\nmod f { }\n");
    assert_bites(&more_than_names(&source), &["lib.rs:7"]);
    assert_eq!(more_than_names(&Source::new("lib.rs", "pub fn a() {}\n")).len(), 1);
    assert!(tokens("").is_empty());
}
