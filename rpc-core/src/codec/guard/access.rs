//! What is inside a value, one piece at a time: items of a sequence, entries of a map, the payload of a variant.
//!
//! Elements are paid for here. Fields are not: they lie inside a value that is paid for. Knows serde's data model and
//! nothing of any codec.

use serde::de::{DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::budget::Budget;
use super::deserializer::Metered;
use super::visitor::MeteredVisitor;

/// What a value that contains others is made of.
#[derive(Clone, Copy)]
pub(super) enum Contents {
    /// As many as the type says.
    Fields,
    /// As many as the input says.
    Elements,
}

/// Keeps account of one kind of element in one sequence or map.
struct Tally<'b> {
    budget: &'b Budget<'b>,
    /// Elements paid for and not yet decoded; `None` until the first one is asked for.
    ahead: Option<usize>,
}

impl<'b> Tally<'b> {
    #[inline]
    fn new(budget: &'b Budget<'b>, contents: Contents) -> Self {
        let ahead = match contents {
            Contents::Fields => Some(usize::MAX),
            Contents::Elements => None,
        };
        Self { budget, ahead }
    }

    /// Pays for as many elements as are announced, before the first: for that many, up to 1 MiB, a container has
    /// allocated already. Paying each in its turn would let 64 nested sequences allocate 64 MiB for a few bytes.
    #[inline]
    fn open<T, E: Error>(&mut self, announced: Option<usize>) -> Result<(), E> {
        if self.ahead.is_none() {
            let count = announced.unwrap_or(0);
            self.budget.charge::<T, E>(count)?;
            self.ahead = Some(count);
        }
        Ok(())
    }

    /// Takes an element that was decoded off those paid for, or pays for it now.
    #[inline]
    fn count<T, E: Error>(&mut self) -> Result<(), E> {
        match self.ahead {
            Some(count @ 1..) => self.ahead = Some(count - 1),
            _ => self.budget.charge::<T, E>(1)?,
        }
        Ok(())
    }
}

/// The items of a sequence, or the fields of a tuple or struct.
pub(super) struct Items<'b, A> {
    inner: A,
    items: Tally<'b>,
}

impl<'b, A> Items<'b, A> {
    pub(super) fn new(inner: A, budget: &'b Budget<'b>, contents: Contents) -> Self {
        Self { inner, items: Tally::new(budget, contents) }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, inner: S) -> Result<Option<S::Value>, A::Error> {
        self.items.open::<S::Value, _>(self.inner.size_hint())?;
        let item = self.inner.next_element_seed(Metered { inner, budget: self.items.budget })?;
        if item.is_some() {
            self.items.count::<S::Value, _>()?;
        }
        Ok(item)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// The entries of a map, or the named fields of a struct.
pub(super) struct Entries<'b, A> {
    inner: A,
    keys: Tally<'b>,
    values: Tally<'b>,
}

impl<'b, A> Entries<'b, A> {
    pub(super) fn new(inner: A, budget: &'b Budget<'b>, contents: Contents) -> Self {
        Self { inner, keys: Tally::new(budget, contents), values: Tally::new(budget, contents) }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, inner: S) -> Result<Option<S::Value>, A::Error> {
        self.keys.open::<S::Value, _>(self.inner.size_hint())?;
        let key = self.inner.next_key_seed(Metered { inner, budget: self.keys.budget })?;
        if key.is_some() {
            self.keys.count::<S::Value, _>()?;
        }
        Ok(key)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, inner: S) -> Result<S::Value, A::Error> {
        // The first key has been taken off the hint, its value is still to come.
        self.values.open::<S::Value, _>(self.inner.size_hint().map(|rest| rest.saturating_add(1)))?;
        let value = self.inner.next_value_seed(Metered { inner, budget: self.values.budget })?;
        self.values.count::<S::Value, _>()?;
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// A variant of an enum, before and after its name is known.
pub(super) struct Variants<'b, A> {
    pub(super) inner: A,
    pub(super) budget: &'b Budget<'b>,
}

impl<'b, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Variants<'b, A> {
    type Error = A::Error;
    type Variant = Variants<'b, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, inner) = self.inner.variant_seed(seed)?;
        Ok((name, Variants { inner, budget: self.budget }))
    }
}

impl<'b, A> Variants<'b, A> {
    fn fields<V>(&self, inner: V) -> MeteredVisitor<'b, V> {
        MeteredVisitor { inner, budget: self.budget, contents: Contents::Fields }
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Variants<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, inner: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Metered { inner, budget: self.budget })
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = self.fields(visitor);
        self.inner.tuple_variant(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.fields(visitor);
        self.inner.struct_variant(fields, visitor)
    }
}
