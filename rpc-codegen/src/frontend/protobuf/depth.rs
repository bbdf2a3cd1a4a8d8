//! Refuses texts whose brackets nest so deeply that the parser, which calls itself for each, would run out of stack.
//!
//! Knows of the grammar what a comment and a string are, no more.

/// The most brackets that may be open at a time. The parser itself allows 32 messages within another; the rest is for the
/// values of options.
pub(super) const DEPTH_MAX: usize = 64;

/// Where the first bracket stands that is one too many.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (0, 0_usize);
    while at < bytes.len() {
        let rest = &bytes[at..];
        if let Some(length) = skipped(rest) {
            at += length;
            continue;
        }
        match rest[0] {
            b'{' | b'[' | b'<' => open += 1,
            b'}' | b']' | b'>' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEPTH_MAX {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Where the first bracket of a body stands.
pub(super) fn bracket(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match skipped(&text.as_bytes()[at..]) {
            Some(length) => at += length,
            None if text.as_bytes()[at] == b'{' => return Some(at),
            None => at += 1,
        }
    }
    None
}

/// How long the comment or the string is that begins here, if one does.
pub(super) fn skipped(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'/', b'/', ..] | [b'#', ..] => Some(until(rest, b"\n")),
        [b'/', b'*', ..] => Some(2 + until(&rest[2..], b"*/")),
        [quote @ (b'"' | b'\''), ..] => Some(string(rest, *quote)),
        _ => None,
    }
}

/// How long it is to behind the end.
fn until(rest: &[u8], end: &[u8]) -> usize {
    rest.windows(end.len()).position(|window| window == end).map_or(rest.len(), |at| at + end.len())
}

/// How long a string is that begins here.
fn string(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote && rest[at] != b'\n' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}
