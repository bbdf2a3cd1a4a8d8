//! The two ends of the guard: the seed that a codec is given and the deserializer that a type is given.
//!
//! Knows serde's data model and nothing of any codec.

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::access::Contents;
use super::budget::Budget;
use super::visitor::MeteredVisitor;

/// A seed whose value is decoded through the guard.
pub(in crate::codec) struct Metered<'b, S> {
    pub(super) inner: S,
    pub(super) budget: &'b Budget<'b>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Metered<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.budget.enter_place(size_of::<S::Value>());
        self.inner.deserialize(Guarded { inner: deserializer, budget: self.budget })
    }
}

/// A codec's deserializer with the budget in front.
pub(super) struct Guarded<'b, D> {
    pub(super) inner: D,
    pub(super) budget: &'b Budget<'b>,
}

/// Methods that pass on to `$target`: with `plain` as they are, otherwise with a visitor that counts what it is given.
macro_rules! pass_on {
    (plain: $($method:ident => $target:ident,)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$target(visitor)
        }
    )*};
    ($contents:ident: $($method:ident($($arg:ident: $type:ty),*) => $target:ident,)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($arg: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let visitor = MeteredVisitor { inner: visitor, budget: self.budget, contents: Contents::$contents };
            self.inner.$target($($arg,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, D> {
    type Error = D::Error;

    pass_on! { plain:
        deserialize_bool => deserialize_bool,
        deserialize_i8 => deserialize_i8,
        deserialize_i16 => deserialize_i16,
        deserialize_i32 => deserialize_i32,
        deserialize_i64 => deserialize_i64,
        deserialize_i128 => deserialize_i128,
        deserialize_u8 => deserialize_u8,
        deserialize_u16 => deserialize_u16,
        deserialize_u32 => deserialize_u32,
        deserialize_u64 => deserialize_u64,
        deserialize_u128 => deserialize_u128,
        deserialize_f32 => deserialize_f32,
        deserialize_f64 => deserialize_f64,
        deserialize_char => deserialize_char,
        deserialize_str => deserialize_str,
        deserialize_string => deserialize_str, // an owned string would be allocated by its claimed length
        deserialize_unit => deserialize_unit,
        deserialize_identifier => deserialize_identifier,
    }

    // Bytes too: a text codec has no bytes and hands over a sequence of numbers.
    pass_on! { Elements:
        deserialize_bytes() => deserialize_bytes,
        deserialize_byte_buf() => deserialize_bytes,
        deserialize_seq() => deserialize_seq,
        deserialize_map() => deserialize_map,
        deserialize_any() => deserialize_any,
        deserialize_ignored_any() => deserialize_ignored_any,
    }

    pass_on! { Fields:
        deserialize_option() => deserialize_option,
        deserialize_unit_struct(name: &'static str) => deserialize_unit_struct,
        deserialize_newtype_struct(name: &'static str) => deserialize_newtype_struct,
        deserialize_tuple(len: usize) => deserialize_tuple,
        deserialize_tuple_struct(name: &'static str, len: usize) => deserialize_tuple_struct,
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) => deserialize_struct,
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) => deserialize_enum,
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
