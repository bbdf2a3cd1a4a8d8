//! The service: a method for each thing that a call can do. What is done then is `bench`'s business.

use rpc_core::{Status, Stream, Streaming, service};
use serde::{Deserialize, Serialize};

/// A laboratory.
#[service]
pub trait Lab {
    /// The same bytes. They are borrowed from the message, so that only the answer is a copy.
    async fn echo(&self, bytes: &[u8]) -> Vec<u8>;

    /// The sum; beyond the largest number it goes on at the smallest.
    ///
    /// # Errors
    /// It was handed on, and that failed.
    async fn add(&self, a: i64, b: i64) -> Result<i64, LabError>;

    /// Answers after so many milliseconds.
    async fn sleep(&self, ms: u64);

    /// How often this method has run with this key, this time included.
    ///
    /// # Errors
    /// The key is longer than `KEY_BYTES`, or is a new one beyond `KEYS`.
    async fn count(&self, key: &str) -> Result<u64, LabError>;

    /// Fails.
    ///
    /// # Errors
    /// Always, with this text.
    async fn fail(&self, text: &str) -> Result<(), LabError>;

    /// Panics with this text.
    async fn panic(&self, text: &str);

    /// So many bytes, each an `x`.
    ///
    /// # Errors
    /// They are more than `BIG_BYTES`.
    async fn big(&self, n: u64) -> Result<Vec<u8>, LabError>;

    /// Computes for so many milliseconds, without a pause in which anything else could run on its thread.
    ///
    /// # Errors
    /// They are more than `BURN_MS`.
    async fn burn(&self, ms: u64) -> Result<(), LabError>;

    /// Computes for so many microseconds, as `burn` does.
    ///
    /// # Errors
    /// They are more than `BURN_MS`.
    async fn work(&self, us: u64) -> Result<(), LabError>;

    /// So many items of so many bytes each, one each interval, the first at once; without an interval, as fast as they are
    /// taken. 0 items are no end of them. Each begins with its number (see `items`).
    ///
    /// # Errors
    /// An item is longer than `BIG_BYTES`.
    async fn ticks(&self, n: u64, interval_us: u64, size: u32) -> Result<impl Stream<Item = Vec<u8>>, LabError>;

    /// The sum of the items; beyond the largest number it goes on at the smallest.
    ///
    /// # Errors
    /// The items have ended otherwise than well.
    async fn sum(&self, items: Streaming<i64>) -> Result<i64, LabError>;

    /// Each item back.
    ///
    /// # Errors
    /// The items have ended otherwise than well; or they were handed on, and that failed.
    async fn relay(&self, items: Streaming<Vec<u8>>)
    -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError>;

    /// How many bytes the items had together.
    ///
    /// # Errors
    /// The items have ended otherwise than well.
    async fn sink(&self, items: Streaming<Vec<u8>>) -> Result<u64, LabError>;

    /// What the server is doing.
    async fn counters(&self) -> Counters;
}

/// What a server is doing. The call that asks is one of those in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Connections.
    pub connections: u64,
    /// Calls that are not answered yet.
    pub calls_in_flight: u64,
    /// Handlers in tasks of their own.
    pub running_handlers: u64,
    /// Bytes of responses that neither the system nor the peer has taken from the connections yet.
    pub buffered_bytes: u64,
    /// Bytes that are held of requests and of responses that found no room.
    pub held_bytes: u64,
    /// Calls with a stream that are not over.
    pub streams: u64,
    /// Bytes of items that have come and that no method has taken yet.
    pub untaken_bytes: u64,
    /// Calls that were given to a handler since the server began.
    pub served: u64,
    /// Requests that were refused since then.
    pub refused: u64,
    /// Tasks of the runtime, whatever for: listeners, connections, handlers.
    pub tasks: u64,
    /// Files and sockets that the process has open, where the system says.
    pub open_files: Option<u64>,
}

/// What can go wrong in a laboratory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum LabError {
    /// It was asked to fail.
    #[error("{0}")]
    Failed(String),
    /// The items that it was given have ended otherwise than well.
    #[error("the items that came: {0}")]
    Items(String),
    /// The call was handed on to the next laboratory, and failed there or on the way.
    #[error("the next laboratory: {0}")]
    Next(String),
    /// It was asked for more than it gives.
    #[error("{got} {unit} are more than `{bound}` allows, which is {limit}")]
    TooMuch {
        /// What was asked for.
        got: u64,
        /// Of what.
        unit: String,
        /// The name of the bound.
        bound: String,
        /// Its value.
        limit: u64,
    },
}

impl LabError {
    /// Items have ended like this.
    pub fn ended(status: Status) -> Self {
        Self::Items(status.to_string())
    }
}
