//! Where the items of a [`Streaming`](super::Streaming) come from, in bytes.

use std::task::{Context, Poll};

use super::Queue;
use crate::{
    body::Body,
    codec::{CodecError, CodecId},
    limits::DecodeLimits,
    metadata::Metadata,
    status::Status,
};

/// A connection, as the reader of one of its streams sees it.
pub(crate) trait Source: Send {
    /// Gives back what was `taken`, and swaps the items that have come for the empty `queue`; `Some` where none will come
    /// any more, and this is how it ended.
    ///
    /// # Cancel safety
    /// Nothing is lost where it is not polled again.
    fn poll_items(&mut self, cx: &mut Context<'_>, taken: Taken, queue: &mut Queue) -> Poll<Option<Ending>>;

    /// The program has taken these items: the peer may send others.
    fn give_back(&mut self, taken: Taken);

    /// An item does not decode: the stream is of no more use. Why it ends.
    fn undecodable(&mut self, error: CodecError) -> Status;

    /// The program takes no more items; `untaken` were not given back. Called once, at the last. On a client it ends the
    /// call, if it has not ended.
    fn close(&mut self, untaken: Taken);
}

/// What is the same for all items of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) codec: CodecId,
    /// What decoding one may cost.
    pub(crate) decode: DecodeLimits,
    /// From when on it is worth to say what was taken: half of what the peer may send.
    pub(crate) worth: Taken,
}

impl Form {
    /// `window` is what the peer may send, in bytes and items.
    pub(crate) fn new(codec: CodecId, decode: DecodeLimits, window: (u32, u32)) -> Self {
        let worth = Taken { bytes: (window.0 as usize).div_ceil(2), items: (window.1 as usize).div_ceil(2) };
        Self { codec, decode, worth }
    }
}

/// Items that a program has taken: what they cost in bytes of credit, and how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) bytes: usize,
    pub(crate) items: usize,
}

impl Taken {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, items: self.items + other.items }
    }

    /// Whether it is as much as this in either.
    pub(crate) fn reaches(self, other: Self) -> bool {
        self.bytes >= other.bytes || self.items >= other.items
    }
}

/// How a stream has ended.
#[derive(Debug)]
pub(crate) struct Ending {
    /// `None` where it ended well.
    pub(crate) failure: Option<Failure>,
    /// What was sent with the end.
    pub(crate) metadata: Metadata,
}

/// Why a stream has ended before its time.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The call failed.
    Status(Status),
    /// The service's own error, encoded.
    App(CodecId, Body),
}

impl Ending {
    pub(crate) fn failed(status: Status) -> Self {
        Self { failure: Some(Failure::Status(status)), metadata: Metadata::default() }
    }
}
