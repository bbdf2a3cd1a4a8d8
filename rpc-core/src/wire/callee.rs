//! One connection as seen by the side that is called: every frame the peer can send, and what it means.
//!
//! Routes frames to the call table and the drain and owns no detail of either. Which methods there are, what runs and
//! for how long, is the runtime's business.

use std::sync::Arc;

use super::{Cancelled, Drain, Head, Incoming, Kind, ProtocolError, Received, incoming::IncomingLimits};
use crate::{
    budget::{Budget, Full},
    limits::Limits,
};

/// The called side of a connection.
#[derive(Debug)]
pub struct Callee<T> {
    /// The calls that are open.
    pub calls: Incoming<T>,
    drain: Drain,
}

/// What a frame from the peer asks of the runtime.
#[derive(Debug, PartialEq, Eq)]
pub enum CalleeEvent<'a, T> {
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

impl<T> Callee<T> {
    /// A connection that this side accepted.
    #[must_use]
    pub fn accepting(limits: &Limits) -> Self {
        Self::holding(limits, Budget::new("request_bytes", limits.request_bytes))
    }

    /// As [`accepting`](Self::accepting); what it holds of requests is taken of `room`.
    pub(crate) fn holding(limits: &Limits, room: Arc<Budget>) -> Self {
        let calls_in_flight = limits.calls_in_flight as usize;
        let calls = Incoming::from_dialling(IncomingLimits { message: limits.message, calls_in_flight }, room);
        Self { calls, drain: Drain::Open }
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
    pub fn handle_frame(&mut self, head: &Head, body: &[u8]) -> Result<CalleeEvent<'_, T>, ProtocolError> {
        Ok(match head.kind {
            Kind::Request => self.request(head, body)?,
            Kind::Credit if head.call == 0 => CalleeEvent::Nothing,
            Kind::Cancel | Kind::Item | Kind::End | Kind::Credit if head.call & 1 == 0 => {
                return Err(unexpected(head, "calls of this side have odd ids"));
            }
            Kind::Cancel => match self.calls.cancel(head.call) {
                Cancelled::NotOpen | Cancelled::Running(None) => CalleeEvent::Nothing,
                Cancelled::Running(Some(kept)) => CalleeEvent::Cancel(kept),
                Cancelled::Receiving => CalleeEvent::Refuse(head.call, Refusal::Cancelled),
            },
            Kind::Item => return Err(unexpected(head, "it is beyond the credit, which was 0")),
            Kind::End if self.calls.is_receiving(head.call) => {
                return Err(unexpected(head, "a part of the request is still to come"));
            }
            // They may have crossed with the terminal frame of their call.
            Kind::End | Kind::Credit | Kind::Pong => CalleeEvent::Nothing,
            Kind::Ping => CalleeEvent::Send(Head { kind: Kind::Pong, ..*head }),
            Kind::Goaway => {
                CalleeEvent::Goaway(self.drain.handle_goaway().then_some(Head::new(Kind::Goaway, 0).word(head.word)))
            }
            Kind::Error => CalleeEvent::Fault(head.word),
            Kind::Response => return Err(unexpected(head, "this side asked nothing")),
            Kind::Hello => return Err(unexpected(head, "the hello came already")),
        })
    }

    /// A frame for which there is no room, as far as its head; its bytes are dropped as they come. A request does not run
    /// then, though fragments of it may follow; other frames mean what their head says.
    ///
    /// # Errors
    /// The peer broke the protocol; the connection ends.
    #[cold]
    pub(crate) fn handle_dropped(&mut self, head: &Head, full: Full) -> Result<CalleeEvent<'_, T>, ProtocolError> {
        if head.kind != Kind::Request {
            // What it says stands in its head.
            return self.handle_frame(head, b"");
        }
        Ok(match self.calls.drop_request(head, full)? {
            true => CalleeEvent::Refuse(head.call, Refusal::NoRoom(full.name, full.limit)),
            false => CalleeEvent::Nothing,
        })
    }

    fn request(&mut self, head: &Head, body: &[u8]) -> Result<CalleeEvent<'_, T>, ProtocolError> {
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
