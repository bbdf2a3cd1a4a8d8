//! Comments of an IDL as documentation in Rust, and what else is said of anything that has a name.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Docs, Named};

/// An indented line of a comment is no code.
const INDENT_MAX: usize = 3;
/// What stands before and behind code, and has to be told that the code is none of Rust.
const FENCES: [&str; 2] = ["```", "~~~"];

/// The comment, and that it is deprecated.
pub(super) fn attributes(named: &Named) -> TokenStream {
    let docs = documentation(&named.docs);
    let deprecated = named.deprecated.as_ref().map(|note| match &**note {
        "" => quote!(#[deprecated]),
        note => quote!(#[deprecated(note = #note)]),
    });
    quote!(#docs #deprecated)
}

/// A comment. `rustdoc` runs what looks like code in one; that of an IDL is none of Rust.
pub(super) fn documentation(docs: &Docs) -> TokenStream {
    let mut in_code = false;
    let lines = docs.iter().map(|line| {
        let line = visible(line);
        let trimmed = line.trim_start();
        if let Some(fence) = FENCES.into_iter().find(|fence| trimmed.starts_with(fence)) {
            in_code = !in_code;
            return if in_code { format!("{fence}text") } else { fence.to_owned() };
        }
        if in_code { line } else { without_code(&line) }
    });
    let mut lines: Vec<String> = lines.collect();
    if in_code {
        lines.push("```".to_owned());
    }
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// What a comment of Rust may hold: no character that has no place on a line, or turns the direction of text.
fn visible(line: &str) -> String {
    let mut visible = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => visible.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => visible.extend(c.escape_unicode()),
            _ => visible.push(if c.is_control() { ' ' } else { c }),
        }
    }
    visible
}

/// A line outside of fences, so that nothing begins code there: not its indent, also behind the marks of quotes and lists,
/// not a fence behind those, and no HTML in which a fence further down would be lost.
fn without_code(line: &str) -> String {
    let trimmed = line.trim_start();
    let (marks, text) = trimmed.split_at(trimmed.len() - behind_marks(trimmed).len());
    let indent: usize =
        line[..line.len() - trimmed.len()].chars().map(|c| if c == '\t' { INDENT_MAX } else { 1 }).sum();
    let indent = " ".repeat(indent.min(INDENT_MAX));
    let is_fence = FENCES.into_iter().any(|fence| text.starts_with(fence));
    let is_html = text.starts_with('<') && !["<http://", "<https://"].iter().any(|link| text.starts_with(link));
    let escape = if is_fence || is_html { "\\" } else { "" };
    let marks: Vec<&str> = marks.split_whitespace().collect();
    let space = if marks.is_empty() || text.is_empty() { "" } else { " " };
    format!("{indent}{}{space}{escape}{text}", marks.join(" "))
}

/// What is behind the marks that a line begins with.
fn behind_marks(mut line: &str) -> &str {
    loop {
        match mark(line) {
            0 => return line,
            length => line = line[length..].trim_start(),
        }
    }
}

/// The length of the mark that a line begins with: of a quote, of a list, of a footnote.
fn mark(line: &str) -> usize {
    match line.chars().next() {
        Some('>') => 1,
        Some('-' | '*' | '+') => spaced(line, 1),
        Some('0'..='9') => {
            let end = line.find(['.', ')']).filter(|end| line[..*end].chars().all(|c| c.is_ascii_digit()));
            end.map_or(0, |end| spaced(line, end + 1))
        }
        Some('[') if line.starts_with("[^") => line.find("]:").map_or(0, |end| end + 2),
        _ => 0,
    }
}

/// The length of a mark that a space has to follow.
fn spaced(line: &str, length: usize) -> usize {
    if line[length..].starts_with([' ', '\t']) { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(docs: &[&str]) -> String {
        let docs = documentation(&docs.iter().map(|line| (*line).to_owned()).collect());
        let file = syn::parse2(quote!(#docs struct S;)).expect("an item");
        prettyplease::unparse(&file)
    }

    #[test]
    fn a_comment_of_an_idl_is_never_run_as_rust() {
        assert_eq!(printed(&["one", "", "    two", "\tthree"]), "/// one\n///\n///    two\n///    three\nstruct S;\n");
        assert_eq!(printed(&["```", "a()", "```", "b"]), "/// ```text\n/// a()\n/// ```\n/// b\nstruct S;\n");
        assert_eq!(printed(&["~~~ cpp", "a()"]), "/// ~~~text\n/// a()\n/// ```\nstruct S;\n");
    }

    #[test]
    fn code_in_a_quote_or_a_list_is_not_run_either() {
        assert_eq!(printed(&["> ```", ">     a()"]), "/// > \\```\n/// > a()\nstruct S;\n");
        assert_eq!(printed(&["-     -  a()", " 12)\t\tb()"]), "/// - - a()\n///  12) b()\nstruct S;\n");
        assert_eq!(printed(&["* > ~~~rust", "[^1]: ```"]), "/// * > \\~~~rust\n/// [^1]: \\```\nstruct S;\n");
        assert_eq!(printed(&["<!--", "<https://a.example>"]), "/// \\<!--\n/// <https://a.example>\nstruct S;\n");
        assert_eq!(printed(&["**a** -b", "1.5", ">", "- "]), "/// **a** -b\n/// 1.5\n/// >\n/// -\nstruct S;\n");
    }

    #[test]
    fn a_comment_has_no_characters_that_rust_refuses_in_one() {
        assert_eq!(printed(&["a\rb\0c\u{202e}d"]), "/// a b c\\u{202e}d\nstruct S;\n");
    }
}
