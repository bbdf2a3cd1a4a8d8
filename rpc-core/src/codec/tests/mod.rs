//! The codecs as stubs use them: bytes that must never change, round trips, and input that tries to do harm.

mod attacks;
mod budgets;
mod byte_fields;
mod golden;
#[cfg(feature = "json")]
mod json;
mod positional;
mod round_trip;

use std::{fmt, thread};

use bytes::BytesMut;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{CodecError, CodecId, Decode, Encode, decode, encode};
use crate::limits::DecodeLimits;

/// The bytes of `value`, which has some.
#[track_caller]
fn encoded<M: Encode + ?Sized>(codec: CodecId, value: &M) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode(codec, value, &mut out).unwrap();
    out.to_vec()
}

/// Decodes under the default limits.
fn decoded<'de, M: Decode<'de>>(codec: CodecId, bytes: &'de [u8]) -> Result<M, CodecError> {
    decode(codec, bytes, &DecodeLimits::default())
}

/// Why `bytes` are not accepted as a `M` under the default limits.
#[track_caller]
fn refusal<M: DeserializeOwned + fmt::Debug>(codec: CodecId, bytes: &[u8]) -> CodecError {
    decoded::<M>(codec, bytes).unwrap_err()
}

/// Little-endian length, then `rest`: the start of every sequence, map and text in the binary codec.
fn counted(len: u64, rest: &[u8]) -> Vec<u8> {
    [&len.to_le_bytes(), rest].concat()
}

/// Runs `check` on the stack of a tokio worker.
fn on_a_worker_stack(check: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(check).unwrap().join().unwrap();
}

/// A type without a bottom.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Nested {
    Leaf,
    Node(Box<Self>),
}
