//! Codec 6: JSON text as serde_json writes it, compact; the mapping is `docs/codec.md` §3.
//!
//! For people with a packet dump and for peers that change at different times; larger and slower than the binary
//! codec. It knows no frames.

use bytes::{BufMut, BytesMut};
use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::error::{Category, Error};

use super::guard::Budget;
use super::{CodecError, Decode, Encode};
use crate::limits::DecodeLimits;

/// serde_json refuses level 128 before the guard sees it, and does not say which limit. The guard must be first.
const DEPTH_MAX: u32 = 126;

pub(super) fn encode<M: Encode + ?Sized>(value: &M, out: &mut BytesMut) -> Result<(), CodecError> {
    serde_json::to_writer(out.writer(), &value.as_serde()).map_err(|e| CodecError::unencodable(&e.to_string()))
}

pub(super) fn decode<'de, M: Decode<'de>>(bytes: &'de [u8], limits: &DecodeLimits) -> Result<M, CodecError> {
    let limits = DecodeLimits { depth: limits.depth.min(DEPTH_MAX), ..*limits };
    let budget = Budget::new(&limits, bytes.len());
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let decoded = budget.whole::<M>().deserialize(&mut text);
    let value = budget.settle(decoded, undecodable)?;
    let read = text.into_iter::<IgnoredAny>().byte_offset();
    match bytes[read..].iter().position(|byte| !b" \t\r\n".contains(byte)) {
        None => Ok(value),
        Some(blank) => Err(CodecError::Trailing { count: bytes.len() - read - blank }),
    }
}

fn undecodable(error: Error) -> CodecError {
    match error.classify() {
        Category::Eof => CodecError::UnexpectedEnd { missing: 1 },
        _ => CodecError::invalid(&error.to_string()),
    }
}
