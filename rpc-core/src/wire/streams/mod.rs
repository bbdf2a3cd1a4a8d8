//! The streams of a connection, in both directions: what may be sent of each, what came, and what is given back
//! (protocol §8).
//!
//! ```text
//!   open ──▶ items ⇄ credit ──▶ the peer's end ──▶ close, with the call's terminal frame
//!                  └── stop_taking: what still comes is dropped and given back at once
//! ```
//! `S` is what the runtime keeps for a stream: who takes its items, who waits for credit. An item that was handed over
//! is the runtime's to give back, once: when the program took it, or will not. Which calls are open is not known here.

use std::{
    cell::Cell,
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use slab::Slab;

use self::{
    credit::{Amount, Credit, MOST, Shared},
    receiving::Taking,
    seeded::Seeded,
};
use super::{Head, InitialCredits, ProtocolError};
use crate::budget::Budget;

mod credit;
mod receiving;
mod seeded;
mod sending;

pub use receiving::Came;
pub use sending::MayBegin;

/// The streams of a connection.
#[derive(Debug)]
pub struct Streams<S> {
    streams: Slab<Stream<S>>,
    by_call: HashMap<u32, usize, Seeded>,
    /// Where the stream was that a frame was for last: the next one often is too.
    last: Cell<usize>,
    /// Streams that were opened.
    opened: u64,
    /// What this side gives each stream of the peer's, and the peer each of ours.
    ours: Amount,
    theirs: Amount,
    /// What the peer may send of all streams together, and this side.
    shared: Shared,
    shared_out: i64,
    /// What this side may send of all streams was used up, and is not any more.
    reopened: bool,
    /// Streams that owe the peer a credit frame, each once.
    due: VecDeque<StreamId>,
    message_limit: usize,
    /// What is held of items of which a part is still to come is taken of this; `None` where nobody counts.
    room: Option<Arc<Budget>>,
    /// Grows with each fragment.
    fragments: u64,
}

/// Names one stream for as long as it is open; afterwards it names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId {
    at: usize,
    serial: u64,
}

/// Which ways items go, and what credit there is other than what hello says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// This side sends items.
    pub gives: bool,
    /// This side takes items.
    pub takes: bool,
    /// Bytes and items that the caller of this call lets its callee send, where not what its hello says.
    pub window: Option<(u32, u32)>,
}

#[derive(Debug)]
struct Stream<S> {
    call: u32,
    serial: u64,
    kept: S,
    /// The callee has said that its items begin.
    begun: bool,
    giving: Option<Credit>,
    taking: Option<Taking>,
}

impl<S> Streams<S> {
    /// None yet. `ours` is what this side's hello gives the peer, `theirs` what the peer's gives this side.
    #[must_use]
    pub fn new(ours: InitialCredits, theirs: InitialCredits, message_limit: usize) -> Self {
        Self {
            streams: Slab::new(),
            by_call: HashMap::default(),
            last: Cell::new(0),
            opened: 0,
            ours: Amount::new(ours.stream_bytes, ours.stream_items),
            theirs: Amount::new(theirs.stream_bytes, theirs.stream_items),
            shared: Shared::new(ours.connection_bytes),
            shared_out: i64::from(theirs.connection_bytes).min(MOST),
            reopened: false,
            due: VecDeque::new(),
            message_limit,
            room: None,
            fragments: 0,
        }
    }

    /// The same; what is held of items of which a part is still to come is taken of `room`.
    pub(super) fn within(self, room: Arc<Budget>) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Whether no stream is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Whether the peer takes items at all.
    #[must_use]
    pub fn peer_takes(&self) -> bool {
        self.theirs.bytes > 0 && self.theirs.items > 0
    }

    /// Opens the stream of a call, odd or even as its id is: the side that takes the items of the reply may have given
    /// other credit than hello says.
    pub fn open(&mut self, call: u32, caller: bool, shape: Shape, kept: S) -> StreamId {
        let window = shape.window.map(|(bytes, items)| Amount::new(bytes, items));
        let giving = window.filter(|_| !caller).unwrap_or(self.theirs);
        let taking = window.filter(|_| caller).unwrap_or(self.ours);
        self.opened += 1;
        let serial = self.opened;
        let at = self.streams.insert(Stream {
            call,
            serial,
            kept,
            begun: false,
            giving: shape.gives.then(|| Credit::new(giving)),
            taking: shape.takes.then(|| Taking::new(taking)),
        });
        self.by_call.insert(call, at);
        StreamId { at, serial }
    }

