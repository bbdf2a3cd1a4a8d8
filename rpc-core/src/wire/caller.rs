//! One connection as seen by the side that calls: every frame the peer can send, and what it means.
//!
//! Routes frames to the call table, the streams and the drain and owns no detail of any. What to keep for a call is `T`,
//! and for a stream `S`; when to time a call out, and where bytes go, is the runtime's business.

use super::{Came, Drain, Flags, Head, InitialCredits, Kind, Outgoing, Piece, ProtocolError, Reply, Streams};

/// The calling side of a connection.
#[derive(Debug)]
pub struct Caller<T, S = ()> {
    /// The calls that are open.
    pub calls: Outgoing<T>,
    /// Those of them that send or take items.
    pub streams: Streams<S>,
    drain: Drain,
}

/// What a frame from the peer asks of the runtime.
#[derive(Debug, PartialEq, Eq)]
pub enum CallerEvent<'a, T, S = ()> {
    /// Nothing.
    Nothing,
    /// A call has ended: wake its caller. Its place is free.
    Reply {
        /// What was kept for the call.
        kept: T,
        /// The response's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
    /// The items of a call begin.
    Begin {
        /// What is kept for the call.
        kept: &'a mut T,
        /// The frame's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
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
    /// There is more credit for the items of this call, or with 0 of all: wake who waits for it.
    Credit(u32),
    /// The callee begins items where one value is awaited. The call was given up: tell its caller, and send a cancel.
    Misshapen(T),
    /// A cancelled call has ended: its place is free.
    Freed,
    /// Send this frame.
    Send(Head),
    /// The peer wants no more calls on this connection: open none, and send this answer if there is one.
    Goaway(Option<Head>),
    /// The peer ends the connection because of a fault of ours; the code, the text is the body.
    Fault(u32),
}

impl<T, S> Caller<T, S> {
    /// A connection that this side dialled. No items are taken on it.
    #[must_use]
    pub fn dialling(message_limit: usize) -> Self {
        Self::with_credits(message_limit, InitialCredits::NONE, InitialCredits::NONE)
    }

    /// A connection that this side dialled, with the credits of the two hellos.
    #[must_use]
    pub fn with_credits(message_limit: usize, ours: InitialCredits, theirs: InitialCredits) -> Self {
        Self {
            calls: Outgoing::dialling(message_limit),
            streams: Streams::new(ours, theirs, message_limit),
            drain: Drain::Open,
        }
    }

    /// As [`Outgoing::forget`]; its stream is closed too.
    pub fn forget(&mut self, call: u32) -> Option<T> {
        self.streams.close(call);
        self.calls.forget(call)
    }

    /// Whether calls may be opened.
    #[must_use]
    pub fn accepts_calls(&self) -> bool {
        self.drain.open()
    }

    /// A frame from the peer, block and body together as `body`.
    ///
    /// # Errors
    /// The peer broke the protocol; the connection ends.
    pub fn handle_frame(&mut self, head: &Head, body: impl Piece) -> Result<CallerEvent<'_, T, S>, ProtocolError> {
        Ok(match head.kind {
            Kind::Response | Kind::Begin | Kind::End => self.response(head, body)?,
            Kind::Item => self.item(head, body)?,
            Kind::Credit => self.credit(head)?,
            Kind::Ping => CallerEvent::Send(Head { kind: Kind::Pong, ..*head }),
            Kind::Pong => CallerEvent::Nothing,
            Kind::Goaway => {
                CallerEvent::Goaway(self.drain.handle_goaway().then_some(Head::new(Kind::Goaway, 0).word(head.word)))
            }
            Kind::Error => CallerEvent::Fault(head.word),
            Kind::Request | Kind::Cancel => return Err(unexpected(head, "reverse calls were not agreed")),
            Kind::Hello => return Err(unexpected(head, "the hello came already")),
        })
    }

    /// Items of a frame each, one behind the other, of one call and without flags: `cost` and `items` of all, and `last`, what
    /// the last of them cost. What is kept for the stream, if each of them may come and is taken; else nothing is done, and
    /// each is to be handed to [`handle_frame`](Self::handle_frame).
    pub fn handle_run(&mut self, call: u32, (cost, items): (usize, usize), last: usize) -> Option<&mut S> {
        if self.streams.has_begun(call) != Some(true) || self.calls.is_receiving(call) {
            return None;
        }
        self.streams.handle_run(call, (cost, items), last)
    }

    /// What is about the call as a whole. What was given up may have been of another shape than was thought.
    fn response(&mut self, head: &Head, body: impl Piece) -> Result<CallerEvent<'_, T, S>, ProtocolError> {
        let lenient = self.calls.is_abandoned(head.call);
        match (self.streams.has_begun(head.call), head.kind) {
            (Some(true), Kind::Response | Kind::Begin) => return Err(unexpected(head, "its items have begun")),
            (Some(false), Kind::End) => return Err(unexpected(head, "its items have not begun")),
            (None, Kind::End) if !lenient && self.calls.is_open(head.call) => {
                return Err(unexpected(head, "its call awaits a response"));
            }
            _ => {}
        }
        Ok(match self.calls.handle_response(head, body)? {
            Reply::More => CallerEvent::Nothing,
            Reply::Begun { head, joined } => {
                if !self.streams.begin(head.call) {
                    return Ok(self.calls.abandon(head.call).map_or(CallerEvent::Nothing, CallerEvent::Misshapen));
                }
                match self.calls.get(head.call) {
                    Some(kept) => CallerEvent::Begin { kept, head, joined },
                    None => CallerEvent::Nothing,
                }
            }
            Reply::Abandoned => {
                self.streams.close(head.call);
                CallerEvent::Freed
            }
            Reply::Done { kept, head, joined } => {
                self.streams.close(head.call);
                CallerEvent::Reply { kept, head, joined }
            }
        })
    }

    fn item(&mut self, head: &Head, body: impl Piece) -> Result<CallerEvent<'_, T, S>, ProtocolError> {
        if self.streams.has_begun(head.call) == Some(false) {
            return Err(unexpected(head, "its items have not begun"));
        }
        if self.calls.is_receiving(head.call) {
            return Err(unexpected(head, "a part of its reply is still to come"));
        }
        // The callee's direction ends with its terminal frame alone.
        let head = &Head { flags: head.flags.without(Flags::END), ..*head };
        match self.streams.handle_item(head, body)? {
            Came::Nothing | Came::NoRoom(..) => Ok(CallerEvent::Nothing),
            Came::Item { kept, head, joined, cost } => Ok(CallerEvent::Item { kept, head, joined, cost }),
            Came::NoStream if self.calls.is_abandoned(head.call) => Ok(CallerEvent::Nothing),
            Came::NoStream if self.calls.is_open(head.call) => Err(unexpected(head, "its call takes no items")),
            Came::NoStream => Err(unexpected(head, "no such call is open")),
        }
    }

    fn credit(&mut self, head: &Head) -> Result<CallerEvent<'_, T, S>, ProtocolError> {
        if head.call != 0 && !self.calls.is_open(head.call) {
            return Err(unexpected(head, "no such call is open"));
        }
        // Nobody waits for what all share while there is some.
        let grown = self.streams.handle_credit(head)?.is_some() || head.call == 0 && self.streams.has_reopened();
        Ok(if grown { CallerEvent::Credit(head.call) } else { CallerEvent::Nothing })
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}
