//! One connection as seen by the side that is called: every frame the peer can send, and what it means.
//!
//! Routes frames to the call table, the streams and the drain and owns no detail of any. Which methods there are, what runs and
//! for how long, is the runtime's business.

use std::sync::Arc;

use super::{
    Came, Cancelled, Drain, Head, Incoming, InitialCredits, Kind, Piece, ProtocolError, Received, Streams,
    incoming::IncomingLimits,
};
use crate::{
    budget::{Budget, Full},
    limits::Limits,
};

/// The called side of a connection.
#[derive(Debug)]
pub struct Callee<T, S = ()> {
    /// The calls that are open.
    pub calls: Incoming<T>,
    /// Those of them that send or take items: opened by the runtime, which knows their methods.
    pub streams: Streams<S>,
    drain: Drain,
}

/// What a frame from the peer asks of the runtime.
#[derive(Debug, PartialEq, Eq)]
pub enum CalleeEvent<'a, T, S = ()> {
    /// Nothing.
    Nothing,
    /// A whole request: run it, then [`Incoming::finish`] it, unless it is a oneway (call 0).
    Run {
        /// The request's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
    /// Answer this call: it was not run. A oneway (call 0) has no answer.
    Refuse(u32, Refusal),
    /// The caller gave up: end the handler.
    Cancel(&'a mut T),
    /// An item has come; its credit is to be given back when it was taken.
    Item {
        /// What is kept for the stream.
        kept: &'a mut S,
        /// The item's head.
        head: Head,
        /// The item, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
        /// Bytes of credit that it has cost.
        cost: usize,
    },
    /// No more items will come.
    Ended(&'a mut S),
    /// There was no room for an item of this call, by the limit of this name and value: no more are taken.
    Dropped(u32, &'static str, usize),
    /// There is more credit for the items of this call, or with 0 of all: wake who waits for it.
    Credit(u32),
    /// Send this frame.
    Send(Head),
    /// The peer opens no more calls; send this answer if there is one.
    Goaway(Option<Head>),
    /// The peer ends the connection because of a fault of ours; the code, the text is the body.
    Fault(u32),
}

/// Why a request was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A limit of this connection is reached: its name and value.
    NoRoom(&'static str, usize),
    /// This side winds down.
    Draining,
    /// The caller gave up before the whole request had arrived.
    Cancelled,
}

impl<T, S> Callee<T, S> {
    /// A connection that this side accepted. No items are taken on it.
    #[must_use]
    pub fn accepting(limits: &Limits) -> Self {
        Self::with_credits(limits, InitialCredits::NONE, InitialCredits::NONE)
    }

    /// A connection that this side accepted, with the credits of the two hellos.
    #[must_use]
    pub fn with_credits(limits: &Limits, ours: InitialCredits, theirs: InitialCredits) -> Self {
        Self::holding(limits, Budget::new("request_bytes", limits.request_bytes), ours, theirs)
    }

    /// As [`with_credits`](Self::with_credits); what it holds of requests is taken of `room`.
    pub(crate) fn holding(limits: &Limits, room: Arc<Budget>, ours: InitialCredits, theirs: InitialCredits) -> Self {
        let calls_in_flight = limits.calls_in_flight as usize;
        let streams = Streams::new(ours, theirs, limits.message).within(room.clone());
        let calls = Incoming::from_dialling(IncomingLimits { message: limits.message, calls_in_flight }, room);
        Self { calls, streams, drain: Drain::Open }
    }

    /// As [`Incoming::finish`]; its stream is closed too, and what was kept for it given back.
    pub fn finish(&mut self, call: u32) -> (Option<T>, Option<S>) {
        (self.calls.finish(call), self.streams.close(call))
    }

    /// Winds down: the goaway to send, unless one was sent. `reason` is a code of protocol §7.
    pub fn goaway(&mut self, reason: u32) -> Option<Head> {
        self.drain.announce().then_some(Head::new(Kind::Goaway, 0).word(reason))
    }

    /// Whether the peer has agreed to open no more calls, and none is left.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.drain == Drain::Quiet && self.calls.is_empty()
    }

    /// A frame from the peer, block and body together as `body`.
    ///
    /// # Errors
    /// The peer broke the protocol; the connection ends.
    #[inline(always)] // each frame of a server passes here, and but for this in one place
    pub fn handle_frame(&mut self, head: &Head, body: impl Piece) -> Result<CalleeEvent<'_, T, S>, ProtocolError> {
        Ok(match head.kind {
            Kind::Request => self.request(head, body)?,
            Kind::Credit if head.call == 0 => self.credit(head)?,
            Kind::Cancel | Kind::Item | Kind::End | Kind::Credit if head.call & 1 == 0 => {
                return Err(unexpected(head, "calls of this side have odd ids"));
            }
            Kind::Cancel => match self.calls.cancel(head.call) {
                Cancelled::NotOpen => CalleeEvent::Nothing,
                Cancelled::Receiving => CalleeEvent::Refuse(head.call, Refusal::Cancelled),
                Cancelled::Running(kept) => {
                    self.streams.cancelled(head.call);
                    kept.map_or(CalleeEvent::Nothing, CalleeEvent::Cancel)
                }
            },
            Kind::Item | Kind::End if self.calls.is_receiving(head.call) => {
                return Err(unexpected(head, "a part of the request is still to come"));
            }
            // They may have crossed with the terminal frame of their call.
            Kind::Item => match self.streams.handle_item(head, body)? {
                Came::Nothing | Came::NoStream => CalleeEvent::Nothing,
                Came::NoRoom(name, limit) => CalleeEvent::Dropped(head.call, name, limit),
                Came::Item { kept, head, joined, cost } => CalleeEvent::Item { kept, head, joined, cost },
            },
            Kind::End => self.streams.handle_end(head)?.map_or(CalleeEvent::Nothing, CalleeEvent::Ended),
            Kind::Credit => self.credit(head)?,
            Kind::Pong => CalleeEvent::Nothing,
            Kind::Ping => CalleeEvent::Send(Head { kind: Kind::Pong, ..*head }),
            Kind::Goaway => {
                CalleeEvent::Goaway(self.drain.handle_goaway().then_some(Head::new(Kind::Goaway, 0).word(head.word)))
            }
            Kind::Error => CalleeEvent::Fault(head.word),
            Kind::Response | Kind::Begin => return Err(unexpected(head, "this side asked nothing")),
            Kind::Hello => return Err(unexpected(head, "the hello came already")),
        })
    }

    /// A frame for which there is no room, as far as its head; its `bytes` are dropped as they come. A request does not run
    /// then, though fragments of it may follow; an item ends the taking of its stream; other frames mean what their head
    /// says.
    ///
    /// # Errors
    /// The peer broke the protocol; the connection ends.
    #[cold]
    pub(crate) fn handle_dropped(
        &mut self,
        head: &Head,
        bytes: usize,
        full: Full,
    ) -> Result<CalleeEvent<'_, T, S>, ProtocolError> {
        if head.kind == Kind::Item && head.call & 1 == 1 && !self.calls.is_receiving(head.call) {
            let dropped = self.streams.drop_item(head, bytes)?;
            return Ok(dropped.map_or(CalleeEvent::Nothing, |_| CalleeEvent::Dropped(head.call, full.name, full.limit)));
        }
        if head.kind != Kind::Request {
            // What it says stands in its head.
            return self.handle_frame(head, b"");
        }
        Ok(match self.calls.drop_request(head, full)? {
            true => CalleeEvent::Refuse(head.call, Refusal::NoRoom(full.name, full.limit)),
            false => CalleeEvent::Nothing,
        })
    }

    /// As [`Caller::handle_run`](super::Caller::handle_run).
    pub fn handle_run(&mut self, call: u32, (cost, items): (usize, usize), last: usize) -> Option<&mut S> {
        if call & 1 == 0 || self.calls.is_receiving(call) {
            return None;
        }
        self.streams.handle_run(call, (cost, items), last)
    }

    fn credit(&mut self, head: &Head) -> Result<CalleeEvent<'_, T, S>, ProtocolError> {
        // Nobody waits for what all share while there is some.
        let grown = self.streams.handle_credit(head)?.is_some() || head.call == 0 && self.streams.has_reopened();
        Ok(if grown { CalleeEvent::Credit(head.call) } else { CalleeEvent::Nothing })
    }

    fn request(&mut self, head: &Head, body: impl Piece) -> Result<CalleeEvent<'_, T, S>, ProtocolError> {
        // What was begun before the peer's goaway may still be on its way.
        if self.drain == Drain::Quiet && !self.calls.is_receiving(head.call) {
            return Err(unexpected(head, "it comes after the goaway of its sender"));
        }
        Ok(match self.calls.handle_request(head, body)? {
            Received::More => CalleeEvent::Nothing,
            Received::NoRoom(limit, value) => CalleeEvent::Refuse(head.call, Refusal::NoRoom(limit, value)),
            // A oneway could not be told that it was refused: it runs.
            Received::Whole { head, .. } if head.call != 0 && !self.drain.open() => {
                self.calls.finish(head.call);
                CalleeEvent::Refuse(head.call, Refusal::Draining)
            }
            Received::Whole { head, joined } => CalleeEvent::Run { head, joined },
        })
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}
