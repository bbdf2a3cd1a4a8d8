//! Types and annotations.

use super::{DEPTH_MAX, Parsed, Stop, cursor::Cursor};
use crate::{
    frontend::thrift::ast::{Type, TypeKind},
    model,
};

impl Cursor<'_> {
    /// A type within so many others.
    pub(super) fn ty(&mut self, depth: usize) -> Parsed<Type> {
        let start = self.token.span.start;
        if depth > DEPTH_MAX {
            let help = "give a name to what is inside, with `typedef`";
            let message = format!("types are nested more than {DEPTH_MAX} deep");
            self.report.error(&self.token.span, message).help(help);
            return Err(Stop);
        }
        let form = self.form;
        let kind = match self.word().unwrap_or_default() {
            "list" => TypeKind::List(Box::new(self.elements(depth)?)),
            "set" => TypeKind::Set(Box::new(self.elements(depth)?)),
            "map" => TypeKind::Map(Box::new(self.entries(depth)?)),
            "slist" => {
                let span = self.advance();
                self.report.warn(&span, "`slist` is obsolete: it is read as a `string`").help("write `string`");
                TypeKind::Plain(model::Type::String)
            }
            "void" => {
                self.unexpected("a type").help("only a function can be `void`");
                return Err(Stop);
            }
            word => match plain(word) {
                Some(ty) => {
                    self.advance();
                    TypeKind::Plain(ty)
                }
                None => TypeKind::Named(self.reference("a type")?.text),
            },
        };
        let span = start..self.last_end;
        self.form = form;
        self.annotations()?;
        Ok(Type { kind, span })
    }

    /// `<T>`, and what other languages are told.
    fn elements(&mut self, depth: usize) -> Parsed<Type> {
        let container = self.begin_container()?;
        let element = self.ty(depth + 1)?;
        self.expect('>', &format!("behind the element of a {container}"))?;
        self.cpp_type()?;
        Ok(element)
    }

    /// `<K, V>`.
    fn entries(&mut self, depth: usize) -> Parsed<(Type, Type)> {
        self.begin_container()?;
        let key = self.ty(depth + 1)?;
        self.expect(',', "behind the key of a map")?;
        let value = self.ty(depth + 1)?;
        self.expect('>', "behind the value of a map")?;
        self.cpp_type()?;
        Ok((key, value))
    }

    fn begin_container(&mut self) -> Parsed<&'static str> {
        let (container, form) = match self.word() {
            Some("list") => ("list", "a list is written `list<i32>`"),
            Some("set") => ("set", "a set is written `set<i32>`"),
            _ => ("map", "a map is written `map<string, i32>`"),
        };
        self.form = form;
        self.advance();
        self.cpp_type()?;
        self.expect('<', &format!("behind `{container}`"))?;
        Ok(container)
    }

    fn cpp_type(&mut self) -> Parsed<()> {
        if self.eat_word("cpp_type").is_some() {
            self.text("a type of C++ in quotation marks")?;
        }
        Ok(())
    }

    /// `(a = "b", c)` or nothing. Gives what `deprecated` says, if it is among them; the others are for other languages.
    pub(super) fn annotations(&mut self) -> Parsed<Option<String>> {
        let mut deprecated = None;
        if !self.at('(') {
            return Ok(deprecated);
        }
        let open = self.advance();
        let form = std::mem::replace(&mut self.form, "annotations are written `(name = \"text\", other)`");
        while !self.eat(')') {
            let Some(word) = self.word().filter(|_| !self.at_beginning()) else {
                let opened = self.report.place(&open);
                self.unexpected("an annotation or `)`").also(opened, "opened here");
                return Err(Stop);
            };
            self.advance();
            let text = match self.eat('=') {
                true => self.text("the text of an annotation in quotation marks")?.text,
                false => String::new(),
            };
            if word == "deprecated" {
                deprecated = Some(text);
            }
            self.separator();
        }
        self.form = form;
        Ok(deprecated)
    }
}

/// The types whose names have a meaning in any file; those of `i8` and `uuid` are looked up.
fn plain(word: &str) -> Option<model::Type> {
    Some(match word {
        "bool" => model::Type::Bool,
        "byte" => model::Type::I8,
        "i16" => model::Type::I16,
        "i32" => model::Type::I32,
        "i64" => model::Type::I64,
        "double" => model::Type::F64,
        "string" => model::Type::String,
        "binary" => model::Type::Bytes,
        _ => return None,
    })
}
