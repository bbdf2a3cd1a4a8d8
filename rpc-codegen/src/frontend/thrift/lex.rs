//! Text as tokens, one at a time, and the comments between them. Finds nothing wrong but a comment that does not end;
//! does not know which words have a meaning.

use super::ast::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, with dots or without.
    Word,
    Int,
    Float,
    /// A text in quotation marks; the closing one may be missing.
    Text,
    /// Any other character.
    Mark(char),
    /// The end of the file.
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    /// Nothing but space and comments stands before it on its line.
    pub(super) first_on_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommentKind {
    /// `/** … */`
    Docs,
    /// `/* … */`
    Block,
    /// `// …` or `# …`
    Line,
}

#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) kind: CommentKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// Where the text begins, behind a mark of the byte order.
    begin: usize,
    at: usize,
    /// Where a comment begins that has no end.
    pub(super) open_comment: Option<Span>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, begin, at: begin, open_comment: None }
    }

    /// The next token; the comments before it are added to `comments`.
    pub(super) fn next(&mut self, comments: &mut Vec<Comment>) -> Token {
        let mut first_on_line = self.at == self.begin;
        loop {
            let rest = &self.text[self.at..];
            let space = rest.len() - rest.trim_start().len();
            first_on_line |= rest[..space].contains('\n');
            self.at += space;
            let Some(comment) = self.comment() else { break };
            first_on_line |= self.text[comment.span.clone()].contains('\n');
            self.at = comment.span.end;
            comments.push(comment);
        }
        let start = self.at;
        let (kind, len) = token(&self.text[start..]);
        self.at += len;
        Token { kind, span: start..self.at, first_on_line }
    }

    /// The comment that begins here.
    fn comment(&mut self) -> Option<Comment> {
        let rest = &self.text[self.at..];
        if rest.starts_with('#') || rest.starts_with("//") {
            let len = rest.find('\n').unwrap_or(rest.len());
            return Some(Comment { kind: CommentKind::Line, span: self.at..self.at + len });
        }
        let inner = rest.strip_prefix("/*")?;
        let (inner, len) = if let Some(len) = inner.find("*/") {
            (&inner[..len], len + 4)
        } else {
            self.open_comment = Some(self.at..self.at + 2);
            (inner, rest.len())
        };
        // What is all stars says nothing.
        let says = inner.starts_with('*') && inner.contains(|c| c != '*');
        let kind = if says { CommentKind::Docs } else { CommentKind::Block };
        Some(Comment { kind, span: self.at..self.at + len })
    }
}

/// The token that `rest` begins with, and its length.
fn token(rest: &str) -> (TokenKind, usize) {
    let Some(first) = rest.chars().next() else { return (TokenKind::End, 0) };
    if first.is_alphabetic() || first == '_' {
        (TokenKind::Word, word(rest))
    } else if first == '"' || first == '\'' {
        (TokenKind::Text, text(rest, first))
    } else {
        number(rest.as_bytes()).unwrap_or_else(|| (TokenKind::Mark(first), first.len_utf8()))
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a word: a dot belongs to it where the word goes on behind it.
fn word(rest: &str) -> usize {
    let mut len = 0;
    loop {
        len += rest[len..].find(|c| !in_word(c)).unwrap_or(rest.len() - len);
        match rest[len..].strip_prefix('.') {
            Some(behind) if behind.starts_with(in_word) => len += 1,
            _ => return len,
        }
    }
}

/// The length of a text: to its closing mark, or to the end of the line.
fn text(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn number(rest: &[u8]) -> Option<(TokenKind, usize)> {
    let count = |from: usize| rest[from.min(rest.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    if rest[sign..].starts_with(b"0x") {
        let digits = rest[sign + 2..].iter().take_while(|c| c.is_ascii_hexdigit()).count();
        return Some((TokenKind::Int, sign + if digits > 0 { 2 + digits } else { 1 }));
    }
    let whole = count(sign);
    let fraction = if rest.get(sign + whole) == Some(&b'.') { count(sign + whole + 1) } else { 0 };
    if whole + fraction == 0 {
        return None;
    }
    let mut len = sign + whole + if fraction > 0 { 1 + fraction } else { 0 };
    let mut kind = if fraction > 0 { TokenKind::Float } else { TokenKind::Int };
    if matches!(rest.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
        let digits = count(len + 1 + sign);
        if digits > 0 {
            len += 1 + sign + digits;
            kind = TokenKind::Float;
        }
    }
    Some((kind, len))
}
