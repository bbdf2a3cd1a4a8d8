//! Where the parser is, what it expects there, and how it goes on after a mistake.

use super::{Parsed, Stop};
use crate::{
    diagnostics::Diagnostic,
    frontend::thrift::{
        ast::{Name, Span},
        lex::{Comment, Lexer, Token, TokenKind},
        report::Report,
    },
};

/// Words with a meaning, which are no names.
const KEYWORDS: [&str; 29] = [
    "binary",
    "bool",
    "byte",
    "const",
    "cpp_include",
    "double",
    "enum",
    "exception",
    "extends",
    "false",
    "i16",
    "i32",
    "i64",
    "include",
    "list",
    "map",
    "namespace",
    "oneway",
    "optional",
    "required",
    "service",
    "set",
    "string",
    "struct",
    "throws",
    "true",
    "typedef",
    "union",
    "void",
];

/// Words that a definition or a header begins with.
pub(super) const BEGINNINGS: [&str; 11] = [
    "const",
    "cpp_include",
    "enum",
    "exception",
    "include",
    "namespace",
    "senum",
    "service",
    "struct",
    "typedef",
    "union",
];

/// Most letters of a name: every reference to it becomes a copy.
const NAME_MAX: usize = 255;
/// Most characters of a token that a message repeats.
const FOUND_MAX: usize = 40;

pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    lexer: Lexer<'a>,
    pub(super) token: Token,
    /// The comments before the token that nobody has taken.
    pub(super) gap: Vec<Comment>,
    /// Where the token before this one ends.
    pub(super) last_end: usize,
    /// How many brackets are open.
    nesting: usize,
    /// How what is being read is written: what to do where nothing else is known.
    pub(super) form: &'static str,
    pub(super) report: &'a mut Report,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, report: &'a mut Report) -> Self {
        let (mut lexer, mut gap) = (Lexer::new(text), Vec::new());
        let token = lexer.next(&mut gap);
        Self { text, lexer, token, gap, last_end: 0, nesting: 0, form: "", report }
    }

    /// Goes on to the next token and gives this one's place.
    pub(super) fn advance(&mut self) -> Span {
        match self.token.kind {
            TokenKind::Mark('(' | '[' | '{') => self.nesting += 1,
            TokenKind::Mark(')' | ']' | '}') => self.nesting = self.nesting.saturating_sub(1),
            _ => {}
        }
        self.gap.clear();
        self.last_end = self.token.span.end;
        let next = self.lexer.next(&mut self.gap);
        std::mem::replace(&mut self.token, next).span
    }

    pub(super) fn slice(&self, span: &Span) -> &'a str {
        &self.text[span.clone()]
    }

    pub(super) fn at_end(&self) -> bool {
        self.token.kind == TokenKind::End
    }

    pub(super) fn at(&self, mark: char) -> bool {
        self.token.kind == TokenKind::Mark(mark)
    }

    /// The word that stands here.
    pub(super) fn word(&self) -> Option<&'a str> {
        (self.token.kind == TokenKind::Word).then(|| self.slice(&self.token.span))
    }

    pub(super) fn eat(&mut self, mark: char) -> bool {
        let found = self.at(mark);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Option<Span> {
        (self.word() == Some(word)).then(|| self.advance())
    }

    /// `,` or `;` or nothing.
    pub(super) fn separator(&mut self) {
        if self.at(',') || self.at(';') {
            self.advance();
        }
    }

    /// Expects a mark; `place` says where: "behind the id of a field".
    pub(super) fn expect(&mut self, mark: char, place: &str) -> Parsed<Span> {
        if self.at(mark) {
            return Ok(self.advance());
        }
        self.unexpected(&format!("`{mark}` {place}"));
        Err(Stop)
    }

    /// Expects a name without dots, of `what`: "a struct".
    pub(super) fn name(&mut self, what: &str) -> Parsed<Name> {
        let name = self.reference(&format!("the name of {what}"))?;
        if name.text.contains('.') {
            let help = "only a reference to what another file defines has dots";
            self.report.error(&name.span, format!("the name of {what} has no dots")).help(help);
            return Err(Stop);
        }
        Ok(name)
    }

    /// Expects a name, maybe with dots.
    pub(super) fn reference(&mut self, what: &str) -> Parsed<Name> {
        let Some(word) = self.word().filter(|_| !self.at_beginning()) else {
            self.unexpected(what);
            return Err(Stop);
        };
        if KEYWORDS.contains(&word) {
            let help = format!("`{word}` has a meaning of its own: write another name, such as `{word}_`");
            self.unexpected(what).help(help);
            return Err(Stop);
        }
        let name = Name { text: word.to_owned(), span: self.advance() };
        if !name.text.is_ascii() {
            let help = "names are made of the letters a to z and A to Z, digits and `_`";
            self.report.error(&name.span, format!("`{}` is no name", clipped(word))).help(help);
            return Err(Stop);
        }
        if name.text.len() > NAME_MAX {
            let message = format!("a name has more than {NAME_MAX} letters");
            self.report.error(&name.span, message).help("write a shorter one");
            return Err(Stop);
        }
        Ok(name)
    }

    /// Says that something else was expected here.
    pub(super) fn unexpected(&mut self, what: &str) -> &mut Diagnostic {
        if self.at_end()
            && let Some(begin) = self.lexer.open_comment.take()
        {
            let help = "write `*/` where the comment ends";
            let diagnostic = self.report.error(&begin, "this comment has no end");
            return diagnostic.help(help);
        }
        let found = match self.token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", clipped(self.slice(&self.token.span))),
        };
        let diagnostic = self.report.error(&self.token.span, format!("expected {what}, found {found}"));
        diagnostic.help = (!self.form.is_empty()).then(|| self.form.to_owned());
        diagnostic
    }

    /// A comment that has no end is an error even where the file may end.
    pub(super) fn finish(&mut self) {
        if let Some(begin) = self.lexer.open_comment.take() {
            self.report.error(&begin, "this comment has no end").help("write `*/` where the comment ends");
        }
    }

    /// Whether the next definition begins here, whatever is open: its word stands first on its line.
    pub(super) fn at_beginning(&self) -> bool {
        self.token.first_on_line && self.word().is_some_and(|word| BEGINNINGS.contains(&word))
    }

    /// Reads elements until `close`, which `what` are in: "a field". Goes on behind elements with mistakes.
    pub(super) fn list<T>(
        &mut self,
        open: &Span,
        close: char,
        what: &str,
        element: fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut elements = Vec::new();
        while !self.eat(close) {
            if self.at_end() || self.at_beginning() {
                let opened = self.report.place(open);
                let help = format!("write `{close}` where it ends");
                self.unexpected(&format!("{what} or `{close}`")).also(opened, "opened here").help(help);
                return Err(Stop);
            }
            let (start, level) = (self.token.span.start, self.nesting);
            if let Ok(element) = element(self) {
                elements.push(element);
                continue;
            }
            self.skip_element(close, start, level);
            if self.at_end() || self.at_beginning() {
                return Err(Stop);
            }
        }
        Ok(elements)
    }

    /// Goes on to where the next element of a list may begin: behind a separator, or on another line.
    fn skip_element(&mut self, close: char, start: usize, level: usize) {
        while !self.at_end() && !self.at_beginning() {
            let inside = self.nesting > level;
            let begins = self.token.first_on_line && matches!(self.token.kind, TokenKind::Int | TokenKind::Word);
            if !inside && (self.at(close) || begins && self.token.span.start > start) {
                return;
            }
            let separates = self.at(',') || self.at(';');
            self.advance();
            if !inside && separates {
                return;
            }
        }
    }

    /// Goes on to the next definition.
    pub(super) fn skip_definition(&mut self, start: usize) {
        while !self.at_end() && (!self.at_beginning() || self.token.span.start == start) {
            self.advance();
        }
    }

    /// Goes on behind the bracket that closes the one here.
    pub(super) fn skip_brackets(&mut self, place: &str) -> Parsed<()> {
        let level = self.nesting;
        let open = self.expect('{', place)?;
        while self.nesting > level {
            if self.at_end() || self.at_beginning() {
                let opened = self.report.place(&open);
                self.unexpected("`}`").also(opened, "opened here").help("write `}` where it ends");
                return Err(Stop);
            }
            self.advance();
        }
        Ok(())
    }
}

/// What a message repeats of a text.
pub(super) fn clipped(text: &str) -> String {
    match text.char_indices().nth(FOUND_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
