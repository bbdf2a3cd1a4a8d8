//! What is done to a text before the parser has it.
//!
//! As many bytes stand in for what is changed, so that all places stay.

use std::borrow::Cow;

use super::depth::skipped;

/// The mark that some editors put first.
const MARK: &str = "\u{feff}";
/// The largest number that message sets have, which the parser knows by a word alone.
const LARGEST: (&str, &str) = ("2147483646", "max       ");

/// The text as the parser takes it: without the mark, and with the word for the largest number.
pub(super) fn as_parsed(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if let Some(rest) = text.strip_prefix(MARK) {
        text = Cow::Owned(format!("{}{rest}", " ".repeat(MARK.len())));
    }
    if text.contains(LARGEST.0) {
        for at in largest(&text) {
            text.to_mut().replace_range(at..at + LARGEST.0.len(), LARGEST.1);
        }
    }
    text
}

/// Where a range of extensions ends with that number.
fn largest(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    let (mut in_extensions, mut previous) = (false, ";");
    while at < bytes.len() {
        let rest = &bytes[at..];
        if let Some(length) = skipped(rest) {
            at += length;
            continue;
        }
        let length = rest.iter().position(|byte| !is_of_word(*byte)).unwrap_or(rest.len());
        if length == 0 {
            match rest[0] {
                b';' | b'{' | b'}' => (in_extensions, previous) = (false, ";"),
                byte if byte.is_ascii_whitespace() => {}
                _ => previous = "",
            }
            at += 1;
            continue;
        }
        let word = &text[at..at + length];
        in_extensions |= previous == ";" && word == "extensions";
        if in_extensions && previous == "to" && word == LARGEST.0 {
            found.push(at);
        }
        previous = word;
        at += length;
    }
    found
}

/// Whether a word has it, or a number.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}
