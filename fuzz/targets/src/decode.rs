//! The guard with each codec: any bytes as a value of many types.

use bytes::BytesMut;
use rpc_core::{
    CodecId, DecodeLimits,
    codec::{CodecError, Decode, Encode, decode, encode},
};

use crate::{
    choices::Choices,
    zoo::{self, Forms},
};

/// Any bytes are a value of a type in the binary codec, or are refused with a reason; a value is encoded to a form that
/// decodes to the same, for most types to the very bytes it came from.
///
/// # Panics
/// Where that does not hold, or memory does not stay within the limits.
pub fn decode_binary(bytes: &[u8]) {
    attempt(CodecId::BINARY, &zoo::BINARY, bytes);
}

/// As [`decode_binary`], with JSON.
///
/// # Panics
/// Where that does not hold, or memory does not stay within the limits.
pub fn decode_json(bytes: &[u8]) {
    attempt(CodecId::JSON, &zoo::JSON, bytes);
}

/// The bytes that a value of some type is encoded to, which was decoded from these.
pub(crate) type Reform = fn(CodecId, &[u8], &DecodeLimits) -> Result<BytesMut, CodecError>;

pub(crate) fn reform<T: Encode + for<'de> Decode<'de>>(
    codec: CodecId,
    bytes: &[u8],
    limits: &DecodeLimits,
) -> Result<BytesMut, CodecError> {
    let value: T = decode(codec, bytes, limits)?;
    let mut out = BytesMut::new();
    encode(codec, &value, &mut out).map(|()| out)
}

fn attempt(codec: CodecId, types: &[(Reform, Forms)], bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let (reform, forms) = types[choices.below(types.len())];
    let limits = choices.one_of([
        DecodeLimits::default(),
        DecodeLimits { depth: 3, memory_floor: 100, memory_factor: 2, empty_elements: 5 },
        DecodeLimits { depth: 0, memory_floor: 0, memory_factor: 0, empty_elements: 0 },
    ]);
    let message = choices.0;
    let (held, form) = zoo::held(|| reform(codec, message, &limits));
    let allowed = 4 * limits.memory(message.len()) + (1 << 20);
    assert!(held <= allowed, "{held} bytes are held, {allowed} are allowed");
    let form = match form {
        Ok(form) => form,
        Err(error) => return refused(&error, forms),
    };
    if forms == Forms::Free {
        return;
    }
    // A text with blanks may have been longer than its form, and one that was taken for bytes nested less deep.
    let ample = DecodeLimits { depth: 100, memory_floor: usize::MAX, memory_factor: 1, empty_elements: usize::MAX };
    assert_eq!(reform(codec, &form, &ample).as_ref(), Ok(&form), "what was decoded does not decode again");
    assert!(forms != Forms::One || form == message, "a second form: {form:?}");
}

fn refused(error: &CodecError, forms: Forms) {
    let text = error.to_string();
    assert!(text.chars().count() < 230 && !text.contains(char::is_control), "{text:?}");
    let unencodable = matches!(error, CodecError::Unencodable(_));
    assert!(!unencodable || forms == Forms::Free, "it was decoded and cannot be encoded: {text}");
    assert!(!matches!(error, CodecError::UnknownCodec(_)));
}
