//! The service under test: a method for everything that a method can take, give and do. What it does is `desk`'s
//! business.

use std::collections::BTreeMap;

use rpc_core::{Context, service};
use serde::{Deserialize, Serialize};

/// The service under test.
#[service(name = "test.Laboratory")]
pub trait Laboratory {
    /// Takes nothing and gives nothing.
    async fn ping(&self);
    /// The sum.
    async fn add(&self, a: i64, b: i64) -> i64;
    /// The same sample.
    async fn echo(&self, sample: Sample) -> Sample;
    /// The same bytes.
    async fn bytes(&self, bytes: Vec<u8>) -> Vec<u8>;
    /// Looks at borrowed arguments of every kind.
    async fn measure(&self, text: &str, blob: &[u8], sample: &Sample, numbers: &[u32]) -> Measured;
    /// As many bytes as asked for.
    async fn big(&self, len: u32) -> Vec<u8>;
    /// `Ok` of the number, or the error for `None`.
    async fn check(&self, number: Option<u32>) -> Result<u32, LabError>;
    /// Panics.
    async fn panic(&self, how: Breakdown);
    /// Writes `id` into the ledger.
    async fn note(&self, id: u64) -> u64;
    /// Writes `id` into the ledger and waits until it is released.
    async fn wait(&self, id: u64) -> u64;
    /// As `wait`, holding `load`, which it gives back.
    async fn hold(&self, id: u64, load: Vec<u8>) -> Vec<u8>;
    /// As `wait`, with a deadline of its own.
    #[rpc(timeout = "20ms")]
    async fn hasty(&self, id: u64) -> u64;
    /// Writes `id` into the ledger and computes, without waiting, until it is released.
    async fn compute(&self, id: u64) -> u64;
    /// Writes `id` into the ledger and spawns a task that writes `id + 1` when the call is cancelled; then waits.
    async fn watch(&self, id: u64) -> u64;
    /// What the handler sees of its call; answers with the metadata it got.
    async fn context(&self) -> Seen;
    /// Answers with metadata of `len` bytes.
    async fn answer_with(&self, key: &str, len: u32) -> bool;
    /// Writes `id` into the ledger.
    #[rpc(oneway)]
    async fn log(&self, id: u64, load: Vec<u8>);
    /// As `wait`, without an answer.
    #[rpc(oneway)]
    async fn linger(&self, id: u64);
    /// As `watch`, without an answer.
    #[rpc(oneway)]
    async fn watch_silently(&self, id: u64);
    /// As `panic`, without an answer.
    #[rpc(oneway)]
    async fn panic_silently(&self, how: Breakdown);
}

/// A value of every kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the types are the documentation")]
pub struct Sample {
    pub nothing: (),
    pub truth: bool,
    pub small: (u8, i8, u16, i16),
    pub large: (u32, i32, u64, i64),
    pub floats: (f32, f64),
    pub letter: char,
    pub text: String,
    pub bytes: Vec<u8>,
    pub maybe: [Option<u64>; 2],
    pub map: BTreeMap<String, Vec<Shape>>,
    pub within: Option<Box<Self>>,
}

/// An enum with a variant of every kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the types are the documentation")]
pub enum Shape {
    Point,
    Circle(f64),
    Box(u8, u8),
    Named { name: String },
}

impl Sample {
    /// A sample with a value at the edge of each type, and a sample within it.
    #[must_use]
    pub fn full() -> Self {
        let shapes = vec![Shape::Point, Shape::Circle(0.1), Shape::Box(0, 255), Shape::Named { name: "ü".into() }];
        let sample = Self {
            nothing: (),
            truth: true,
            small: (u8::MAX, i8::MIN, u16::MAX, i16::MIN),
            large: (u32::MAX, i32::MIN, u64::MAX, i64::MIN),
            floats: (f32::MIN_POSITIVE, f64::MAX),
            letter: '\u{10FFFF}',
            text: "quoted \" \\ \u{0} and \u{1F980}".into(),
            bytes: (0..=255).collect(),
            maybe: [None, Some(u64::MAX)],
            map: [("".to_owned(), vec![]), ("shapes".to_owned(), shapes)].into(),
            within: None,
        };
        Self { within: Some(Box::new(sample.clone())), ..sample }
    }
}

/// What [`Laboratory::measure`] saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct Measured {
    pub text: String,
    pub blob_sum: u64,
    pub sample_is_full: bool,
    pub numbers: Vec<u32>,
}

/// The laboratory's own error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum LabError {
    /// No number was given.
    #[error("there is no {what}")]
    Missing {
        /// What is missing.
        what: String,
    },
}

/// How a handler panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breakdown {
    /// In its first poll.
    AtOnce,
    /// After it has waited.
    Later,
    /// In the drop of what it holds, after it has returned.
    InDrop,
    /// In the drop of what it holds, when it is dropped while it waits.
    WhenStopped,
    /// With a payload that panics in its own drop.
    Twice,
}

/// What a handler saw of its call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The service's name.
    pub service: String,
    /// The method's name.
    pub method: String,
    /// Who called.
    pub peer: String,
    /// The time left in µs.
    pub time_left: Option<u64>,
    /// The request's metadata.
    pub metadata: Vec<(String, Vec<u8>)>,
}

impl Seen {
    /// What there is to be seen now.
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            service: context.service().into(),
            method: context.method().into(),
            peer: context.peer().into(),
            time_left: context.time_left().map(|left| left.as_micros() as u64),
            metadata: context.metadata().iter().map(|(key, value)| (key.into(), value.into())).collect(),
        }
    }
}
