//! One connection as seen by the side that calls: every frame the peer can send, and what it means.
//!
//! Routes frames to the call table and the drain and owns no detail of either. What to keep for a call is `T`; when
//! to time a call out, and where bytes go, is the runtime's business.

use super::{Drain, Head, Kind, Outgoing, ProtocolError, Reply};

/// The calling side of a connection.
#[derive(Debug)]
pub struct Caller<T> {
    /// The calls that are open.
    pub calls: Outgoing<T>,
    drain: Drain,
}

/// What a frame from the peer asks of the runtime.
#[derive(Debug, PartialEq, Eq)]
pub enum CallerEvent<T> {
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
    /// A cancelled call has ended: its place is free.
    Freed,
    /// Send this frame.
    Send(Head),
    /// The peer wants no more calls on this connection: open none, and send this answer if there is one.
    Goaway(Option<Head>),
    /// The peer ends the connection because of a fault of ours; the code, the text is the body.
    Fault(u32),
}

impl<T> Caller<T> {
    /// A connection that this side dialled.
    #[must_use]
    pub fn dialling(message_limit: usize) -> Self {
        Self { calls: Outgoing::dialling(message_limit), drain: Drain::Open }
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
    pub fn handle_frame(&mut self, head: &Head, body: &[u8]) -> Result<CallerEvent<T>, ProtocolError> {
        Ok(match head.kind {
            Kind::Response => match self.calls.handle_response(head, body)? {
                Reply::More => CallerEvent::Nothing,
                Reply::Abandoned => CallerEvent::Freed,
                Reply::Done { kept, head, joined } => CallerEvent::Reply { kept, head, joined },
            },
            Kind::Ping => CallerEvent::Send(Head { kind: Kind::Pong, ..*head }),
            Kind::Pong => CallerEvent::Nothing,
            Kind::Goaway => {
                CallerEvent::Goaway(self.drain.handle_goaway().then_some(Head::new(Kind::Goaway, 0).word(head.word)))
            }
            Kind::Error => CallerEvent::Fault(head.word),
            Kind::Request | Kind::Cancel => return Err(unexpected(head, "reverse calls were not agreed")),
            Kind::Credit if head.call == 0 || self.calls.is_open(head.call) => CallerEvent::Nothing,
            Kind::Item | Kind::End | Kind::Credit => return Err(unexpected(head, "no such stream is open")),
            Kind::Hello => return Err(unexpected(head, "the hello came already")),
        })
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}
