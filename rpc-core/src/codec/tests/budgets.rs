//! What is counted: levels, elements and their memory, which stays within the budget whatever the input claims.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{counted, decode, decoded, encoded, refusal};
use crate::codec::{CodecError, CodecId};
use crate::limits::DecodeLimits;

const BINARY: CodecId = CodecId::BINARY;
const MEMORY_FLOOR: usize = 64 << 10;

/// 1,000 bytes in memory; one of input, if it is absent.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Big(
    #[expect(dead_code, reason = "only its size matters")] ([u64; 32], [u64; 32], [u64; 32], [u64; 29]),
);

#[derive(Serialize, Deserialize)]
struct Id(u8);

#[derive(Serialize, Deserialize)]
struct Point {
    x: u8,
}

#[derive(Serialize, Deserialize)]
enum Event {
    Opened,
    Named(Id),
    Moved(u8, u8),
    Closed { code: u8 },
}

/// `value` takes exactly `levels` of depth, in every codec.
#[track_caller]
fn nests<T: Serialize + DeserializeOwned>(value: T, levels: u32) {
    for &codec in CodecId::SUPPORTED {
        let bytes = encoded(codec, &value);
        let refused = |depth| decode::<T>(codec, &bytes, &DecodeLimits { depth, ..DecodeLimits::default() }).err();
        assert_eq!(refused(levels), None, "{codec}");
        assert!(levels == 0 || refused(levels - 1) == Some(CodecError::Depth { limit: levels - 1 }), "{codec}");
    }
}

#[test]
fn whatever_holds_another_value_is_a_level() {
    nests((1u64, "leaf".to_owned(), ()), 1);
    nests(7u8, 0);
    nests(None::<u8>, 0);
    nests(Some(7u8), 1);
    nests(vec![7u8], 1);
    nests(BTreeMap::from([(1u8, vec![7u8])]), 2);
    nests(Id(7), 1);
    nests(Point { x: 7 }, 1);
    nests(Event::Opened, 1);
    nests(Event::Named(Id(7)), 2);
    nests(Event::Moved(7, 7), 2);
    nests(Event::Closed { code: 7 }, 2);
    nests(vec![Some(Box::new(Point { x: 7 }))], 3);
}

#[test]
fn absent_elements_cannot_blow_up_a_message() {
    let bytes = counted(1_000_000, &vec![0; 1_000_000]);
    let limit = 16 * bytes.len();
    let needed = 1_000_000 * size_of::<Option<Big>>();
    assert_eq!(refusal::<Vec<Option<Big>>>(BINARY, &bytes), CodecError::Memory { needed, limit });
}

#[test]
fn absent_elements_within_the_floor_are_let_through() {
    let notes = |count: usize| counted(count as u64, &vec![0; count]);
    assert_eq!(decoded::<Vec<Option<String>>>(BINARY, &notes(2_730)).unwrap().len(), 2_730);
    let needed = 2_731 * size_of::<Option<String>>();
    let refused = CodecError::Memory { needed, limit: MEMORY_FLOOR };
    assert_eq!(refusal::<Vec<Option<String>>>(BINARY, &notes(2_731)), refused);
}

#[test]
fn boxes_are_paid_for() {
    let bytes = counted(1_000, &[0; 1_000]);
    let CodecError::Memory { needed, limit } = refusal::<Vec<Box<Option<Big>>>>(BINARY, &bytes) else { panic!() };
    assert_eq!(limit, MEMORY_FLOOR);
    assert!(needed <= limit + size_of::<Option<Big>>());
    assert_eq!(decoded::<Vec<Box<Option<Big>>>>(BINARY, &counted(60, &[0; 60])).unwrap().len(), 60);
}

#[test]
fn fields_are_paid_for_once() {
    type Row = (Option<u64>, Option<u64>, Option<u64>, Option<u64>);
    let rows = counted(100_000, &vec![0; 400_000]);
    assert_eq!(decoded::<Vec<Row>>(BINARY, &rows).unwrap().len(), 100_000);
}

#[test]
fn a_limit_that_is_raised_lets_the_value_through() {
    let bytes = counted(1_000, &[0; 1_000]);
    let limits = DecodeLimits { memory_factor: 1_100, ..DecodeLimits::default() };
    assert_eq!(decode::<Vec<Option<Big>>>(BINARY, &bytes, &limits).unwrap().len(), 1_000);
    let limits = DecodeLimits { empty_elements: 5, ..DecodeLimits::default() };
    assert!(decode::<Vec<()>>(BINARY, &counted(13, &[]), &limits).is_ok());
    assert!(decode::<Vec<()>>(BINARY, &counted(14, &[]), &limits).is_err());
}

thread_local! {
    /// Bytes held by all [`Row`]s of this thread, and the most there were.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// A sequence that allocates as serde's `Vec` does and says how much: ahead for what is announced, up to 1 MiB.
#[derive(Debug)]
pub(super) struct Row<T>(Vec<T>, usize);

impl<T> Row<T> {
    fn hold(&mut self) {
        let bytes = self.0.capacity() * size_of::<T>();
        let (held, most) = HELD.get();
        let held = held + bytes - std::mem::replace(&mut self.1, bytes);
        HELD.set((held, most.max(held)));
    }
}

impl<T> Drop for Row<T> {
    fn drop(&mut self) {
        let (held, most) = HELD.get();
        HELD.set((held - self.1, most));
    }
}

struct RowVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for RowVisitor<T> {
    type Value = Row<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Row<T>, A::Error> {
        let ahead = items.size_hint().unwrap_or(0).min((1 << 20) / size_of::<T>());
        let mut row = Row(Vec::with_capacity(ahead), 0);
        row.hold();
        while let Some(item) = items.next_element()? {
            row.0.push(item);
            row.hold();
        }
        Ok(row)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowVisitor(PhantomData))
    }
}

/// The bytes come last, so that a level costs 8 bytes of input, its length, and nothing before the next level.
#[derive(Debug, Deserialize)]
struct Tree {
    #[expect(dead_code, reason = "decoded, never read")]
    children: Row<Self>,
    #[expect(dead_code, reason = "decoded, never read")]
    bytes: [u64; 16],
}

/// The most that rows held while `bytes` were decoded.
pub(super) fn held_while_decoding<'de, M: Deserialize<'de>>(
    codec: CodecId,
    bytes: &'de [u8],
) -> (usize, Result<M, CodecError>) {
    HELD.set((0, 0));
    let value = decoded(codec, bytes);
    (HELD.get().1, value)
}

#[test]
fn nested_claims_do_not_add_up() {
    let claims = counted(1_000, &[]).repeat(60);
    let (held, tree) = held_while_decoding::<Tree>(BINARY, &claims);
    assert!(matches!(tree, Err(CodecError::Memory { limit: MEMORY_FLOOR, .. })), "{tree:?}");
    // One claim is allocated before the guard learns the size of what is claimed, untouched and given back at once.
    assert!(held <= MEMORY_FLOOR + (1 << 20), "{held}");
    let honest = counted(7, &[]).repeat(20);
    let (held, tree) = held_while_decoding::<Tree>(BINARY, &honest);
    assert!(matches!(tree, Err(CodecError::UnexpectedEnd { .. })), "{tree:?}");
    assert!(held <= MEMORY_FLOOR, "{held}");
}
