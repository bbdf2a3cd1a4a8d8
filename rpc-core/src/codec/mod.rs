//! Values ⇄ bytes. Steps 2, 4, 7 and 10 of a call come through here and nowhere else.
//!
//! Stubs call [`encode`] and [`decode`] with the codec's id that the connection agreed on. A codec is a file beside
//! this one and an arm in each of the two; stubs, protocol and transports do not change. Nothing here knows frames,
//! connections or services. The bytes are specified in `docs/codec.md`.

#![forbid(unsafe_code)]

use std::fmt;

use ::bytes::BytesMut;

use crate::limits::DecodeLimits;

mod binary;
pub mod bytes;
mod bytes_like;
mod error;
mod guard;
#[cfg(feature = "json")]
mod json;
mod message;
#[cfg(test)]
mod tests;

pub use bytes_like::{Blob, Buffer, Str};
pub use error::CodecError;
pub use message::{Decode, Encode};

/// The number that names a codec on the wire (protocol §3.3).
///
/// Numbers 2 to 5 are reserved: binary with variable-length integers, protobuf, postcard, MessagePack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodecId(pub u8);

impl CodecId {
    /// Positional, little endian, fixed-size integers; always compiled in and the default.
    pub const BINARY: Self = Self(1);
    /// JSON text; compiled in with feature `json`.
    pub const JSON: Self = Self(6);

    /// The codecs of this build, the preferred one first.
    pub const SUPPORTED: &'static [Self] = &[
        Self::BINARY,
        #[cfg(feature = "json")]
        Self::JSON,
    ];

    /// The codec's name, `"unknown"` for a number that this version has no name for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BINARY => "binary",
            Self::JSON => "json",
            _ => "unknown",
        }
    }

    /// Whether [`encode`] and [`decode`] of this build know the codec.
    #[must_use]
    pub fn is_supported(self) -> bool {
        Self::SUPPORTED.contains(&self)
    }
}

/// Name and number, `json(6)`: a peer of another version may have a name where this one has none.
impl fmt::Display for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl fmt::Debug for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Appends the bytes of `value` to `out`.
///
/// # Errors
///
/// [`CodecError::Unencodable`] if the value has no form in this codec, [`CodecError::UnknownCodec`] if this build does
/// not have the codec. `out` is then as long as it was before.
pub fn encode<M: Encode + ?Sized>(codec: CodecId, value: &M, out: &mut BytesMut) -> Result<(), CodecError> {
    let before = out.len();
    let encoded = match codec {
        CodecId::BINARY => binary::encode(value, out),
        #[cfg(feature = "json")]
        CodecId::JSON => json::encode(value, out),
        other => Err(CodecError::UnknownCodec(other)),
    };
    if encoded.is_err() {
        out.truncate(before);
    }
    encoded
}

/// Reads one value, which must take up all of `bytes`. What the value can borrow, it borrows from `bytes`.
///
/// Safe with any input on either side of a connection: memory, steps and depth are bounded by `limits`.
///
/// # Errors
///
/// [`CodecError::UnknownCodec`] if this build does not have the codec; every other variant except `Unencodable` says
/// what is wrong with the bytes, or with the type for this codec.
pub fn decode<'de, M: Decode<'de>>(codec: CodecId, bytes: &'de [u8], limits: &DecodeLimits) -> Result<M, CodecError> {
    match codec {
        CodecId::BINARY => binary::decode(bytes, limits),
        #[cfg(feature = "json")]
        CodecId::JSON => json::decode(bytes, limits),
        other => Err(CodecError::UnknownCodec(other)),
    }
}
