//! Types of every kind that serde knows, as users write them, and one that says what memory it takes.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    marker::PhantomData,
    net::SocketAddr,
    num::NonZeroU8,
    time::Duration,
};

use rpc_core::codec::{Blob, Buffer, Str};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};

use crate::decode::{Reform, reform};

/// How many forms a value has in a codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// One: what decodes is encoded to the same bytes.
    One,
    /// Several: one of them comes back.
    Several,
    /// Some values have none, or one that does not decode.
    Free,
}

/// The types that are decoded from the binary codec.
pub(crate) const BINARY: [(Reform, Forms); 21] = [
    (reform::<Scalars>, Forms::One),
    (reform::<(f32, f64, [f64; 2])>, Forms::One),
    (reform::<Buffer>, Forms::One),
    (reform::<Arguments>, Forms::One),
    (reform::<Vec<Vec<Vec<u16>>>>, Forms::One),
    (reform::<Vec<()>>, Forms::One),
    (reform::<Vec<Option<[u64; 16]>>>, Forms::One),
    (reform::<Option<Option<Box<Result<u8, String>>>>>, Forms::One),
    (reform::<Vec<Shape>>, Forms::One),
    (reform::<Tree>, Forms::One),
    (reform::<Chain>, Forms::One),
    (reform::<(SocketAddr, NonZeroU8, Box<[char]>)>, Forms::One),
    (reform::<Row<Row<u8>>>, Forms::One),
    (reform::<Grove>, Forms::One),
    (reform::<HashMap<u8, u8>>, Forms::Free),
    (reform::<BTreeMap<String, Vec<Shape>>>, Forms::Several),
    (reform::<(BTreeSet<i32>, Duration)>, Forms::Several),
    (reform::<serde_json::Value>, Forms::Free),
    (reform::<Untagged>, Forms::Free),
    (reform::<Tagged>, Forms::Free),
    (reform::<Flat>, Forms::Free),
];

/// The types that are decoded from JSON. Floats that it has no form for become `null`.
pub(crate) const JSON: [(Reform, Forms); 21] = [
    (reform::<Scalars>, Forms::Several),
    (reform::<(f32, f64, [f64; 2])>, Forms::Free),
    (reform::<Buffer>, Forms::Several),
    (reform::<Arguments>, Forms::Several),
    (reform::<Vec<Vec<Vec<u16>>>>, Forms::Several),
    (reform::<Vec<()>>, Forms::Several),
    (reform::<Vec<Option<[u64; 16]>>>, Forms::Several),
    (reform::<Option<Option<Box<Result<u8, String>>>>>, Forms::Several),
    (reform::<Vec<Shape>>, Forms::Free),
    (reform::<Tree>, Forms::Several),
    (reform::<Chain>, Forms::Several),
    (reform::<(SocketAddr, NonZeroU8, Box<[char]>)>, Forms::Several),
    (reform::<Row<Row<u8>>>, Forms::Several),
    (reform::<Grove>, Forms::Several),
    (reform::<HashMap<u8, u8>>, Forms::Free),
    (reform::<BTreeMap<String, Vec<bool>>>, Forms::Several),
    (reform::<(BTreeSet<i32>, Duration)>, Forms::Several),
    (reform::<serde_json::Value>, Forms::Several),
    (reform::<Untagged>, Forms::Several),
    (reform::<Tagged>, Forms::Several),
    (reform::<Flat>, Forms::Several),
];

#[derive(Serialize, Deserialize)]
struct Scalars {
    truth: bool,
    small: (u8, i8, u16, i16),
    large: (u32, i32, u64, i64),
    huge: (u128, i128),
    letter: char,
    text: String,
    nothing: (),
    unit: Unit,
    newtype: Newtype,
    array: [u16; 3],
}

#[derive(Serialize, Deserialize)]
struct Unit;

#[derive(Serialize, Deserialize)]
struct Newtype(u32);

#[derive(Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Rectangle(u8, u16),
    Named { name: String, within: Option<Box<Self>> },
}

#[derive(Serialize, Deserialize)]
struct Tree {
    children: Vec<Self>,
    name: String,
}

#[derive(Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Self>),
}

#[derive(Serialize, Deserialize)]
struct Grove {
    trees: Row<Self>,
    bytes: [u64; 16],
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Texts(Vec<String>),
    Nested { within: Box<Self> },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Nothing,
    One { value: i64 },
    Tree(Tree),
}

#[derive(Serialize, Deserialize)]
struct Flat {
    id: Option<u8>,
    #[serde(flatten)]
    rest: BTreeMap<String, Vec<u8>>,
}

/// Arguments as stubs have them, some borrowed from the message; what is borrowed is kept here.
struct Arguments(String, Vec<u8>, u16);

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Str::from(&*self.0), Buffer(self.1.clone()), self.2).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (text, bytes, number): (Str<'de>, Blob<'de>, u16) = Deserialize::deserialize(deserializer)?;
        Ok(Self(text.to_string(), bytes.to_vec(), number))
    }
}

thread_local! {
    /// Bytes held by all [`Row`]s of this thread, and the most there were.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// The most that rows held while `work` ran, and its outcome.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> (usize, T) {
    HELD.set((0, 0));
    let outcome = work();
    let (left, most) = HELD.get();
    assert_eq!(left, 0, "rows are left");
    (most, outcome)
}

/// A sequence that allocates as serde's `Vec` does and says how much: ahead for what is announced, up to 1 MiB.
struct Row<T>(Vec<T>, usize);

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

impl<T: Serialize> Serialize for Row<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowVisitor(PhantomData))
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
