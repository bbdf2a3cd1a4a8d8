//! Codec 1: positional, little endian, fixed-size integers; the layout of `docs/codec.md` §2.
//!
//! The bytes are those of `bincode::config::legacy()`, which bincode 1.3.3 and wincode write too, so the crate can be
//! replaced without changing one of them (`docs/decisions/0002-bincode.md`). bincode's own limits are not used: they do
//! not stop stack overflow, memory amplification or endless loops. The guard does.

use bincode::config;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::serde::{DecodeError as ShapeError, EncodeError as LengthError};
use bytes::BytesMut;

use super::guard::Budget;
use super::{CodecError, CodecId, Decode, Encode};
use crate::{limits::DecodeLimits, spare};

pub(super) fn encode<M: Encode + ?Sized>(value: &M, out: &mut BytesMut) -> Result<(), CodecError> {
    bincode::serde::encode_into_writer(value.as_serde(), Tail(out), config::legacy()).map_err(unencodable)
}

pub(super) fn decode<'de, M: Decode<'de>>(bytes: &'de [u8], limits: &DecodeLimits) -> Result<M, CodecError> {
    let budget = Budget::new(limits, bytes.len());
    let decoded = bincode::serde::seed_decode_from_slice(budget.whole::<M>(), bytes, config::legacy());
    let (value, read) = budget.settle(decoded, undecodable)?;
    match bytes.len() - read {
        0 => Ok(value),
        count => Err(CodecError::Trailing { count }),
    }
}

/// The end of the outgoing buffer: a value is written where it is sent from, not copied there from a `Vec`.
struct Tail<'a>(&'a mut BytesMut);

impl Writer for Tail<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        if self.0.capacity() - self.0.len() < bytes.len() {
            spare::grow(self.0, bytes.len());
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// bincode's errors display as their `Debug` text; these are for people.
fn unencodable(error: EncodeError) -> CodecError {
    let text = match error {
        EncodeError::Serde(LengthError::SequenceMustHaveLength) => {
            "sequence or map of unknown length (serde's flatten, an iterator): binary(1) writes it first".into()
        }
        EncodeError::OtherString(text) => text,
        other => other.to_string(),
    };
    CodecError::unencodable(&text)
}

fn undecodable(error: DecodeError) -> CodecError {
    let text = match error {
        DecodeError::UnexpectedEnd { additional } => {
            return CodecError::UnexpectedEnd { missing: additional };
        }
        DecodeError::Serde(
            ShapeError::AnyNotSupported | ShapeError::IdentifierNotSupported | ShapeError::IgnoredAnyNotSupported,
        ) => return CodecError::ShapeUnknown(CodecId::BINARY),
        DecodeError::InvalidBooleanValue(byte) => format!("bool is {byte}, expected 0 or 1"),
        DecodeError::UnexpectedVariant { type_name, found, .. } => {
            format!("{type_name} starts with {found}, expected 0 or 1")
        }
        DecodeError::InvalidCharEncoding(bytes) => format!("char is {bytes:02x?}, expected UTF-8"),
        DecodeError::Utf8 { inner } => format!("text is not UTF-8: {inner}"),
        DecodeError::OutsideUsizeRange(len) => {
            format!("length {len} does not fit this machine's usize")
        }
        DecodeError::OtherString(text) => text,
        other => other.to_string(),
    };
    CodecError::invalid(&text)
}
