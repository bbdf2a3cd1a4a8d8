//! Comments as docs.

use crate::model::Docs;

/// What a comment that no reader of the docs needs has in it.
const LICENCE: [&str; 3] = ["Licensed under", "Copyright", "All rights reserved"];

/// The lines of comments, with an empty one between two. The parser has taken the marks away.
pub(super) fn docs(comments: &[&str]) -> Docs {
    let blocks: Vec<Docs> = comments.iter().map(|comment| lines(comment)).filter(|lines| !lines.is_empty()).collect();
    blocks.join(&String::new())
}

/// What the comment says that begins in this line, if nothing but space is before it.
pub(super) fn rest_of_line(text: &str) -> Option<&str> {
    let text = text.trim_start_matches([' ', '\t']);
    match text.get(..2)? {
        "//" => text[2..].lines().next(),
        "/*" => text[2..].split_once("*/").map(|(comment, _)| comment),
        _ => None,
    }
}

/// Those of a file: nothing of a licence.
pub(super) fn without_licence(docs: Docs) -> Docs {
    let licence = docs.iter().any(|line| LICENCE.iter().any(|words| line.contains(words)));
    if licence { Docs::new() } else { docs }
}

fn lines(comment: &str) -> Docs {
    let lines: Vec<&str> = comment.lines().map(line).collect();
    let full = |line: &&str| !line.is_empty();
    let Some(first) = lines.iter().position(full) else { return Docs::new() };
    let last = lines.iter().rposition(full).unwrap_or(first);
    lines[first..=last].iter().map(|line| (*line).to_owned()).collect()
}

/// One line, without what is left of `///` and `/**`, and one space.
fn line(line: &str) -> &str {
    let line = line.trim_end().trim_start_matches(['/', '*']);
    line.strip_prefix(' ').unwrap_or(line)
}