    /// What is kept for a stream that is open.
    pub fn get(&mut self, id: StreamId) -> Option<&mut S> {
        self.stream(id).map(|stream| &mut stream.kept)
    }

    /// Streams that are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether items of a stream have come that its program has not taken, or not said so.
    #[must_use]
    pub fn holds_items(&self, id: StreamId) -> bool {
        self.named(id).and_then(|stream| stream.taking.as_ref()).is_some_and(Taking::holds_items)
    }

    /// Whether items of a stream may still come that somebody takes, or go.
    #[must_use]
    pub fn is_under_way(&self, id: StreamId) -> bool {
        self.named(id)
            .is_some_and(|stream| stream.giving.is_some() || stream.taking.as_ref().is_some_and(Taking::goes_on))
    }

    /// The stream of a call.
    #[must_use]
    pub fn id_of(&self, call: u32) -> Option<StreamId> {
        let at = self.place(call)?;
        Some(StreamId { at, serial: self.streams[at].serial })
    }

    /// What is kept for the stream of a call.
    pub fn of_call(&mut self, call: u32) -> Option<&mut S> {
        self.of(call).map(|stream| &mut stream.kept)
    }

    /// What is kept for each stream.
    pub fn iter(&mut self) -> impl Iterator<Item = &mut S> {
        self.streams.iter_mut().map(|(_, stream)| &mut stream.kept)
    }

    /// The call is over, and its stream with it.
    pub fn close(&mut self, call: u32) -> Option<S> {
        if self.streams.is_empty() {
            return None;
        }
        let at = self.by_call.remove(&call)?;
        let Stream { taking, kept, .. } = self.streams.remove(at);
        if let Some(partial) = taking.and_then(|taking| taking.partial) {
            self.shared.give_back(partial.cost);
        }
        Some(kept)
    }

    /// The connection is gone: forgets every stream.
    pub fn clear(&mut self) -> Vec<S> {
        self.by_call.clear();
        self.due.clear();
        self.streams.drain().map(|stream| stream.kept).collect()
    }

    /// The callee says that its items begin. Whether this side takes any.
    pub(super) fn begin(&mut self, call: u32) -> bool {
        let stream = self.of(call).filter(|stream| stream.taking.is_some());
        stream.map(|stream| stream.begun = true).is_some()
    }

    /// Whether the callee has said that its items begin; `None` where this side takes none.
    #[must_use]
    pub fn has_begun(&self, call: u32) -> Option<bool> {
        let stream = self.found(call).filter(|stream| stream.taking.is_some());
        stream.map(|stream| stream.begun)
    }

    /// This side says that the items of a stream begin.
    pub fn set_begun(&mut self, id: StreamId) {
        if let Some(stream) = self.stream(id) {
            stream.begun = true;
        }
    }

    /// Whether either side has said that the items of a call begin.
    #[must_use]
    pub fn is_begun(&self, call: u32) -> bool {
        self.found(call).is_some_and(|stream| stream.begun)
    }

    /// The caller does not wait for the call any more: nothing is sent or taken of its stream. What is kept for it.
    pub fn give_up(&mut self, call: u32) -> Option<&mut S> {
        let id = self.id_of(call)?;
        self.stop_taking(id, 0);
        self.stop_giving(id);
        self.get(id)
    }

    fn stream(&mut self, id: StreamId) -> Option<&mut Stream<S>> {
        self.streams.get_mut(id.at).filter(|stream| stream.serial == id.serial)
    }

    fn named(&self, id: StreamId) -> Option<&Stream<S>> {
        self.streams.get(id.at).filter(|stream| stream.serial == id.serial)
    }

    fn found(&self, call: u32) -> Option<&Stream<S>> {
        self.streams.get(self.place(call)?)
    }

    /// Where the stream of a call is.
    fn place(&self, call: u32) -> Option<usize> {
        if self.streams.is_empty() {
            return None;
        }
        let last = self.last.get();
        if self.streams.get(last).is_some_and(|stream| stream.call == call) {
            return Some(last);
        }
        let at = *self.by_call.get(&call)?;
        self.last.set(at);
        Some(at)
    }

    fn of(&mut self, call: u32) -> Option<&mut Stream<S>> {
        let at = self.place(call)?;
        self.streams.get_mut(at)
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}

#[cfg(test)]
mod tests;
