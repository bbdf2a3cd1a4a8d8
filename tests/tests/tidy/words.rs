//! Words that must not stand in some place: I/O and clocks in `wire`, the system outside of its few files, `unsafe`,
//! and names that say nothing. And the header that every file begins with.

use crate::{
    assert_bites, assert_none,
    source::{Source, begins, files, paths},
};

/// Words that a state machine without I/O, clock and tasks has no use for.
const NOT_IN_WIRE: [&str; 6] = ["tokio", "async", "await", "spawn", "SystemTime", "thread_local"];
/// Parts of the standard library, likewise.
const NOT_OF_STD: [&str; 5] = ["fs", "io", "net", "process", "thread"];
/// The only files that may name the operating system.
const SYSTEM: [&str; 11] = [
    "rpc-core/src/server/descriptors.rs",
    "rpc-core/src/step/clock.rs",
    "rpc-core/src/transport/shm/control.rs",
    "rpc-core/src/transport/shm/cpus.rs",
    "rpc-core/src/transport/shm/faults.rs",
    "rpc-core/src/transport/shm/memory.rs",
    "rpc-core/src/transport/shm/received.rs",
    "rpc-core/src/transport/shm/region.rs",
    "rpc-core/src/transport/shm/setup.rs",
    "rpc-core/src/local_socket/mod.rs",
    "rpc-core/src/local_socket/socket_file.rs",
];
/// The files that may say `unsafe`; each block there says in a `// SAFETY:` comment why it is sound.
const UNSAFE: [&str; 3] =
    ["benches/ring/src/memory.rs", "rpc-core/src/transport/shm/memory.rs", "tests/src/bin/shm-attacker/pages.rs"];
/// Parts of names that say nothing of what is named; `impl` only where it stands last.
const EMPTY_NAMES: [&str; 13] = [
    "base", "common", "data", "hack", "helper", "helpers", "impl", "info", "legacy", "manager", "misc", "util", "utils",
];
/// A name of so many words is a sentence: a test's.
const SENTENCE: usize = 5;
/// Words that a definition's name follows.
const DEFINES: [&str; 10] = ["const", "enum", "fn", "macro_rules", "mod", "static", "struct", "trait", "type", "union"];

fn headers(sources: &[Source]) -> Vec<String> {
    let bare = sources.iter().filter(|source| !source.text.starts_with("//! "));
    bare.map(|source| format!("{}: begins without a `//!` that says what it is", source.path)).collect()
}

fn pure(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let tokens = source.tokens();
        let mut found = |line: usize, what: &str| {
            findings.push(format!("{}:{line}: `{what}` has no place in `wire`: leave it to the runtime", source.path));
        };
        for (at, token) in tokens.iter().enumerate() {
            if NOT_IN_WIRE.contains(&&*token.text) {
                found(token.line, &token.text);
            }
            if begins(&tokens[at..], &["Instant", "::", "now"]) {
                found(token.line, "Instant::now");
            }
        }
        for (path, line) in paths(&tokens, "std").iter().filter(|(path, _)| NOT_OF_STD.contains(&&*path[0])) {
            found(*line, &format!("std::{}", path.join("::")));
        }
    }
    findings
}

fn portable(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !SYSTEM.contains(&&*source.path)) {
        let tokens = source.tokens();
        let of_std = paths(&tokens, "std").into_iter().filter(|(path, _)| path[0] == "os");
        let crates = tokens.iter().filter(|token| ["libc", "rustix"].contains(&&*token.text));
        let places = of_std.map(|(_, line)| ("std::os", line)).chain(crates.map(|token| (&*token.text, token.line)));
        let allowed = SYSTEM.join(", ");
        findings.extend(places.map(|(word, line)| format!("{}:{line}: `{word}` is only for {allowed}", source.path)));
    }
    findings
}

fn sound(sources: &[Source], allowed: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
        for token in source.tokens().iter().filter(|token| token.text == "unsafe") {
            let place = format!("{}:{}", source.path, token.line);
            let before = lines[..token.line - 1].iter().rev().take_while(|line| line.starts_with("//"));
            if !allowed.contains(&&*source.path) {
                findings.push(format!("{place}: `unsafe` is for the files that are listed, after a decision"));
            } else if !before.into_iter().any(|line| line.starts_with("// SAFETY: ")) {
                findings.push(format!("{place}: write `// SAFETY: …` above, and why it is sound"));
            }
        }
    }
    findings
}

