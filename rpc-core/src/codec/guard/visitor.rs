//! The type's visitor with the budget in front: leaves pass through, whatever contains values goes one level down.
//!
//! Knows serde's data model and nothing of any codec.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::access::{Contents, Entries, Items, Variants};
use super::budget::Budget;
use super::deserializer::Guarded;

/// A visitor that counts a level, and what the codec hands it to read on from.
pub(super) struct MeteredVisitor<'b, V> {
    pub(super) inner: V,
    pub(super) budget: &'b Budget<'b>,
    pub(super) contents: Contents,
}

macro_rules! leaves {
    ($($method:ident: $type:ty,)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for MeteredVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    leaves! {
        visit_bool: bool,
        visit_i8: i8,
        visit_i16: i16,
        visit_i32: i32,
        visit_i64: i64,
        visit_i128: i128,
        visit_u8: u8,
        visit_u16: u16,
        visit_u32: u32,
        visit_u64: u64,
        visit_u128: u128,
        visit_f32: f32,
        visit_f64: f64,
        visit_char: char,
        visit_str: &str,
        visit_borrowed_str: &'de str,
        visit_string: String,
        visit_bytes: &[u8],
        visit_borrowed_bytes: &'de [u8],
        visit_byte_buf: Vec<u8>,
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.budget.pay_box::<V::Value, E>()?;
        self.inner.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.budget.nest(|| self.inner.visit_some(Guarded { inner, budget: self.budget }))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.budget.nest(|| self.inner.visit_newtype_struct(Guarded { inner, budget: self.budget }))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.budget.nest(|| self.inner.visit_seq(Items::new(inner, self.budget, self.contents)))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.budget.nest(|| self.inner.visit_map(Entries::new(inner, self.budget, self.contents)))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.budget.nest(|| self.inner.visit_enum(Variants { inner, budget: self.budget }))
    }
}
