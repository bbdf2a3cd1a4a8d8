//! Why a value could not be encoded or decoded.
//!
//! The text names the limit's field in `limits.rs` where one was reached. It knows neither the method nor the peer;
//! whoever called the codec adds them.

use super::CodecId;

/// Why a value could not be encoded or decoded. Never fatal for a connection: only its call fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end inside the value.
    #[error("message ends inside a value, at least {missing} bytes short")]
    UnexpectedEnd {
        /// Bytes that the value needs beyond those present, at the least.
        missing: usize,
    },
    /// The bytes are no value of this type: an unknown enum variant, a bool that is neither 0 nor 1, text that is not
    /// UTF-8, a range check of the type itself.
    #[error("not a value of this type: {0}")]
    Invalid(Box<str>),
    /// The value is nested deeper than `decode.depth` allows.
    #[error("value is nested deeper than {limit} levels (decode.depth)")]
    Depth {
        /// Levels allowed.
        limit: u32,
    },
    /// The decoded elements take more memory than `decode.memory_floor` and `decode.memory_factor` allow.
    #[error("elements need {needed} bytes, {limit} allowed (decode.memory_factor, decode.memory_floor)")]
    Memory {
        /// Bytes that the elements need, at the least.
        needed: usize,
        /// Bytes allowed for a message of this length.
        limit: usize,
    },
    /// More elements than the message has bytes, beyond `decode.empty_elements`.
    #[error("message holds {got} elements, {limit} allowed (1 per byte + decode.empty_elements)")]
    Steps {
        /// Elements found or announced, at the least.
        got: usize,
        /// Elements allowed for a message of this length.
        limit: usize,
    },
    /// Bytes follow the value.
    #[error("{count} bytes left over after the value")]
    Trailing {
        /// Bytes left over.
        count: usize,
    },
    /// This build does not have the codec.
    #[error("codec {0} is not in this build")]
    UnknownCodec(CodecId),
    /// The type wants to learn its shape from the bytes, and this codec does not write it.
    #[error("type asks for its shape, which {0} does not write (flatten, tag, untagged, any value)")]
    ShapeUnknown(CodecId),
    /// The value has no form in this codec, or its own `Serialize` failed.
    #[error("value cannot be encoded: {0}")]
    Unencodable(Box<str>),
}

impl CodecError {
    pub(super) fn invalid(text: &str) -> Self {
        Self::Invalid(one_line(text))
    }

    pub(super) fn unencodable(text: &str) -> Self {
        Self::Unencodable(one_line(text))
    }
}

/// serde quotes what it did not expect, whole and raw; a peer must not fill logs with 4 MiB or with lines of its own.
/// The end is kept because JSON's says where.
fn one_line(text: &str) -> Box<str> {
    const CHARS_MAX: usize = 200;
    const CHARS_AT_END: usize = 40;
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let chars = text.chars().count();
    if chars <= CHARS_MAX {
        return text.chars().map(plain).collect();
    }
    let start = text.chars().take(CHARS_MAX - CHARS_AT_END - 1);
    let end = text.chars().skip(chars - CHARS_AT_END);
    start.chain(['…']).chain(end).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_sent_is_quoted_on_one_short_line() {
        let error = CodecError::invalid(&format!("unknown variant `{}` at line 9", "a\n\u{1b}b".repeat(10_000)));
        let text = error.to_string();
        assert!(text.chars().count() < 230 && !text.contains(char::is_control), "{text}");
        assert!(text.contains("unknown variant `a") && text.ends_with("` at line 9"), "{text}");
        assert_eq!(CodecError::invalid("short"), CodecError::Invalid("short".into()));
    }

    #[test]
    fn an_error_is_no_larger_than_three_words() {
        assert!(size_of::<CodecError>() <= 3 * size_of::<usize>());
    }

    #[test]
    fn a_limit_is_named_by_its_field() {
        let errors = [
            (CodecError::Depth { limit: 64 }, "decode.depth"),
            (CodecError::Memory { needed: 2, limit: 1 }, "decode.memory_factor"),
            (CodecError::Memory { needed: 2, limit: 1 }, "decode.memory_floor"),
            (CodecError::Steps { got: 2, limit: 1 }, "decode.empty_elements"),
        ];
        for (error, field) in errors {
            assert!(error.to_string().contains(field), "{error}");
        }
    }
}
