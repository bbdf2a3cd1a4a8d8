//! What a format without names cannot do is refused in words, not decoded into something else.

use std::collections::BTreeMap;

use bytes::BytesMut;
use serde::{Deserialize, Serialize, Serializer};

use super::{counted, encode, encoded, refusal};
use crate::codec::{CodecError, CodecId};

const BINARY: CodecId = CodecId::BINARY;

#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { value: u8 },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Adjacent {
    Number(u8),
}

#[derive(Debug, Serialize, Deserialize)]
struct Sparse {
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<u8>,
    id: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cached {
    id: u8,
    #[serde(skip)]
    hash: u64,
}

struct Endless;

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..10u8).filter(|n| n % 2 == 0))
    }
}

#[test]
fn a_type_that_asks_for_its_shape_is_refused() {
    let shape_unknown = CodecError::ShapeUnknown(BINARY);
    assert_eq!(refusal::<Flattened>(BINARY, &counted(1, &[0; 32])), shape_unknown);
    assert_eq!(refusal::<Untagged>(BINARY, &encoded(BINARY, &Untagged::Number(1))), shape_unknown);
    assert_eq!(refusal::<Tagged>(BINARY, &encoded(BINARY, &Tagged::Number { value: 1 })), shape_unknown);
    let adjacent = encoded(BINARY, &Adjacent::Number(1));
    assert_eq!(refusal::<Adjacent>(BINARY, &adjacent), shape_unknown);
    assert_eq!(refusal::<serde::de::IgnoredAny>(BINARY, &[0; 32]), shape_unknown);
}

#[test]
fn a_field_that_is_left_out_shifts_those_after_it() {
    let sparse = Sparse { note: None, id: 7 };
    assert_eq!(encoded(BINARY, &sparse), [7]);
    assert!(matches!(refusal::<Sparse>(BINARY, &[7]), CodecError::Invalid(_)));
}

#[test]
fn a_field_that_neither_side_sends_is_harmless() {
    let cached: Cached = super::decoded(BINARY, &encoded(BINARY, &Cached { id: 7, hash: 9 })).unwrap();
    assert_eq!(cached, Cached { id: 7, hash: 0 });
}

#[test]
fn a_sequence_of_unknown_length_is_refused_and_leaves_the_buffer_as_it_was() {
    let mut out = BytesMut::from(&b"before"[..]);
    for refused in [
        encode(BINARY, &(1u8, Endless), &mut out),
        encode(BINARY, &Flattened { id: 1, rest: BTreeMap::new() }, &mut out),
    ] {
        let Err(CodecError::Unencodable(text)) = refused else { panic!("{refused:?}") };
        assert!(text.contains("unknown length") && text.contains("flatten"), "{text}");
        assert_eq!(&out[..], b"before");
    }
}

#[test]
fn a_codec_that_is_not_in_this_build_is_named() {
    let reserved = CodecId(3);
    assert!(!reserved.is_supported());
    assert_eq!(encode(reserved, &1u8, &mut BytesMut::new()), Err(CodecError::UnknownCodec(reserved)));
    assert_eq!(refusal::<u8>(reserved, &[1]).to_string(), "codec unknown(3) is not in this build");
}

#[test]
fn the_binary_codec_is_preferred() {
    assert_eq!(CodecId::SUPPORTED[0], BINARY);
    assert!(BINARY.is_supported());
    assert_eq!(format!("{BINARY} {BINARY:?}"), "binary(1) binary(1)");
}
