//! The mapping to JSON text, as `docs/codec.md` §3 has it, and input that tries to do harm there.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::budgets::{Big, Row, held_while_decoding};
use super::byte_fields::InOneRun;
use super::{Nested, decode, decoded, encoded, on_a_worker_stack, refusal};
use crate::codec::{Blob, Buffer, CodecError, CodecId, Str};
use crate::limits::DecodeLimits;

const JSON: CodecId = CodecId::JSON;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Order {
    Cancel,
    Market(u16),
    Limit(u8, u16),
    Stop { at: u16 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: Option<i32>,
}

/// Never the cause of an error: what cannot be an `Inner` is kept aside.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Lenient {
    #[expect(dead_code, reason = "decoded, never read")]
    Inner(Vec<Self>),
    Number(#[expect(dead_code, reason = "decoded, never read")] i64),
}

#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, text: &str) {
    assert_eq!(String::from_utf8(encoded(JSON, &value)).unwrap(), text);
    assert_eq!(decoded::<T>(JSON, text.as_bytes()).unwrap(), value);
}

#[test]
fn this_build_has_the_codec() {
    assert!(JSON.is_supported());
    assert_eq!(JSON.to_string(), "json(6)");
}

#[test]
fn values_are_the_json_that_people_expect() {
    golden((), "null");
    golden(true, "true");
    golden(u64::MAX, "18446744073709551615");
    golden(i128::MIN, "-170141183460469231731687303715884105728");
    golden(0.1f64, "0.1");
    golden('€', "\"€\"");
    golden("a\"\n".to_owned(), r#""a\"\n""#);
    golden(None::<u8>, "null");
    golden(vec![(1u8, "a".to_owned())], r#"[[1,"a"]]"#);
    golden(BTreeMap::from([(7u8, true)]), r#"{"7":true}"#);
    golden(Point { x: -1, y: None }, r#"{"x":-1,"y":null}"#);
}

#[test]
fn enums_are_externally_tagged() {
    golden(Order::Cancel, r#""Cancel""#);
    golden(Order::Market(5), r#"{"Market":5}"#);
    golden(Order::Limit(1, 2), r#"{"Limit":[1,2]}"#);
    golden(Order::Stop { at: 3 }, r#"{"Stop":{"at":3}}"#);
    golden(Err::<u8, String>("no".to_owned()), r#"{"Err":"no"}"#);
}

#[test]
fn bytes_are_an_array_of_numbers() {
    golden(Buffer(vec![1, 255]), "[1,255]");
    golden(vec![1u8, 255], "[1,255]");
    assert_eq!(encoded(JSON, &Blob::from(&[1u8, 255][..])), b"[1,255]");
    assert_eq!(*decoded::<Blob<'_>>(JSON, b"[1,255]").unwrap(), [1, 255]);
    assert_eq!(decoded::<Buffer>(JSON, br#""ab""#).unwrap().0, b"ab");
    assert!(matches!(refusal::<Buffer>(JSON, b"[256]"), CodecError::Invalid(_)));
}

#[test]
fn a_field_of_bytes_is_numbers_or_text_and_may_be_missing() {
    let read = |text: &str| decoded::<InOneRun>(JSON, text.as_bytes()).unwrap();
    let chunk = |content: &[u8], digest: Option<&[u8]>| InOneRun {
        content: content.into(),
        digest: digest.map(<[u8]>::to_vec),
    };
    assert_eq!(read(r#"{"content":[1,255],"digest":[2]}"#), chunk(&[1, 255], Some(&[2])));
    assert_eq!(read(r#"{"content":"ab","digest":"\n"}"#), chunk(b"ab", Some(b"\n")));
    assert_eq!(read(r#"{"content":[],"digest":null}"#), chunk(b"", None));
    assert_eq!(read(r#"{"content":[]}"#), chunk(b"", None));
}

#[test]
fn what_is_no_bytes_is_refused_in_a_field_of_bytes() {
    for text in [r#"{"content":[256]}"#, r#"{"content":[-1]}"#, r#"{"content":{}}"#, r#"{"digest":[1]}"#] {
        let refused = refusal::<InOneRun>(JSON, text.as_bytes());
        assert!(matches!(refused, CodecError::Invalid(_)), "{text}: {refused}");
    }
}

#[test]
fn text_with_an_escape_becomes_owned_and_other_text_is_borrowed() {
    let plain = br#""plain""#.as_slice();
    let text: Str<'_> = decoded(JSON, plain).unwrap();
    assert_eq!(text.as_ptr(), plain[1..].as_ptr());
    assert_eq!(&*decoded::<Str<'_>>(JSON, br#""tab\t""#).unwrap(), "tab\t");
}

#[test]
fn blanks_may_follow_a_value_and_nothing_else() {
    assert_eq!(decoded::<u8>(JSON, b" 5 \r\n\t").unwrap(), 5);
    assert_eq!(refusal::<u8>(JSON, b"5 6"), CodecError::Trailing { count: 1 });
    assert_eq!(refusal::<Vec<u8>>(JSON, b"[5]]9"), CodecError::Trailing { count: 2 });
}

#[test]
fn a_text_cut_off_at_any_byte_is_refused() {
    let text = br#"{"x":12,"y":null}"#;
    for cut in 0..text.len() {
        assert_eq!(refusal::<Point>(JSON, &text[..cut]), CodecError::UnexpectedEnd { missing: 1 }, "cut at {cut}");
    }
}

#[test]
fn text_that_is_no_value_of_the_type_is_named_with_its_place() {
    let text = "unknown variant `Buy`, expected one of `Cancel`, `Market`, `Limit`, `Stop` at line 1 column 5";
    assert_eq!(refusal::<Order>(JSON, br#""Buy""#), CodecError::Invalid(text.into()));
    let hostile = format!(r#""{}""#, r"\n".repeat(100_000));
    assert!(refusal::<Order>(JSON, hostile.as_bytes()).to_string().len() < 1_000);
    assert!(matches!(refusal::<String>(JSON, b"\"\xff\""), CodecError::Invalid(_)));
    assert!(matches!(refusal::<String>(JSON, br#""\ud800""#), CodecError::Invalid(_)));
    assert!(matches!(refusal::<bool>(JSON, b"2"), CodecError::Invalid(_)));
    assert!(matches!(refusal::<Point>(JSON, br#"{"x":1,"x":2,"y":null}"#), CodecError::Invalid(_)));
}

#[test]
fn text_nested_too_deep_is_refused_on_the_stack_of_a_worker() {
    on_a_worker_stack(|| {
        for (levels, allowed) in [(64, true), (65, false), (5_000, false), (1_000_000, false)] {
            let nodes = levels - 1;
            let text = format!("{}\"Leaf\"{}", "{\"Node\":".repeat(nodes), "}".repeat(nodes));
            match decoded::<Nested>(JSON, text.as_bytes()) {
                Ok(_) => assert!(allowed, "{levels}"),
                Err(error) => {
                    assert_eq!((error, allowed), (CodecError::Depth { limit: 64 }, false))
                }
            }
        }
    });
}

#[test]
fn absent_elements_of_a_text_are_paid_for_as_they_come() {
    let text = format!("[{}null]", "null,".repeat(1_000));
    let (held, row) = held_while_decoding::<Row<Option<Big>>>(JSON, text.as_bytes());
    let limit = 16 * text.len();
    assert!(matches!(row, Err(CodecError::Memory { limit: l, .. }) if l == limit), "{row:?}");
    // A growing `Vec` doubles.
    assert!(held <= 2 * limit, "{held}");
}

#[test]
fn the_guard_refuses_depth_before_the_parser_does() {
    let limits = DecodeLimits { depth: 1_000, ..DecodeLimits::default() };
    let text = "[".repeat(500);
    let refused = decode::<Lenient>(JSON, text.as_bytes(), &limits).unwrap_err();
    assert_eq!(refused, CodecError::Depth { limit: 126 });
}

#[test]
fn a_type_that_swallows_errors_does_not_swallow_a_refusal() {
    let text = format!("{}{}", "[".repeat(65), "]".repeat(65));
    assert_eq!(refusal::<Lenient>(JSON, text.as_bytes()), CodecError::Depth { limit: 64 });
}

#[test]
fn an_unknown_field_is_skipped_however_deep_it_is() {
    let text = format!(r#"{{"new":{}{},"x":1,"y":2}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(decoded::<Point>(JSON, text.as_bytes()).unwrap(), Point { x: 1, y: Some(2) });
}

#[test]
fn a_value_without_a_form_in_json_is_refused_and_leaves_the_buffer_as_it_was() {
    let mut out = bytes::BytesMut::from(&b"before"[..]);
    let refused = super::encode(JSON, &(1u8, BTreeMap::from([(None::<u8>, 1u8), (Some(1), 2)])), &mut out);
    assert!(matches!(refused, Err(CodecError::Unencodable(_))), "{refused:?}");
    assert_eq!(&out[..], b"before");
}
