//! The layout of the binary codec, byte for byte, as `docs/codec.md` §2 has it. Three other implementations agree, so
//! that any of them can take the place of ours; a change here breaks every peer in the field.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wincode::config::DefaultConfig;
use wincode::{SchemaRead, SchemaWrite};

use super::{decoded, encoded};
use crate::codec::{Blob, Buffer, CodecId, Str};

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaRead, SchemaWrite)]
struct Quote {
    symbol: String,
    price: f64,
    volume: Option<u32>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaRead, SchemaWrite)]
struct Id(u16);

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaRead, SchemaWrite)]
struct Range(u8, i16);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaRead, SchemaWrite)]
enum Order {
    Cancel,
    Market(u16),
    Limit(u8, u16),
    Stop { at: u16, tag: String },
}

/// `text` as hexadecimal digits, blanks for the reader only.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// `value` is written as `bytes` and read back from them, by us and by two versions of bincode.
#[track_caller]
fn serde_golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, bytes: &str) {
    let bytes = hex(bytes);
    assert_eq!(encoded(CodecId::BINARY, value), bytes);
    assert_eq!(&decoded::<T>(CodecId::BINARY, &bytes).unwrap(), value);
    assert_eq!(bincode1::serialize(value).unwrap(), bytes);
    assert_eq!(&bincode1::deserialize::<T>(&bytes).unwrap(), value);
    let (unguarded, read) = bincode::serde::decode_from_slice::<T, _>(&bytes, bincode::config::legacy()).unwrap();
    assert_eq!((&unguarded, read), (value, bytes.len()));
}

/// As [`serde_golden`], and by wincode, which knows nothing of serde.
#[track_caller]
fn golden<T>(value: T, bytes: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
    T: SchemaWrite<DefaultConfig, Src = T> + for<'de> SchemaRead<'de, DefaultConfig, Dst = T>,
{
    serde_golden(&value, bytes);
    assert_eq!(wincode::serialize(&value).unwrap(), hex(bytes));
    assert_eq!(wincode::deserialize::<T>(&hex(bytes)).unwrap(), value);
}

#[test]
fn numbers_are_little_endian_and_as_wide_as_their_type() {
    golden(false, "00");
    golden(true, "01");
    golden(0xabu8, "ab");
    golden(-2i8, "fe");
    golden(0x0102u16, "0201");
    golden(-2i16, "feff");
    golden(0x0102_0304u32, "04030201");
    golden(-2i32, "feffffff");
    golden(0x0102_0304_0506_0708u64, "0807060504030201");
    golden(-2i64, "feffffffffffffff");
    golden(1u128, "01000000000000000000000000000000");
    golden(-2i128, "feffffffffffffffffffffffffffffff");
    golden(1.5f32, "0000c03f");
    golden(-0.0f64, "0000000000000080");
    golden(usize::MAX, "ffffffffffffffff");
}

#[test]
fn every_bit_of_a_float_that_is_not_a_number_is_kept() {
    let odd = f64::from_bits(0x7ff8_0000_dead_beef);
    assert_eq!(encoded(CodecId::BINARY, &odd), hex("efbeadde0000f87f"));
    assert_eq!(decoded::<f64>(CodecId::BINARY, &hex("efbeadde0000f87f")).unwrap().to_bits(), odd.to_bits());
}

#[test]
fn a_char_is_its_utf8_and_text_is_counted_in_bytes() {
    golden('a', "61");
    golden('€', "e282ac");
    golden('😀', "f09f9880");
    golden(String::new(), "0000000000000000");
    golden("h€".to_owned(), "0400000000000000 68 e282ac");
}

#[test]
fn sequences_and_maps_start_with_their_count_and_arrays_do_not() {
    golden(Vec::<u16>::new(), "0000000000000000");
    golden(vec![1u16, 2], "0200000000000000 0100 0200");
    golden(vec!["a".to_owned(), String::new()], "0200000000000000 0100000000000000 61 0000000000000000");
    golden([1u16, 2], "0100 0200");
    golden((1u8, 2u16, true), "01 0200 01");
    golden(BTreeMap::from([(1u8, 10u16), (2, 20)]), "0200000000000000 01 0a00 02 1400");
}

#[test]
fn nothing_takes_no_bytes() {
    golden((), "");
    serde_golden(&Marker, "");
    golden(vec![(), ()], "0200000000000000");
    golden([0u8; 0], "");
}

#[test]
fn an_option_is_one_byte_and_the_value_if_there_is_one() {
    golden(None::<u16>, "00");
    golden(Some(5u16), "01 0500");
    golden(Some(None::<u16>), "01 00");
    golden(Some(Some(5u16)), "01 01 0500");
}

#[test]
fn structs_are_their_fields_in_order() {
    let quote = Quote { symbol: "AB".to_owned(), price: 1.5, volume: Some(7) };
    golden(quote, "0200000000000000 4142 000000000000f83f 01 07000000");
    golden(Id(9), "0900");
    golden(Range(1, -1), "01 ffff");
    golden(Box::new(Id(9)), "0900");
}

#[test]
fn enums_are_the_index_of_the_variant_and_its_fields() {
    golden(Order::Cancel, "00000000");
    golden(Order::Market(5), "01000000 0500");
    golden(Order::Limit(1, 2), "02000000 01 0200");
    golden(Order::Stop { at: 3, tag: "x".to_owned() }, "03000000 0300 0100000000000000 78");
    golden(Ok::<u8, String>(7), "00000000 07");
    golden(Err::<u8, String>("no".to_owned()), "01000000 0200000000000000 6e6f");
}

#[test]
fn types_of_the_standard_library_are_what_serde_makes_of_them() {
    golden(Duration::new(1, 2), "0100000000000000 02000000");
    serde_golden(&IpAddr::V4(Ipv4Addr::LOCALHOST), "00000000 7f000001");
    serde_golden(&(1u8..3), "01 03");
}

#[test]
fn bytes_in_one_piece_are_the_same_as_a_sequence_of_bytes() {
    let written = hex("0300000000000000 010203");
    golden(vec![1u8, 2, 3], "0300000000000000 010203");
    assert_eq!(encoded(CodecId::BINARY, &Buffer(vec![1, 2, 3])), written);
    assert_eq!(encoded(CodecId::BINARY, &Blob::from(&[1u8, 2, 3][..])), written);
    assert_eq!(encoded(CodecId::BINARY, &Str::from("\x01\x02\x03")), written);
    assert_eq!(decoded::<Buffer>(CodecId::BINARY, &written).unwrap().0, [1, 2, 3]);
    assert_eq!(*decoded::<Blob<'_>>(CodecId::BINARY, &written).unwrap(), [1, 2, 3]);
}

#[test]
fn arguments_are_a_tuple_and_no_arguments_take_no_bytes() {
    assert!(encoded(CodecId::BINARY, &()).is_empty());
    let (symbol, bytes) = ("AB".to_owned(), [9u8]);
    let arguments = (&symbol, Blob::from(&bytes[..]), &7u16);
    assert_eq!(encoded(CodecId::BINARY, &arguments), hex("0200000000000000 4142 0100000000000000 09 0700"));
}