fn names(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let tokens = source.tokens();
        let defined = tokens.windows(3).filter(|window| DEFINES.contains(&&*window[0].text));
        let named = defined.map(|window| if window[1].text == "!" { &window[2] } else { &window[1] });
        let files = source.path.trim_end_matches(".rs").split('/').map(|name| (0, name));
        for (line, name) in files.chain(named.map(|token| (token.line, &*token.text))) {
            let words = words(name);
            let empty = |(at, word): (usize, &String)| {
                EMPTY_NAMES.contains(&&**word) && (word != "impl" || at == words.len() - 1)
            };
            if words.len() < SENTENCE && words.iter().enumerate().any(empty) {
                findings.push(format!("{}:{line}: `{name}`: say what it is or does", source.path));
            } else if words.len() > 1 && words[0] == "get" {
                findings.push(format!("{}:{line}: `{name}`: leave `get` out", source.path));
            }
        }
    }
    findings
}

/// The words of a name, in small letters: `HTTPUtil_x` is `httputil` and `x`, `DataFrame` is `data` and `frame`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for c in name.chars() {
        if matches!(c, '_' | '-' | '.') || c.is_uppercase() && small_before {
            words.push(String::new());
        }
        small_before = c.is_lowercase() || c.is_numeric();
        words.last_mut().expect("there is one").extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_file_begins_with_what_it_is() {
    let sources = files("", ".rs");
    assert!(sources.len() > 100, "no code was found");
    assert_none(&headers(&sources));
}

#[test]
fn wire_does_no_io_reads_no_clock_and_spawns_nothing() {
    let sources = files("rpc-core/src/wire", ".rs");
    assert!(!sources.is_empty(), "`wire` was not found");
    assert_none(&pure(&sources));
}

#[test]
fn the_operating_system_is_named_in_few_files() {
    assert_none(&portable(&files("rpc-core/src", ".rs")));
}

#[test]
fn nothing_is_unsafe_without_a_reason() {
    assert_none(&sound(&files("", ".rs"), &UNSAFE));
}

#[test]
fn names_say_something() {
    assert_none(&names(&files("", ".rs")));
}

#[test]
fn a_file_without_a_header_is_found() {
    let sources = [Source::new("a.rs", "//! Says.\n"), Source::new("b.rs", "// Says.\n"), Source::new("c.rs", "")];
    assert_bites(&headers(&sources), &["b.rs", "c.rs"]);
}

#[test]
fn io_and_clocks_in_wire_are_found() {
    let clean = "//! No tokio, no `.await`.\nuse std::{fmt, time::Duration};\nconst A: &str = \"spawn\";\n";
    assert!(pure(&[Source::new("a.rs", clean)]).is_empty());
    let source = Source::new(
        "b.rs",
        "use std::{fmt, io::{self, Read}, net::IpAddr};\nasync fn a() { tokio::spawn(b).await; std::time::Instant::now() }",
    );
    let expected =
        ["async", "tokio", "spawn", "await", "Instant::now", "std::io::self", "std::io::Read", "std::net::IpAddr"];
    assert_bites(&pure(&[source]), &expected);
}

#[test]
fn the_operating_system_elsewhere_is_found() {
    let text = "use std::{fmt, os::unix::net};\nfn a() { rustix::process::geteuid() }\n";
    assert_bites(&portable(&[Source::new("tcp.rs", text)]), &["tcp.rs:1: `std::os`", "tcp.rs:2: `rustix`"]);
    assert!(portable(&[Source::new(SYSTEM[1], text)]).is_empty());
}

#[test]
fn unsafe_code_is_found_where_it_is_not_allowed_or_not_explained() {
    let text = "//! unsafe\n#![allow(unsafe_code)]\n// SAFETY: rule 1.\n// More.\nunsafe { a() }\n\nunsafe { b() }\n";
    let source = [Source::new("ring.rs", text)];
    assert_bites(&sound(&source, &["ring.rs"]), &["ring.rs:7: write `// SAFETY"]);
    assert_bites(&sound(&source, &[]), &["ring.rs:5: `unsafe` is for the files", "ring.rs:7"]);
}

#[test]
fn names_that_say_nothing_are_found() {
    let text = "struct FrameData;\nfn get_name() {}\nfn get() {}\nmod database;\nmacro_rules! all_impl {}\n\
        let data = 1;\nfn impl_argument() {}\nfn what_both_have_in_common() {}\n";
    let expected = ["a.rs:1: `FrameData`", "a.rs:2: `get_name`", "a.rs:5: `all_impl`"];
    assert_bites(&names(&[Source::new("a.rs", text)]), &expected);
    assert_bites(&names(&[Source::new("src/utils/b.rs", "")]), &["`utils`"]);
}
