//! Fields that are bytes, in one run: for `#[serde(with = "rpc_core::codec::bytes")]`.
//!
//! serde's own `Vec<u8>` goes one by one. What is written is the same either way, so that the attribute can be added and
//! removed; only the work differs. It is for fields of type `Vec<u8>` and `Option<Vec<u8>>`: arguments, results and items
//! of streams need no attribute.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Chunk {
//!     #[serde(with = "rpc_core::codec::bytes")]
//!     content: Vec<u8>,
//!     // The `default` is for JSON, where a field may be missing.
//!     #[serde(with = "rpc_core::codec::bytes", default)]
//!     digest: Option<Vec<u8>>,
//! }
//!
//! use rpc_core::{CodecId, DecodeLimits, codec};
//!
//! let chunk = Chunk { content: vec![1, 2, 3], digest: None };
//! let mut written = bytes::BytesMut::new();
//! codec::encode(CodecId::BINARY, &chunk, &mut written)?;
//! assert_eq!(written[..], *b"\x03\0\0\0\0\0\0\0\x01\x02\x03\0");
//! assert_eq!(codec::decode::<Chunk>(CodecId::BINARY, &written, &DecodeLimits::default())?, chunk);
//! # Ok::<(), codec::CodecError>(())
//! ```
//!
//! Nothing here knows a codec.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Blob, Buffer};

/// Writes a field.
///
/// # Errors
///
/// The serializer's.
pub fn serialize<F: sealed::Field, S: Serializer>(field: &F, serializer: S) -> Result<S::Ok, S::Error> {
    field.write(serializer)
}

/// Reads a field.
///
/// # Errors
///
/// The deserializer's, if it does not hold bytes: one run of them or, as in JSON, an array of numbers or a text.
pub fn deserialize<'de, F: sealed::Field, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
    F::read(deserializer)
}

mod sealed {
    use super::{Blob, Buffer, Deserialize, Deserializer, Serialize, Serializer};

    /// The types that a field may have.
    pub trait Field: Sized {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    }

    impl Field for Vec<u8> {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Buffer::deserialize(deserializer).map(|Buffer(bytes)| bytes)
        }
    }

    impl Field for Option<Vec<u8>> {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.as_deref().map(Blob::from).serialize(serializer)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let bytes = Option::<Buffer>::deserialize(deserializer)?;
            Ok(bytes.map(|Buffer(bytes)| bytes))
        }
    }
}
