//! What one message may still cost. Knows limits and numbers, no serde beyond its error trait, no codec.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::de;

use super::deserializer::Metered;
use crate::codec::CodecError;
use crate::codec::message::Whole;
use crate::limits::DecodeLimits;

/// The allowance of one message, shared by all levels of its value; hence the cells.
pub(in crate::codec) struct Budget<'l> {
    limits: &'l DecodeLimits,
    len: usize,
    levels: Cell<u32>,
    memory: Cell<usize>,
    steps: Cell<usize>,
    /// Size of the place that the value being decoded goes to: a field, an element, the whole message.
    place: Cell<usize>,
    /// Why decoding was stopped. Kept here, since a codec's error type holds only text and a type may swallow it.
    refusal: Cell<Option<CodecError>>,
}

impl<'l> Budget<'l> {
    /// The allowance of a message of `len` bytes.
    pub(in crate::codec) fn new(limits: &'l DecodeLimits, len: usize) -> Self {
        Self {
            limits,
            len,
            levels: Cell::new(limits.depth),
            memory: Cell::new(limits.memory(len)),
            steps: Cell::new(limits.steps(len)),
            place: Cell::new(0),
            refusal: Cell::new(None),
        }
    }

    /// The seed with which a codec decodes a whole message under this budget.
    pub(in crate::codec) fn whole<M>(&self) -> Metered<'_, Whole<M>> {
        Metered { inner: Whole(PhantomData), budget: self }
    }

    /// The outcome of decoding: a refusal of this budget goes before whatever the codec made of it.
    pub(in crate::codec) fn settle<T, E>(
        &self,
        decoded: Result<T, E>,
        undecodable: fn(E) -> CodecError,
    ) -> Result<T, CodecError> {
        match self.refusal.take() {
            Some(refusal) => Err(refusal),
            None => decoded.map_err(undecodable),
        }
    }

    /// Notes that the next value goes to a place of `size` bytes.
    #[inline]
    pub(super) fn enter_place(&self, size: usize) {
        self.place.set(size);
    }

    /// Pays for a `T` that is larger than its place: it cannot be in it, so it is in a box that nobody has paid for.
    pub(super) fn pay_box<T, E: de::Error>(&self) -> Result<(), E> {
        if size_of::<T>() > self.place.get() {
            self.spend(size_of::<T>())?;
            self.place.set(size_of::<T>());
        }
        Ok(())
    }

    /// Decodes a `T` that contains other values, one level down.
    pub(super) fn nest<T, E: de::Error>(&self, decode: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let levels = self.levels.get();
        let Some(below) = levels.checked_sub(1) else {
            return Err(self.refuse(CodecError::Depth { limit: self.limits.depth }));
        };
        self.pay_box::<T, E>()?;
        self.levels.set(below);
        let value = decode();
        self.levels.set(levels);
        value
    }

    /// Pays for `count` elements of type `T`.
    pub(super) fn charge<T, E: de::Error>(&self, count: usize) -> Result<(), E> {
        let Some(steps) = self.steps.get().checked_sub(count) else {
            let limit = self.limits.steps(self.len);
            let got = (limit - self.steps.get()).saturating_add(count);
            return Err(self.refuse(CodecError::Steps { got, limit }));
        };
        self.steps.set(steps);
        self.spend(count.saturating_mul(size_of::<T>()))
    }

    fn spend<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        let Some(memory) = self.memory.get().checked_sub(bytes) else {
            let limit = self.limits.memory(self.len);
            let needed = (limit - self.memory.get()).saturating_add(bytes);
            return Err(self.refuse(CodecError::Memory { needed, limit }));
        };
        self.memory.set(memory);
        Ok(())
    }

    #[cold]
    fn refuse<E: de::Error>(&self, refusal: CodecError) -> E {
        let error = E::custom(&refusal);
        self.refusal.set(Some(refusal));
        error
    }
}
