//! The service of streams under test: a method of every shape. What it does is `desk`'s business.

use rpc_core::{Stream, Streaming, service};

use crate::laboratory::{LabError, Sample, Seen};

/// Takes streams and gives them. Every number that is made is entered into the ledger.
#[service(name = "test.Streams")]
pub trait Streams {
    /// The numbers below `to`.
    async fn count(&self, to: u64) -> impl Stream<Item = u64>;
    /// Bytes of these lengths.
    async fn lengths(&self, lengths: Vec<u32>) -> impl Stream<Item = Vec<u8>>;
    /// Items that have no bytes.
    async fn nothings(&self, count: u32) -> impl Stream<Item = ()>;
    /// The sample, so often.
    async fn samples(&self, sample: &Sample, count: u32) -> impl Stream<Item = Sample>;
    /// The numbers below `to`, and an error in the place of `wrong`.
    async fn doubt(&self, to: u64, wrong: Option<u64>) -> impl Stream<Item = Result<u64, LabError>>;
    /// The numbers below `to`, or an error for `None`.
    async fn perhaps(&self, to: Option<u64>) -> Result<impl Stream<Item = u64>, LabError>;
    /// Bytes of these lengths, behind which an error comes if it is `wrong`; an error alone where there are none.
    async fn scraps(
        &self,
        lengths: Vec<u32>,
        wrong: bool,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError>;
    /// `factor` times the sum of `start` and the numbers.
    async fn sum(&self, start: u64, numbers: Streaming<u64>, factor: u64) -> u64;
    /// The sum of the numbers, or an error as soon as one is missing.
    async fn check_all(&self, numbers: Streaming<Option<u32>>) -> Result<u32, LabError>;
    /// How many loads there are, and of how many bytes.
    async fn weigh(&self, loads: Streaming<Vec<u8>>) -> (u64, u64);
    /// The sum of the first `take` numbers, whatever comes then.
    async fn first(&self, take: u64, numbers: Streaming<u64>) -> u64;
    /// How many numbers come, and why no more do, where that is not their end.
    async fn ending(&self, numbers: Streaming<u64>) -> (u64, Option<String>);
    /// The same loads.
    async fn relay(&self, loads: Streaming<Vec<u8>>) -> impl Stream<Item = Vec<u8>>;
    /// The same loads, once all have come.
    async fn gather(&self, loads: Streaming<Vec<u8>>) -> impl Stream<Item = Vec<u8>>;
    /// Each number `factor` times, and an error where that is too much; an error alone without a factor.
    async fn scale(
        &self,
        factor: Option<u64>,
        numbers: Streaming<u64>,
    ) -> Result<impl Stream<Item = Result<u64, LabError>>, LabError>;
    /// Enters `id`, gives the numbers below `to` and ends when it is released.
    async fn stay(&self, id: u64, to: u64) -> impl Stream<Item = u64>;
    /// As `stay`, with a deadline of its own.
    #[rpc(timeout = "20ms")]
    async fn stay_briefly(&self, id: u64, to: u64) -> impl Stream<Item = u64>;
    /// As `stay`, and does not stand still for long.
    #[rpc(idle_timeout = "20ms")]
    async fn stay_awake(&self, id: u64, to: u64) -> impl Stream<Item = u64>;
    /// A number whenever it is released.
    async fn drip(&self) -> impl Stream<Item = u64>;
    /// Enters `id` and has a stream, without items, when it is released.
    async fn ponder(&self, id: u64) -> impl Stream<Item = u64>;
    /// Takes so many loads, enters `id`, and takes the others when it is released. How many there were.
    async fn hold_back(&self, id: u64, take: u64, loads: Streaming<Vec<u8>>) -> u64;
    /// Takes so many loads, drops the others, enters `id` and waits until it is released.
    async fn turn_down(&self, id: u64, take: u64, loads: Streaming<Vec<u8>>) -> u64;
    /// What the handler sees of its call. Answers with the metadata it got: with the first pair before its only item, with
    /// the others behind it.
    async fn context(&self) -> impl Stream<Item = Seen>;
    /// The metadata that came beside the numbers; answers with it.
    async fn metadata_of(&self, numbers: Streaming<u64>) -> Vec<(String, Vec<u8>)>;
    /// Panics behind so many numbers.
    async fn break_behind(&self, to: u64) -> impl Stream<Item = u64>;
    /// Panics when so many numbers have come.
    async fn break_over(&self, take: u64, numbers: Streaming<u64>) -> u64;
}
