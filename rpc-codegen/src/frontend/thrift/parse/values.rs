//! Values, and texts in quotation marks.

use super::{
    DEPTH_MAX, Parsed, Stop,
    cursor::{Cursor, clipped},
};
use crate::frontend::thrift::{
    ast::{Name, Value, ValueKind},
    lex::TokenKind,
};

impl Cursor<'_> {
    /// A value within so many others.
    pub(super) fn value(&mut self, depth: usize) -> Parsed<Value> {
        if depth > DEPTH_MAX {
            let help = "give a name to what is inside, with `const`";
            let message = format!("values are nested more than {DEPTH_MAX} deep");
            self.report.error(&self.token.span, message).help(help);
            return Err(Stop);
        }
        let start = self.token.span.start;
        let kind = match self.token.kind {
            TokenKind::Int => {
                let int = self.int()?;
                self.advance();
                ValueKind::Int(int)
            }
            TokenKind::Float => ValueKind::Float(self.float()?),
            TokenKind::Text => ValueKind::Text(self.text("a text")?.text),
            TokenKind::Mark('[') => ValueKind::List(self.value_list(depth)?),
            TokenKind::Mark('{') => ValueKind::Map(self.value_map(depth)?),
            _ => match self.word() {
                Some(word @ ("true" | "false")) => {
                    self.advance();
                    ValueKind::Bool(word == "true")
                }
                _ => ValueKind::Named(self.reference("a value")?.text),
            },
        };
        Ok(Value { kind, span: start..self.last_end })
    }

    fn value_list(&mut self, depth: usize) -> Parsed<Vec<Value>> {
        self.advance();
        let form = std::mem::replace(&mut self.form, "a list is written `[a, b]`");
        let mut values = Vec::new();
        while !self.eat(']') {
            if self.at_end() || self.at_beginning() {
                self.unexpected("a value or `]`");
                return Err(Stop);
            }
            values.push(self.value(depth + 1)?);
            self.separator();
        }
        self.form = form;
        Ok(values)
    }

    fn value_map(&mut self, depth: usize) -> Parsed<Vec<(Value, Value)>> {
        self.advance();
        let form = std::mem::replace(&mut self.form, "a map is written `{a: b, c: d}`");
        let mut entries = Vec::new();
        while !self.eat('}') {
            if self.at_end() || self.at_beginning() {
                self.unexpected("a key or `}`");
                return Err(Stop);
            }
            let key = self.value(depth + 1)?;
            self.expect(':', "behind the key of a map")?;
            entries.push((key, self.value(depth + 1)?));
            self.separator();
        }
        self.form = form;
        Ok(entries)
    }

    /// The whole number that stands here.
    pub(super) fn int(&mut self) -> Parsed<i64> {
        let word = self.slice(&self.token.span);
        let (sign, digits) = match word.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, word.strip_prefix('+').unwrap_or(word)),
        };
        let value = match digits.strip_prefix("0x") {
            Some(hex) => i128::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        value.ok().and_then(|value| i64::try_from(sign * value).ok()).ok_or_else(|| {
            let help = format!("write a number from {} to {}", i64::MIN, i64::MAX);
            self.report.error(&self.token.span, format!("`{}` does not fit in 64 bits", clipped(word))).help(help);
            Stop
        })
    }

    fn float(&mut self) -> Parsed<f64> {
        let word = self.slice(&self.token.span);
        let value = word.parse().ok().filter(|value: &f64| value.is_finite());
        let span = self.advance();
        value.ok_or_else(|| {
            let help = "the greatest is about 1.8e308";
            self.report.error(&span, format!("`{}` does not fit in a `double`", clipped(word))).help(help);
            Stop
        })
    }

    /// What stands in quotation marks, of either kind.
    pub(super) fn text(&mut self, what: &str) -> Parsed<Name> {
        if self.token.kind != TokenKind::Text {
            self.unexpected(what);
            return Err(Stop);
        }
        let span = self.advance();
        let quoted = self.slice(&span);
        let (mut text, mut escaped, mut closed) = (String::new(), false, false);
        let mark = quoted.chars().next();
        for (at, c) in quoted.char_indices().skip(1) {
            if escaped {
                escaped = false;
                text.push(match c {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '\\' | '"' | '\'' => c,
                    _ => {
                        let at = span.start + at;
                        let help = "write `\\n`, `\\r`, `\\t`, `\\\"`, `\\'` or `\\\\`";
                        self.report.error(&(at - 1..at + c.len_utf8()), format!("`\\{c}` has no meaning")).help(help);
                        c
                    }
                });
            } else if c == '\\' {
                escaped = true;
            } else if Some(c) == mark {
                closed = true;
            } else {
                text.push(c);
            }
        }
        if !closed {
            let help = "a text ends on the line where it begins; write `\\n` for the end of a line within it";
            self.report.error(&span, "this text has no closing quotation mark").help(help);
        }
        Ok(Name { text, span })
    }
}
