//! What the rules look at: the files of this repository, and Rust text as tokens.
//!
//! Comments are no tokens and a text in quotation marks is one token without its content, so that no rule about words
//! trips over a text about the rule. This is no parser: it knows words, marks and brackets.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of cases: what a user might write, and what the macro makes of it.
const CASES: [&str; 3] = ["rpc-macros/tests/derive", "rpc-macros/tests/expand", "tests/tests/ui"];

/// The name of folders with what other programs have printed: nobody writes there.
const GENERATED: &str = "generated";

/// A text file, with its path from the root of the repository.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A word, a number, `::`, any other mark, or `""` for a text or a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// All tokens.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        tokens(&self.text)
    }

    /// The tokens outside of `#[cfg(test)] mod … { … }`.
    pub(crate) fn code(&self) -> Vec<Token> {
        let mut tokens = self.tokens();
        while let Some((start, end)) = test_block(&tokens) {
            tokens.drain(start..end);
        }
        tokens
    }

    /// Lines outside of `#[cfg(test)] mod … { … }`.
    pub(crate) fn lines_of_code(&self) -> usize {
        let mut tokens = self.tokens();
        let mut lines = self.text.lines().count();
        while let Some((start, end)) = test_block(&tokens) {
            lines -= tokens[end - 1].line - tokens[start].line + 1;
            tokens.drain(start..end);
        }
        lines
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// One file.
pub(crate) fn read(path: &str) -> Source {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Source::new(path, &text)
}

/// The files below `folder`, `""` for all, whose name ends so; in order.
pub(crate) fn files(folder: &str, end: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(folder, end, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &str, end: &str, found: &mut Vec<Source>) {
    // What cargo builds is marked with such a file.
    if CASES.contains(&folder) || root().join(folder).join("CACHEDIR.TAG").exists() {
        return;
    }
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}")) {
        let entry = entry.expect("a folder can be read to its end");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        match entry.file_type().expect("an entry has a type") {
            kind if kind.is_dir() && !name.starts_with('.') && name != GENERATED => walk(&path, end, found),
            kind if kind.is_file() && name.ends_with(end) => found.push(read(&path)),
            _ => {}
        }
    }
}

/// Rust text as tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let (len, kept) = if let Some(len) = comment(rest) {
            (len, None)
        } else if let Some(len) = quoted(rest) {
            (len, Some("\"\""))
        } else if is_word(first) {
            let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (len, Some(&rest[..len]))
        } else if rest.starts_with("::") {
            (2, Some("::"))
        } else {
            let len = first.len_utf8();
            (len, Some(&rest[..len]).filter(|_| !first.is_whitespace()))
        };
        tokens.extend(kept.map(|text| Token { text: text.to_owned(), line }));
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment that `text` begins with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let mut depth = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = match rest {
            _ if rest.starts_with("/*") => 1,
            _ if rest.starts_with("*/") => -1,
            _ if depth == 0 => return None,
            _ => 0,
        };
        depth += step;
        at += if step == 0 { rest.chars().next().map_or(1, char::len_utf8) } else { 2 };
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The length of the text or character literal that `text` begins with, its prefix included.
fn quoted(text: &str) -> Option<usize> {
    let prefix = text.find(|c| !"bcr".contains(c)).filter(|len| *len <= 2)?;
    let raw = text[..prefix].contains('r');
    let hashes = if raw { text[prefix..].find(|c| c != '#')? } else { 0 };
    let open = prefix + hashes;
    if text[open..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = &text[open + 1..];
        let len = if raw { body.find(&end)? } else { unescaped(body, '"')? };
        return Some(open + 1 + len + end.len());
    }
    // A character, unless it is a lifetime.
    let body = text.strip_prefix('\'')?;
    let len = if body.starts_with('\\') { unescaped(body, '\'')? } else { body.chars().next()?.len_utf8() };
    body[len..].starts_with('\'').then_some(len + 2)
}

/// Where `end` stands first without a backslash before it.
fn unescaped(text: &str, end: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let found = c == end && !escaped;
        escaped = c == '\\' && !escaped;
        found.then_some(at)
    })
}

/// Whether `tokens` begin with these words and marks.
pub(crate) fn begins(tokens: &[Token], with: &[&str]) -> bool {
    tokens.len() >= with.len() && tokens.iter().zip(with).all(|(token, text)| token.text == *text)
}

/// The place behind the bracket that closes the one at `open`.
pub(crate) fn closed(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match &*token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The first test block: its first token and the one behind it.
fn test_block(tokens: &[Token]) -> Option<(usize, usize)> {
    const MARK: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let start = (0..tokens.len()).find(|at| {
        begins(&tokens[*at..], &MARK) && tokens.get(at + MARK.len() + 1).is_some_and(|token| token.text == "{")
    })?;
    Some((start, closed(tokens, start + MARK.len() + 1)))
}

/// The paths that begin with `first`, without it, and their lines; a group is taken apart: `crate::{a::B, c}` gives
/// `a::B` and `c`.
pub(crate) fn paths(tokens: &[Token], first: &str) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if begins(&tokens[at..], &[first, "::"]) {
            tree(tokens, at + 2, &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Takes the tree at `at` apart and gives the place behind it.
pub(crate) fn tree(
    tokens: &[Token],
    mut at: usize,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    let Some(token) = tokens.get(at) else { return at };
    at += 1;
    if token.text == "{" {
        while let Some(token) = tokens.get(at).filter(|token| token.text != "}") {
            at = if token.text == "," { at + 1 } else { tree(tokens, at, path, found) };
        }
        return at + 1;
    }
    path.push(token.text.clone());
    let goes_on = |token: &Token| token.text == "{" || token.text == "*" || token.text.starts_with(is_word);
    if begins(&tokens[at..], &["::"]) && tokens.get(at + 1).is_some_and(goes_on) {
        at = tree(tokens, at + 1, path, found);
    } else {
        found.push((path.clone(), token.line));
        if begins(&tokens[at..], &["as"]) {
            at += 2;
        }
    }
    path.pop();
    at
}

fn texts(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.text).collect()
}

#[test]
fn comments_and_quoted_text_are_not_code() {
    assert_eq!(texts("a /* b /* c */ d */ e // f\ng"), ["a", "e", "g"]);
    assert_eq!(
        texts(r####"x("a\"b", r#"c"d"#, b"e", 'f', '\'', '"') y"####).join(" "),
        r#"x ( "" , "" , "" , "" , "" , "" ) y"#
    );
    assert_eq!(texts("&'a str, 'b'"), ["&", "'", "a", "str", ",", "\"\""]);
    assert_eq!(tokens("a\n\"\n\"\nb")[2].line, 4);
}

#[test]
fn a_test_block_is_left_out_and_what_follows_it_is_not() {
    let source = Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n");
    let code: Vec<String> = source.code().into_iter().map(|token| token.text).collect();
    assert_eq!(code.join(" "), "fn a ( ) { } fn c ( ) { }");
    assert_eq!(source.lines_of_code(), 2);
}

#[test]
fn groups_of_paths_are_taken_apart() {
    let found = paths(&tokens("use crate::{a::{self, B as C}, d};\npub(crate) fn e() { crate::f::g::<H>() }"), "crate");
    let found: Vec<(String, usize)> = found.into_iter().map(|(path, line)| (path.join("::"), line)).collect();
    let expected = [("a::self", 1), ("a::B", 1), ("d", 1), ("f::g", 2)];
    assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
}
