//! What stands in brackets: values of enums, fields, functions.

use super::{Parsed, Stop, cursor::Cursor, docs::joined};
use crate::{
    frontend::thrift::{
        ast::{EnumValue, Field, Function, Head, Name, Number},
        lex::TokenKind,
    },
    model::{Docs, Presence},
};

const FIELD: &str = "a field is written `1: i32 name`, with `required` or `optional` before its type if need be";
const FUNCTION: &str = "a function is written `void name(1: i32 argument) throws (1: Exception name)`";
const VALUE: &str = "a value of an enum is written `NAME` or `NAME = 1`";

impl Cursor<'_> {
    pub(super) fn enum_value(&mut self) -> Parsed<EnumValue> {
        self.form = VALUE;
        let docs = self.docs_above();
        let name = self.name("a value")?;
        let number = if self.eat('=') { Some(self.number("the number of a value")?) } else { None };
        let head = self.tail(name, docs)?;
        Ok(EnumValue { head, number })
    }

    pub(super) fn field(&mut self) -> Parsed<Field> {
        self.form = FIELD;
        let docs = self.docs_above();
        let id = if self.token.kind == TokenKind::Int {
            let id = self.number("the id of a field")?;
            self.expect(':', "behind the id of a field")?;
            Some(id)
        } else {
            None
        };
        let presence = if self.eat_word("required").is_some() {
            Presence::Required
        } else if self.eat_word("optional").is_some() {
            Presence::Optional
        } else {
            Presence::Always
        };
        let ty = self.ty(0)?;
        let boxed = self.eat('&');
        let name = self.name("a field")?;
        let default = if self.eat('=') { Some(self.value(0)?) } else { None };
        self.eat_word("xsd_optional");
        self.eat_word("xsd_nillable");
        if self.eat_word("xsd_attrs").is_some() {
            self.skip_brackets("behind `xsd_attrs`")?;
        }
        let head = self.tail(name, docs)?;
        Ok(Field { head, id, presence, ty, boxed, default })
    }

    pub(super) fn function(&mut self) -> Parsed<Function> {
        self.form = FUNCTION;
        let docs = self.docs_above();
        let oneway = self.eat_word("oneway").or_else(|| self.eat_word("async"));
        let reply = if self.eat_word("void").is_some() { None } else { Some(self.ty(0)?) };
        let name = self.name("a function")?;
        let open = self.expect('(', "behind the name of a function")?;
        let inner = self.docs_behind();
        let arguments = self.list(&open, ')', "an argument", Self::field)?;
        self.form = FUNCTION;
        let throws = if self.eat_word("throws").is_some() {
            let open = self.expect('(', "behind `throws`")?;
            self.list(&open, ')', "an exception", Self::field)?
        } else {
            Vec::new()
        };
        self.form = FUNCTION;
        let head = self.tail(name, joined(docs, inner))?;
        Ok(Function { head, oneway, reply, arguments, throws })
    }

    /// What everything in brackets ends with: annotations, a separator, and comments behind both.
    fn tail(&mut self, name: Name, docs: Docs) -> Parsed<Head> {
        let deprecated = self.annotations()?;
        let mut behind = self.docs_behind();
        if self.at(',') || self.at(';') {
            self.advance();
            behind = joined(behind, self.docs_behind());
        }
        Ok(Head { name, docs: joined(docs, behind), deprecated })
    }

    /// A whole number.
    fn number(&mut self, what: &str) -> Parsed<Number> {
        if self.token.kind != TokenKind::Int {
            self.unexpected(what);
            return Err(Stop);
        }
        let value = self.int()?;
        Ok(Number { value, span: self.advance() })
    }
}
