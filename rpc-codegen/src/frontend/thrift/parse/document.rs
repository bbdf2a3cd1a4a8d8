//! Headers and definitions.

use super::{
    Parsed, Stop,
    cursor::{BEGINNINGS, Cursor},
    docs::joined,
};
use crate::{
    frontend::thrift::{
        ast::{Definition, DefinitionKind, Document, Head, Name, Service, StructKind, Type, TypeKind},
        lex::TokenKind,
        names::nearest,
    },
    model::{self, Docs},
};

/// Headers of times before `namespace`, each with a name; what they say is for other languages.
const OBSOLETE: [&str; 12] = [
    "cocoa_prefix",
    "cpp_namespace",
    "csharp_namespace",
    "delphi_namespace",
    "java_package",
    "perl_package",
    "php_namespace",
    "py_module",
    "ruby_namespace",
    "smalltalk_category",
    "smalltalk_prefix",
    "xsd_namespace",
];

/// A name, what stands behind the bracket that opens it, and what it is.
type Declared = (Name, Docs, DefinitionKind);

impl Cursor<'_> {
    /// The whole file.
    pub(super) fn document(mut self) -> Document {
        let mut document = Document::default();
        while !self.at_end() {
            let start = self.token.span.start;
            if self.header_or_definition(&mut document).is_err() {
                self.skip_definition(start);
            }
        }
        self.finish();
        document
    }

    fn header_or_definition(&mut self, document: &mut Document) -> Parsed<()> {
        let word = self.word().unwrap_or_default();
        let is_header = ["include", "cpp_include", "namespace"].contains(&word) || OBSOLETE.contains(&word);
        if document.docs.is_empty() && document.definitions.is_empty() {
            document.docs = self.docs_of_file(is_header);
        }
        self.form = "";
        match word {
            "include" => {
                self.form = "write `include \"other.thrift\"`";
                self.advance();
                document.includes.push(self.text("the path of a file in quotation marks")?);
            }
            "cpp_include" => {
                self.form = "write `cpp_include \"other.h\"`";
                self.advance();
                self.text("the path of a file in quotation marks")?;
            }
            "namespace" => document.namespaces.push(self.namespace()?),
            _ if is_header => {
                self.advance();
                self.namespace_name()?;
            }
            _ => document.definitions.push(self.definition()?),
        }
        self.separator();
        // What stands behind on the same line is not about what follows.
        self.docs_behind();
        Ok(())
    }

    fn namespace(&mut self) -> Parsed<(Name, Name)> {
        self.form = "a namespace is written `namespace rs a.b`";
        self.advance();
        let scope = if self.at('*') {
            Name { text: "*".to_owned(), span: self.advance() }
        } else if let Some(word) = self.word().filter(|_| !self.at_beginning()) {
            Name { text: word.to_owned(), span: self.advance() }
        } else {
            self.unexpected("the scope of a namespace").help("write a language or `*` for all: `namespace rs a.b`");
            return Err(Stop);
        };
        let name = self.namespace_name()?;
        self.annotations()?;
        Ok((scope, name))
    }

    /// A name with dots; some languages have it in quotation marks.
    fn namespace_name(&mut self) -> Parsed<Name> {
        if self.token.kind == TokenKind::Text {
            return self.text("a name");
        }
        let Some(word) = self.word().filter(|_| !self.at_beginning()) else {
            self.unexpected("the name of a namespace").help("write a name such as `a.b`");
            return Err(Stop);
        };
        Ok(Name { text: word.to_owned(), span: self.advance() })
    }

    fn definition(&mut self) -> Parsed<Definition> {
        let docs = self.docs_above();
        let start = self.token.span.start;
        let (name, inner, kind) = match self.word().unwrap_or_default() {
            "const" => self.constant()?,
            "typedef" => self.typedef()?,
            "enum" => self.enumeration()?,
            "senum" => self.senum()?,
            "struct" => self.structure(StructKind::Struct)?,
            "union" => self.structure(StructKind::Union)?,
            "exception" => self.structure(StructKind::Exception)?,
            "service" => self.service()?,
            word => {
                let near = nearest(word, BEGINNINGS).map(|near| format!("did you mean `{near}`?"));
                let known =
                    || "one begins with `const`, `enum`, `exception`, `service`, `struct`, `typedef` or `union`";
                self.unexpected("a definition").help(near.unwrap_or_else(|| known().to_owned()));
                return Err(Stop);
            }
        };
        let deprecated = self.annotations()?;
        // Behind the end of what goes over several lines stands what it is, not what it is about.
        let inline = !self.text[start..self.last_end].contains('\n');
        let mut behind = self.docs_behind();
        self.separator();
        behind = joined(behind, self.docs_behind());
        let docs = joined(joined(docs, inner), if inline { behind } else { Docs::new() });
        Ok(Definition { head: Head { name, docs, deprecated }, kind })
    }

    fn constant(&mut self) -> Parsed<Declared> {
        self.form = "a constant is written `const i32 NAME = 1`";
        self.advance();
        let ty = self.ty(0)?;
        let name = self.name("a constant")?;
        self.expect('=', "behind the name of a constant")?;
        let value = self.value(0)?;
        Ok((name, Docs::new(), DefinitionKind::Constant(ty, value)))
    }

    fn typedef(&mut self) -> Parsed<Declared> {
        self.form = "a typedef is written `typedef i64 Name`";
        self.advance();
        let ty = self.ty(0)?;
        let name = self.name("a typedef")?;
        Ok((name, Docs::new(), DefinitionKind::Typedef(ty)))
    }

    fn enumeration(&mut self) -> Parsed<Declared> {
        self.form = "an enum is written `enum Name { ONE = 1, TWO = 2 }`";
        self.advance();
        let name = self.name("an enum")?;
        let open = self.expect('{', "behind the name of an enum")?;
        let docs = self.docs_behind();
        let values = self.list(&open, '}', "a value", Self::enum_value)?;
        Ok((name, docs, DefinitionKind::Enum(values)))
    }

    /// An enum of texts, of times long ago: a text.
    fn senum(&mut self) -> Parsed<Declared> {
        self.form = "write `typedef string Name`: such enums are obsolete";
        let span = self.advance();
        let name = self.name("a senum")?;
        let help = format!("write `typedef string {}`", name.text);
        self.report.warn(&span, "`senum` is obsolete: it is read as a `string`, its values are left out").help(help);
        let open = self.expect('{', "behind the name of a senum")?;
        let docs = self.docs_behind();
        self.list(&open, '}', "a text", |cursor| {
            cursor.text("a text in quotation marks")?;
            cursor.separator();
            Ok(())
        })?;
        let ty = Type { kind: TypeKind::Plain(model::Type::String), span };
        Ok((name, docs, DefinitionKind::Typedef(ty)))
    }

    fn structure(&mut self, kind: StructKind) -> Parsed<Declared> {
        self.advance();
        let (what, form) = match kind {
            StructKind::Struct => ("a struct", "a struct is written `struct Name { 1: i32 field }`"),
            StructKind::Union => ("a union", "a union is written `union Name { 1: i32 field }`"),
            StructKind::Exception => ("an exception", "an exception is written `exception Name { 1: i32 field }`"),
        };
        self.form = form;
        let name = self.name(what)?;
        self.eat_word("xsd_all");
        let open = self.expect('{', &format!("behind the name of {what}"))?;
        let docs = self.docs_behind();
        let fields = self.list(&open, '}', "a field", Self::field)?;
        Ok((name, docs, DefinitionKind::Struct(kind, fields)))
    }

    fn service(&mut self) -> Parsed<Declared> {
        self.form = "a service is written `service Name { void function(1: i32 argument) }`";
        self.advance();
        let name = self.name("a service")?;
        let extends = match self.eat_word("extends") {
            Some(_) => Some(self.reference("the name of the service that it extends")?),
            None => None,
        };
        let open = self.expect('{', "behind the name of a service")?;
        let docs = self.docs_behind();
        let functions = self.list(&open, '}', "a function", Self::function)?;
        Ok((name, docs, DefinitionKind::Service(Service { extends, functions })))
    }
}
