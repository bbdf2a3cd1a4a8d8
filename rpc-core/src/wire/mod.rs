//! The native protocol as plain state machines: frames in, events and heads to send out.
//!
//! Nothing here does I/O, reads a clock, spawns or waits; that is what makes every rule of `docs/protocol.md` testable
//! without a socket. The runtime moves bytes and wakes tasks; what a frame *means* is decided here.
//!
//! Begin with [`frame`](Head) (the layout), then [`Caller`] (calls this side opened) and [`Callee`] (calls the peer
//! opened), which compose the tables beside them.
#![forbid(unsafe_code)]

mod block;
mod callee;
mod caller;
mod drain;
mod error;
mod fragments;
mod frame;
mod hello;
mod incoming;
mod outgoing;
mod preamble;
mod stranger;
mod streams;

pub use block::{Block, encode_time_left, split as split_block, time_left};
pub use callee::{Callee, CalleeEvent, Refusal};
pub use caller::{Caller, CallerEvent};
pub use drain::Drain;
pub use error::ProtocolError;
pub use fragments::{Assembly, Fragments, Piece};
pub use frame::{Flags, Found, HEAD, Head, Kind, PREFIX, longest, next};
pub use hello::{Features, Hello, HelloService, InitialCredits, Parsed, parse as parse_hello};
pub use incoming::{Cancelled, Incoming, Received};
pub use outgoing::{Outgoing, Reply};
pub use preamble::{MAGIC, PREAMBLE, VersionRange};
pub use stranger::Stranger;
pub use streams::{Came, MayBegin, Shape, StreamId, Streams};

#[cfg(test)]
mod pair;
#[cfg(test)]
mod worked;
