//! A feature adds names and never changes what existing names do: `#[cfg(feature …)]` stands on `mod` and `use` lines,
//! and on the one-line entries of the tables that are listed here.

use crate::{
    assert_bites, assert_none,
    source::{Source, Token, begins, closed, files},
};

/// The files with a table of what is compiled in.
const TABLES: [&str; 2] = ["rpc-core/src/codec/mod.rs", "rpc-core/src/transport/mod.rs"];

fn features(sources: &[Source], tables: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let tokens = source.tokens();
        let lines: Vec<&str> = source.text.lines().collect();
        for at in (0..tokens.len()).filter(|at| asks_for_feature(&tokens[*at..])) {
            let line = tokens[at].line;
            let entry = tables.contains(&&*source.path) && lines.get(line).is_some_and(|line| line.ends_with(','));
            if !is_name(gated(&tokens, at)) && !entry {
                findings.push(format!(
                    "{}:{line}: a feature gates `mod` and `use` lines and entries of tables, nothing else",
                    source.path
                ));
            }
        }
    }
    findings
}

/// `cfg(… feature …)`, `cfg!(… feature …)` and `cfg_attr(… feature …)`.
fn asks_for_feature(tokens: &[Token]) -> bool {
    let bracket = match tokens {
        _ if begins(tokens, &["cfg", "("]) || begins(tokens, &["cfg_attr", "("]) => 1,
        _ if begins(tokens, &["cfg", "!", "("]) => 2,
        _ => return false,
    };
    tokens[..closed(tokens, bracket)].iter().any(|token| token.text == "feature")
}

/// What the attribute around the token at `at` stands on, behind any further attributes.
fn gated(tokens: &[Token], at: usize) -> &[Token] {
    if at < 2 || !begins(&tokens[at - 2..], &["#", "[", "cfg"]) {
        return &[];
    }
    let mut next = closed(tokens, at - 1);
    while begins(&tokens[next.min(tokens.len())..], &["#", "["]) {
        next = closed(tokens, next + 1);
    }
    &tokens[next..]
}

/// Whether tokens begin a `mod` or `use` line.
fn is_name(mut tokens: &[Token]) -> bool {
    if begins(tokens, &["pub", "("]) {
        tokens = &tokens[closed(tokens, 1)..];
    } else if begins(tokens, &["pub"]) {
        tokens = &tokens[1..];
    }
    begins(tokens, &["use"]) || begins(tokens, &["mod"]) && tokens.get(2).is_some_and(|token| token.text == ";")
}

#[test]
fn features_add_names_and_change_nothing() {
    let sources = files("", ".rs");
    assert!(sources.iter().any(|source| source.text.contains("cfg(feature")), "no feature was found");
    assert_none(&features(&sources, &TABLES));
}

#[test]
fn a_feature_in_a_wrong_place_is_found() {
    let right = "#[cfg(feature = \"a\")]\n#[path = \"b.rs\"]\nmod b;\n#[cfg(all(unix, feature = \"a\"))]\npub(crate) use b::C;\n";
    assert!(features(&[Source::new("a.rs", right)], &[]).is_empty());
    let wrong = "#[cfg(feature = \"a\")]\nfn b() {}\nfn c() { if cfg!(feature = \"a\") {} }\n#[cfg_attr(feature = \"a\", d)]\nmod e;\n";
    assert_bites(&features(&[Source::new("a.rs", wrong)], &[]), &["a.rs:1:", "a.rs:3:", "a.rs:4:"]);
    let table = "vec![\n#[cfg(feature = \"a\")]\nb(),\n#[cfg(feature = \"a\")]\n{ c()\n},\n]";
    assert_bites(&features(&[Source::new("a.rs", table)], &["a.rs"]), &["a.rs:4:"]);
    assert_bites(&features(&[Source::new("a.rs", table)], &[]), &["a.rs:2:", "a.rs:4:"]);
}
