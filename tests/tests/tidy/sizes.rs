//! How long a file and a function may be. A list holds what is longer today, with its length: it may only shrink.

use std::collections::BTreeMap;

use crate::{
    assert_bites, assert_none,
    source::{Source, Token, begins, closed, files},
};

/// Most lines of a file, its test block aside.
const FILE: usize = 500;
/// Most lines of a function.
const FUNCTION: usize = 70;
/// What is longer, as `path` or `path::function`, and how long it is. Take entries out; put none in.
const LONGER: [(&str, usize); 0] = [];

/// Findings against the limits and a list of what may be longer.
fn sizes(sources: &[Source], longer: &[(&str, usize)]) -> Vec<String> {
    let mut allowed: BTreeMap<&str, usize> = longer.iter().copied().collect();
    let mut findings = Vec::new();
    let mut measure = |name: &str, lines: usize, limit: usize| match allowed.remove(name) {
        Some(before) if lines > before => findings.push(format!("{name} has grown from {before} to {lines} lines")),
        Some(_) if lines <= limit => findings.push(format!("{name} has {lines} lines: take it out of the list")),
        None if lines > limit => findings.push(format!("{name} has {lines} lines, the limit is {limit}: split it")),
        _ => {}
    };
    for source in sources {
        measure(&source.path, source.lines_of_code(), FILE);
        for (name, lines) in functions(&source.tokens()) {
            measure(&format!("{}::{name}", source.path), lines, FUNCTION);
        }
    }
    findings.extend(allowed.keys().map(|name| format!("{name} is gone: take it out of the list")));
    findings
}

/// The functions that have a body, and their lines.
fn functions(tokens: &[Token]) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| begins(&tokens[*at..], &["fn"])) {
        let Some(name) = tokens.get(at + 1) else { break };
        let mut end = at + 2;
        while tokens.get(end).is_some_and(|token| ![";", "{"].contains(&&*token.text)) {
            end = if ["(", "["].contains(&&*tokens[end].text) { closed(tokens, end) } else { end + 1 };
        }
        if tokens.get(end).is_some_and(|token| token.text == "{") {
            let last = closed(tokens, end) - 1;
            found.push((&*name.text, tokens[last].line - tokens[at].line + 1));
        }
    }
    found
}

#[test]
fn files_and_functions_are_short() {
    let sources = files("", ".rs");
    assert!(sources.iter().map(|source| functions(&source.tokens()).len()).sum::<usize>() > 500, "no code was found");
    assert_none(&sizes(&sources, &LONGER));
}

fn function(name: &str, lines: usize) -> String {
    format!("fn {name}(a: [u8; 2]) -> u8\nwhere\n    A: B,\n{{\n{}}}\n", "    // body {\n".repeat(lines - 5))
}

#[test]
fn what_is_too_long_is_found() {
    let long_file = Source::new("long.rs", &"use a;\n".repeat(FILE + 1));
    let tested =
        Source::new("tested.rs", &format!("mod a;\n#[cfg(test)]\nmod tests {{\n{}}}\n", "use a;\n".repeat(FILE)));
    let fits = Source::new("fits.rs", &format!("trait A {{ fn b(); }}\n{}", function("c", FUNCTION)));
    let long = Source::new("function.rs", &function("d", FUNCTION + 1));
    let expected = ["long.rs has 501 lines, the limit is 500", "function.rs::d has 71 lines, the limit is 70"];
    assert_bites(&sizes(&[long_file, tested, fits, long], &[]), &expected);
}

#[test]
fn the_list_of_what_is_longer_can_only_shrink() {
    let source = Source::new("a.rs", &[function("b", 80), function("c", 60), function("d", 90)].concat());
    let longer = [("a.rs::b", 79), ("a.rs::c", 75), ("a.rs::d", 90), ("a.rs::e", 75)];
    let expected = ["b has grown from 79 to 80", "c has 60 lines: take it out", "e is gone: take it out"];
    assert_bites(&sizes(&[source], &longer), &expected);
}
