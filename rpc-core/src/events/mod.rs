//! What is worth a line in a log: connections that come and go, what is refused, and what fails. Each line names the peer;
//! where a limit is concerned it names that too, and so what to turn.
//!
//! Without the feature `tracing` a line is nothing. With it, it is an event of the target `rpc_core`, with the fields
//! `cause` and `peer`. There are at most ten of each cause in a second; the next one says how many were left out.

#[cfg(feature = "tracing")]
mod lines;
#[cfg(not(feature = "tracing"))]
#[path = "silent.rs"]
mod lines;

pub(crate) use lines::say;

/// Why there is a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A server has a new connection; at the level debug.
    Accepted,
    /// A connection of a server has ended; debug.
    Ended,
    /// A listener cannot accept; warn.
    NotAccepting,
    /// A connection was closed at once, because there are too many, or its user may not connect; warn.
    TurnedAway,
    /// No connection came of what a peer sent; warn.
    NoHello,
    /// A peer broke the protocol, or stopped in the middle of something; warn.
    Misbehaved,
    /// A request was refused; info.
    Refused,
    /// Anyone on the network may connect; warn.
    Exposed,
    /// A client has a connection; debug.
    Connected,
    /// A client has reached none of its addresses; warn.
    Unreached,
    /// A connection of a client has ended; info.
    Lost,
}
