//! What a `.thrift` file says, as it is written: names are not looked up, values have no types yet.

use std::ops::Range;

use crate::model;

/// A part of the text, in bytes.
pub(super) type Span = Range<usize>;

/// A file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) docs: model::Docs,
    pub(super) includes: Vec<Name>,
    /// A scope and the name that it is given.
    pub(super) namespaces: Vec<(Name, Name)>,
    pub(super) definitions: Vec<Definition>,
}

/// A name, or a text in quotation marks, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// What is said of anything that has a name.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: Name,
    pub(super) docs: model::Docs,
    pub(super) deprecated: Option<String>,
}

#[derive(Debug)]
pub(super) struct Definition {
    pub(super) head: Head,
    pub(super) kind: DefinitionKind,
}

#[derive(Debug)]
pub(super) enum DefinitionKind {
    Constant(Type, Value),
    Typedef(Type),
    Enum(Vec<EnumValue>),
    Struct(StructKind, Vec<Field>),
    Service(Service),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StructKind {
    Struct,
    Union,
    Exception,
}

#[derive(Debug)]
pub(super) struct EnumValue {
    pub(super) head: Head,
    pub(super) number: Option<Number>,
}

/// A whole number that is written.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) value: i64,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) head: Head,
    pub(super) id: Option<Number>,
    pub(super) presence: model::Presence,
    pub(super) ty: Type,
    pub(super) boxed: bool,
    pub(super) default: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) extends: Option<Name>,
    pub(super) functions: Vec<Function>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) head: Head,
    /// Where it says `oneway`.
    pub(super) oneway: Option<Span>,
    /// Nothing for `void`.
    pub(super) reply: Option<Type>,
    pub(super) arguments: Vec<Field>,
    pub(super) throws: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Type {
    pub(super) kind: TypeKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum TypeKind {
    /// A type of the language that is not made of others.
    Plain(model::Type),
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<(Type, Type)>),
    Named(String),
}

#[derive(Debug)]
pub(super) struct Value {
    pub(super) kind: ValueKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ValueKind {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Named(String),
}
