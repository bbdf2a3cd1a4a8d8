//! What a stub needs of a value: that it can be encoded, that it can be decoded.
//!
//! Stubs, their bounds and their arguments (a tuple, `()` for none) name these two traits and never serde's. Every
//! codec of today reads a value through its serde view. A codec that needs more than that view, such as field numbers,
//! adds a method with a default here; stubs stay as they are. Nothing here knows a codec.

use std::marker::PhantomData;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer, Serialize};

/// A value that can be sent. Every `serde::Serialize` is one.
pub trait Encode {
    /// The value as serde sees it.
    fn as_serde(&self) -> impl Serialize;
}

impl<T: Serialize + ?Sized> Encode for T {
    fn as_serde(&self) -> impl Serialize {
        self
    }
}

/// A value that can be received. Every `serde::Deserialize` is one; it may borrow from the bytes, which live for `'de`.
pub trait Decode<'de>: Sized {
    /// Reads the value from a serde view of the bytes.
    ///
    /// # Errors
    ///
    /// The deserializer's, if it does not hold such a value.
    fn from_serde<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl<'de, T: Deserialize<'de>> Decode<'de> for T {
    fn from_serde<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer)
    }
}

/// The whole message as the first of the seeds that decoding hands down.
pub(super) struct Whole<M>(pub(super) PhantomData<M>);

impl<'de, M: Decode<'de>> DeserializeSeed<'de> for Whole<M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        M::from_serde(deserializer)
    }
}
