//! Input that tries to do harm, and what it is told. Everything here runs on a server and, with a hostile server, on a
//! client: both decode through the same function.

use std::collections::{BTreeMap, HashMap};

use super::{Nested, counted, decoded, encoded, on_a_worker_stack, refusal};
use crate::codec::{Blob, Buffer, CodecError, CodecId, Str};

const BINARY: CodecId = CodecId::BINARY;

/// Lengths that a peer may claim and that no message has.
const HUGE: [u64; 4] = [1 << 32, 1 << 40, 100_000_000_000_000, u64::MAX];

/// `levels` nested enums, 4 bytes each.
fn nested(levels: usize) -> Vec<u8> {
    let mut bytes = [1, 0, 0, 0].repeat(levels - 1);
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn text_longer_than_the_message_is_refused_without_allocating_its_length() {
    for len in HUGE {
        let bytes = counted(len, b"x");
        let missing = usize::try_from(len).unwrap() - 1;
        assert_eq!(refusal::<String>(BINARY, &bytes), CodecError::UnexpectedEnd { missing });
        assert_eq!(refusal::<Buffer>(BINARY, &bytes), CodecError::UnexpectedEnd { missing });
        assert_eq!(decoded::<Str<'_>>(BINARY, &bytes).unwrap_err(), CodecError::UnexpectedEnd { missing });
        assert_eq!(decoded::<Blob<'_>>(BINARY, &bytes).unwrap_err(), CodecError::UnexpectedEnd { missing });
    }
}

#[test]
fn a_length_of_one_byte_too_many_is_named_as_such() {
    let bytes = counted(11, &[0; 10]);
    assert_eq!(refusal::<String>(BINARY, &bytes), CodecError::UnexpectedEnd { missing: 1 });
    assert_eq!(refusal::<Vec<u8>>(BINARY, &bytes), CodecError::UnexpectedEnd { missing: 1 });
}

#[test]
fn more_elements_than_bytes_are_refused_before_the_first() {
    for len in HUGE {
        let bytes = counted(len, b"x");
        let steps = CodecError::Steps { got: usize::try_from(len).unwrap(), limit: 9 + 1_024 };
        assert_eq!(refusal::<Vec<u64>>(BINARY, &bytes), steps);
        assert_eq!(refusal::<HashMap<u64, u64>>(BINARY, &bytes), steps);
        assert_eq!(refusal::<BTreeMap<String, ()>>(BINARY, &bytes), steps);
    }
}

#[test]
fn elements_that_take_no_bytes_are_bounded() {
    assert_eq!(decoded::<Vec<()>>(BINARY, &counted(8 + 1_024, &[])).unwrap().len(), 1_032);
    for len in [1_033, 1 << 40, 1_000_000_000_000_000_000] {
        let steps = CodecError::Steps { got: usize::try_from(len).unwrap(), limit: 1_032 };
        assert_eq!(refusal::<Vec<()>>(BINARY, &counted(len, &[])), steps);
    }
    let values = counted(1_000, &[]);
    assert_eq!(refusal::<HashMap<(), ()>>(BINARY, &values), CodecError::Steps { got: 2_000, limit: 1_032 });
}

#[test]
fn a_value_nested_too_deep_is_refused_on_the_stack_of_a_worker() {
    on_a_worker_stack(|| {
        assert!(decoded::<Nested>(BINARY, &nested(64)).is_ok());
        for levels in [65, 1_000, 5_000, 1_000_000] {
            assert_eq!(refusal::<Nested>(BINARY, &nested(levels)), CodecError::Depth { limit: 64 });
        }
    });
}

#[test]
fn bytes_after_the_value_are_refused() {
    assert_eq!(refusal::<u32>(BINARY, &[5, 0, 0, 0, 9, 9, 9]), CodecError::Trailing { count: 3 });
    assert_eq!(refusal::<()>(BINARY, &[0]), CodecError::Trailing { count: 1 });
    let two = [encoded(BINARY, "one"), encoded(BINARY, "two")].concat();
    assert_eq!(refusal::<String>(BINARY, &two), CodecError::Trailing { count: 11 });
}

#[track_caller]
fn invalid<M: serde::de::DeserializeOwned + std::fmt::Debug>(bytes: &[u8], text: &str) {
    assert_eq!(refusal::<M>(BINARY, bytes), CodecError::Invalid(text.into()));
}

#[test]
fn bytes_that_are_no_value_of_the_type_are_named() {
    invalid::<bool>(&[2], "bool is 2, expected 0 or 1");
    invalid::<Option<u8>>(&[2, 0], "Option<T> starts with 2, expected 0 or 1");
    invalid::<Nested>(&[9, 0, 0, 0], "invalid value: integer `9`, expected variant index 0 <= i < 2");
    invalid::<char>(&[0xed, 0xa0, 0x80], "char is [ed, a0, 80, 00], expected UTF-8");
    invalid::<String>(&counted(1, &[0xff]), "text is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0");
    invalid::<std::num::NonZeroU8>(&[0], "invalid value: integer `0`, expected a nonzero u8");
}

#[test]
fn overlong_forms_are_refused() {
    assert!(matches!(refusal::<char>(BINARY, &[0xc0, 0x80]), CodecError::Invalid(_)));
    assert!(matches!(refusal::<String>(BINARY, &counted(2, &[0xc0, 0x80])), CodecError::Invalid(_)));
}

#[test]
fn a_value_cut_off_at_any_byte_is_an_unexpected_end() {
    let value = (1u128, -1i128, "text".to_owned(), vec![Some('€'), None], BTreeMap::from([(1u16, Nested::Leaf)]));
    let bytes = encoded(BINARY, &value);
    type Value = (u128, i128, String, Vec<Option<char>>, BTreeMap<u16, Nested>);
    assert_eq!(decoded::<Value>(BINARY, &bytes).unwrap(), value);
    for cut in 0..bytes.len() {
        assert!(matches!(refusal::<Value>(BINARY, &bytes[..cut]), CodecError::UnexpectedEnd { .. }), "cut at {cut}");
    }
}

#[test]
fn the_last_of_two_equal_keys_wins() {
    let map: HashMap<u8, u8> = decoded(BINARY, &counted(2, &[1, 10, 1, 20])).unwrap();
    assert_eq!(map, HashMap::from([(1, 20)]));
}
