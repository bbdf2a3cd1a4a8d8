//! What IDL files say, whichever language they are in: the one shape that all front ends fill and that is rendered.
//!
//! Names are the IDL's own; what they are called in Rust is decided later, where all of them are known. A type is referred
//! to by its full name, `package.Outer.Inner`. Does not know how a file is written, nor what Rust looks like.

use crate::source::Place;

/// One file, as its front end understood it.
#[derive(Debug)]
pub(crate) struct File {
    /// The path to show, in the header of what is generated.
    pub(crate) path: String,
    /// The parts of the package's name; never empty.
    pub(crate) package: Vec<String>,
    /// Whether it was asked for. Of a file that others import only what they use is rendered.
    pub(crate) asked_for: bool,
    /// What stands before everything else.
    pub(crate) docs: Docs,
    pub(crate) items: Vec<Item>,
    pub(crate) services: Vec<Service>,
}

/// The lines of a comment, without what makes it one.
pub(crate) type Docs = Vec<String>;

/// What is said of anything that has a name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The name as the IDL writes it: the last part of the full one.
    pub(crate) name: String,
    pub(crate) docs: Docs,
    /// That it is deprecated, and what is said of that, which may be nothing.
    pub(crate) deprecated: Option<String>,
    /// Where the name stands.
    pub(crate) place: Place,
}

/// A type or a constant.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) named: Named,
    /// What it is declared within, outermost first, such as `["Outer"]`; its name is not among them.
    pub(crate) within: Vec<String>,
    /// `package.Outer.Inner`: what others call it.
    pub(crate) full_name: String,
    pub(crate) kind: ItemKind,
}

#[derive(Debug)]
pub(crate) enum ItemKind {
    /// A struct; with `exception` one that methods throw.
    Message {
        fields: Vec<Field>,
        exception: bool,
    },
    /// Exactly one of several: a Thrift union, or the oneof of a message, which is an item `within` that message. Every
    /// field has a tag; presence and defaults are of no meaning.
    Choice(Vec<Field>),
    /// What a method may throw: one of several exceptions, as a choice.
    Failure(Vec<Field>),
    Enum(Enum),
    /// Another name for a type.
    Alias(Type),
    Constant(Type, Literal),
}

#[derive(Debug)]
pub(crate) struct Enum {
    /// In the order of declaration. Several may have one number.
    pub(crate) values: Vec<EnumValue>,
    /// Numbers that are not among the values are kept; else they are refused.
    pub(crate) open: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct EnumValue {
    pub(crate) named: Named,
    pub(crate) number: i32,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) named: Named,
    /// The number that it has on tagged wires, not 0; nothing for a field that is a oneof, whose variants have theirs.
    pub(crate) tag: Option<i32>,
    pub(crate) ty: Type,
    pub(crate) presence: Presence,
    /// What it is where nothing else is said.
    pub(crate) default: Option<Literal>,
    /// The IDL asks for an indirection, for itself: Thrift's `&`.
    pub(crate) boxed: bool,
    /// How the IDL writes the type, where the type here does not tell: `sint32`, `map<sint32, fixed64>`, `group`.
    pub(crate) written: Option<String>,
}

impl Field {
    /// Whether it stands for a oneof of its message.
    pub(crate) fn is_oneof(&self) -> bool {
        self.tag.is_none()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The IDL says that it must be there: a `T`.
    Required,
    /// Always there, be it as its default: a `T`.
    Always,
    /// May be absent: an `Option<T>`.
    Optional,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Nothing: `void`, `google.protobuf.Empty`.
    Unit,
    Bool,
    I8,
    I16,
    I32,
    I64,
    U32,
    U64,
    F32,
    F64,
    String,
    Bytes,
    /// 16 bytes.
    Uuid,
    Duration,
    Time,
    List(Box<Self>),
    Set(Box<Self>),
    Map(Box<(Self, Self)>),
    /// May be absent, as a value: the wrappers of protobuf.
    Option(Box<Self>),
    /// An item, by its full name.
    Named(String),
}

/// A value that a file writes, of a type that its place tells: an `Int` is never meant as a float.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i128),
    Float(f64),
    String(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    /// Of a set, too; its values are then nothing.
    Set(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// Fields by their names; those left out have their defaults.
    Message(Vec<(String, Self)>),
    /// One variant of a choice, by its name.
    Choice(String, Box<Self>),
    /// A value of an enum, by the enum's full name and its own.
    EnumValue(String, String),
    /// A number of an open enum that no value of it has, by the enum's full name.
    EnumNumber(String, i32),
    /// The value of a constant, by its full name.
    Constant(String),
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) named: Named,
    /// `package.Service`: its name on the wire.
    pub(crate) full_name: String,
    /// In the order of declaration, those of a service that it extends first.
    pub(crate) methods: Vec<Method>,
}

#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) named: Named,
    /// What the request is made of.
    pub(crate) arguments: Vec<Field>,
    /// What follows the request, one after the other.
    pub(crate) takes_items: Option<Type>,
    /// What comes back, once or, with `gives_items`, one after the other.
    pub(crate) reply: Type,
    pub(crate) gives_items: bool,
    pub(crate) fails: Fails,
    pub(crate) oneway: bool,
    pub(crate) idempotent: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Fails {
    /// Declares no error.
    Never,
    /// With a status, as every method of gRPC may.
    WithStatus,
    /// With a [`ItemKind::Failure`], by its full name.
    Throws(String),
}
