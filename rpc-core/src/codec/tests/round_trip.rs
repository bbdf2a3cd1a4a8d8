//! Any value survives any codec; any bytes are either refused or the only form of their value.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{decoded, encoded};
use crate::codec::{Blob, Buffer, CodecId, Str};

/// One variant for each kind of value that serde knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Unit(()),
    Small(bool, u8, i8, u16, i16),
    Wide(u32, i32, u64, i64, u128, i128),
    Float { single: f32, double: f64 },
    Letter(char),
    Text(String),
    Bytes(Buffer),
    Wrapped(Wrapper),
    Maybe(Option<Box<Self>>),
    List(Vec<Self>),
    Table(BTreeMap<String, Self>),
    Pair([u8; 2], (Box<Self>, u8)),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapper(u32);

fn leaf() -> impl Strategy<Value = Shape> {
    let finite = (any::<i32>().prop_map(|n| n as f32 / 8.0), any::<i64>().prop_map(|n| n as f64 / 3.0));
    prop_oneof![
        Just(Shape::Nothing),
        Just(Shape::Unit(())),
        any::<(bool, u8, i8, u16, i16)>().prop_map(|(a, b, c, d, e)| Shape::Small(a, b, c, d, e)),
        any::<(u32, i32, u64, i64, u128, i128)>().prop_map(|(a, b, c, d, e, f)| Shape::Wide(a, b, c, d, e, f)),
        finite.prop_map(|(single, double)| Shape::Float { single, double }),
        any::<char>().prop_map(Shape::Letter),
        any::<String>().prop_map(Shape::Text),
        vec(any::<u8>(), 0..20).prop_map(|bytes| Shape::Bytes(Buffer(bytes))),
        any::<u32>().prop_map(|n| Shape::Wrapped(Wrapper(n))),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    leaf().prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            proptest::option::of(inner.clone()).prop_map(|some| Shape::Maybe(some.map(Box::new))),
            vec(inner.clone(), 0..5).prop_map(Shape::List),
            btree_map(any::<String>(), inner.clone(), 0..5).prop_map(Shape::Table),
            (any::<[u8; 2]>(), inner, any::<u8>()).prop_map(|(a, b, c)| Shape::Pair(a, (Box::new(b), c))),
        ]
    })
}

/// Bytes that are more often nearly right than random ones: small numbers, as lengths and variants are.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![4 => Just(0u8), 2 => 0..14u8, 1 => any::<u8>()], 0..200)
}

proptest! {
    #[test]
    fn every_value_survives_every_codec(value in shape()) {
        for &codec in CodecId::SUPPORTED {
            prop_assert_eq!(&decoded::<Shape>(codec, &encoded(codec, &value)).unwrap(), &value, "{}", codec);
        }
    }

    #[test]
    fn bytes_are_refused_or_are_the_one_form_of_their_value(bytes in plausible()) {
        // Not `Shape`: the keys of a map may come in any order, and twice.
        type Value = Vec<(Option<bool>, char, String, Result<u8, Vec<u16>>)>;
        if let Ok(value) = decoded::<Value>(CodecId::BINARY, &bytes) {
            prop_assert_eq!(encoded(CodecId::BINARY, &value), bytes);
        }
    }

    #[test]
    fn no_bytes_do_harm(bytes in plausible(), at in any::<prop::sample::Index>(), value in shape()) {
        for &codec in CodecId::SUPPORTED {
            let _ = decoded::<Shape>(codec, &bytes);
            let mut flipped = encoded(codec, &value);
            let at = at.index(flipped.len());
            flipped[at] ^= 1 << (at % 8);
            let _ = decoded::<Shape>(codec, &flipped);
        }
    }

    #[test]
    fn text_and_bytes_are_borrowed_from_a_binary_message(text in any::<String>(), bytes in vec(any::<u8>(), 0..50)) {
        let message = encoded(CodecId::BINARY, &(&text, Blob::from(&bytes[..])));
        let (t, b): (Str<'_>, Blob<'_>) = decoded(CodecId::BINARY, &message).unwrap();
        prop_assert_eq!((&*t, &*b), (&text[..], &bytes[..]));
        let inside = message.as_ptr_range();
        prop_assert!(text.is_empty() || inside.contains(&t.as_ptr()));
        prop_assert!(bytes.is_empty() || inside.contains(&b.as_ptr()));
    }
}
