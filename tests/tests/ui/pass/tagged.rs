//! Every shape of a type with tags, under strict lints; names that are the generated code's own, and old ones.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, unused_results, deprecated)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(dead_code, clippy::option_option)]
#![forbid(unsafe_code)]

mod shadowed {
    #![allow(non_camel_case_types, unused_macros, dead_code)]

    struct Result;
    struct Ok;
    struct Err;
    struct From;
    struct TryFrom;
    struct Tag;
    struct Shape;
    struct i32;
    struct str;
    mod core {}
    mod std {}
    mod rpc_core {}
    macro_rules! assert {
        () => {};
    }

    /// Its meaning is the user's.
    type Some = ::core::primitive::i32;

    #[derive(::rpc_core::Tagged)]
    enum Numbers {
        #[rpc(tag = 0)]
        Error,
        #[rpc(tag = 1)]
        None,
        #[rpc(tag = -7)]
        Self_,
    }

    #[derive(::rpc_core::Tagged)]
    enum Option {
        #[rpc(tag = 1)]
        Some(Some),
        #[rpc(tag = 2)]
        Ok(Ok),
        #[rpc(tag = 3)]
        Nothing,
    }

    #[derive(::rpc_core::Tagged)]
    struct Holder {
        #[rpc(tag = 4)]
        value: Some,
        #[rpc(oneof)]
        number: Option,
    }
}

mod words {
    use rpc_core::Tagged;

    /// Names that are words of Rust.
    #[derive(Tagged)]
    #[rpc(crate = ::rpc_core)]
    pub(crate) struct r#Type {
        /// One.
        #[rpc(tag = 1, as = "fixed32")]
        pub(crate) r#fn: u32,
        /// A oneof.
        #[rpc(oneof, required)]
        pub(crate) r#match: r#Match,
        /// A boxed one.
        #[rpc(oneof)]
        pub(crate) boxed: Option<Box<Boxed>>,
    }

    /// A oneof.
    #[derive(Tagged)]
    pub(crate) enum r#Match {
        /// A type within itself.
        #[rpc(tag = 2)]
        r#Loop(Box<r#Type>),
        /// Nothing in it.
        #[rpc(tag = 3)]
        Yield,
    }

    /// A oneof.
    #[derive(Tagged)]
    pub(crate) enum Boxed {
        /// A number.
        #[rpc(tag = 4)]
        Number(u64),
    }
}

mod deprecated {
    use rpc_core::Tagged;

    /// An old type.
    #[deprecated]
    #[derive(Tagged)]
    pub(crate) struct Old {
        /// An old field.
        #[deprecated]
        #[rpc(tag = 1)]
        pub(crate) old: u64,
    }

    /// An old value.
    #[derive(Clone, Copy, Tagged)]
    pub(crate) enum Color {
        /// No longer.
        #[deprecated = "use `Green`"]
        #[rpc(tag = 0)]
        Red,
        /// Still.
        #[rpc(tag = 1)]
        Green,
        /// An old way to say that something is not known.
        #[deprecated]
        #[rpc(unknown)]
        Other(i32),
    }
}

/// Nobody's.
#[derive(rpc_core::Tagged)]
struct Empty {}

/// Nothing.
#[derive(rpc_core::Tagged)]
enum Never {}

/// Known is none.
#[derive(rpc_core::Tagged)]
enum Unknown {
    /// All.
    #[rpc(unknown)]
    All(i32),
}

macro_rules! numbered {
    ($name:ident, $variant:ident = $tag:literal, $below:expr, $other:ident($number:ty)) => {
        /// Out of `macro_rules!`.
        #[derive(rpc_core::Tagged)]
        enum $name {
            #[rpc(tag = $tag)]
            $variant,
            #[rpc(tag = $below)]
            Below,
            #[rpc(unknown)]
            $other($number),
        }
    };
}

numbered!(Numbered, One = 1, -1, Other(i32));

fn main() {
    use rpc_core::{Shape, Tagged};

    assert_eq!(words::r#Type::TAGS[0].name, "fn");
    assert_eq!(words::r#Match::TAGS[0].name, "Loop");
    assert_eq!(words::r#Type::TAGS[2].choices, words::Boxed::TAGS);
    assert_eq!((Never::SHAPE, Never::TAGS.len()), (Shape::OneOf, 0));
    assert_eq!((Empty::SHAPE, Empty::TAGS.len()), (Shape::Struct, 0));
    assert_eq!(i32::from(Unknown::from(7)), 7);
    assert_eq!(i32::from(Numbered::from(-1)), -1);
    assert!(matches!(deprecated::Color::from(1), deprecated::Color::Green));
}
