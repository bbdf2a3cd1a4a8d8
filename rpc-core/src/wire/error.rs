//! What a peer can do wrong on a connection, and the code that says so on the wire.
//!
//! Every variant is the peer's fault and ends the connection; a fault that ends only one call is a
//! [`Status`](crate::Status) instead. The texts name what came, what was allowed and which limit is concerned.

use super::{Stranger, VersionRange};

/// A peer broke the protocol; the connection ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The first bytes are not ours (protocol §2).
    #[error("the peer does not speak this protocol: {0}")]
    Stranger(Stranger),
    /// No version is spoken by both (protocol §2.2).
    #[error("no common protocol version: this side speaks {ours}, the peer {theirs}")]
    Version {
        /// The versions of this side.
        ours: VersionRange,
        /// The versions the peer offered.
        theirs: VersionRange,
    },
    /// The hello announces more entries than allowed (protocol §2.3).
    #[error("the peer's hello is {got} bytes long, the limit `hello` is {limit}")]
    HelloTooLong {
        /// Bytes announced.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A hello entry does not have its form (protocol §3).
    #[error("the peer's hello is malformed: {0}")]
    Hello(&'static str),
    /// A frame shorter than its head (protocol §4).
    #[error("a frame of {got} bytes is shorter than its head of 16")]
    FrameTooShort {
        /// Length of the frame.
        got: usize,
    },
    /// A frame longer than any that is allowed (protocol §4).
    #[error("a frame of {got} bytes is longer than the {limit} that the limit `message` allows")]
    FrameTooLong {
        /// Length of the frame.
        got: usize,
        /// Longest frame allowed.
        limit: usize,
    },
    /// A kind below 128 that this version does not know (protocol §4.3).
    #[error("frame kind {0} is unknown and must be understood")]
    UnknownKind(u8),
    /// Reserved bits of the head are set (protocol §4.2).
    #[error("reserved bits are set in the head of a frame: flags {flags:#010b}, priority {priority:#010b}")]
    ReservedBits {
        /// The flags as received.
        flags: u8,
        /// The priority byte as received.
        priority: u8,
    },
    /// A frame of this kind cannot come now, or from this side (protocol §5).
    #[error("a {kind} frame for call {call}: {why}")]
    Unexpected {
        /// The frame's kind.
        kind: &'static str,
        /// The frame's call.
        call: u32,
        /// Why it cannot be.
        why: &'static str,
    },
    /// A message in fragments grew over the limit (protocol §4.5).
    #[error("the message of call {call} is {got} bytes or longer, the limit `message` is {limit}")]
    MessageTooLong {
        /// The call.
        call: u32,
        /// Bytes received so far.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Nothing more came for too long of a frame that had begun (protocol §9).
    #[error("nothing more came of a frame within {after:?}, the limit `stall_timeout`")]
    Stalled {
        /// How long was waited.
        after: std::time::Duration,
    },
    /// The peer's ring in shared memory holds what cannot be (protocol §13.3).
    #[error("the word `{word}` of the peer's ring says {got}, and {least} to {most} is possible")]
    Ring {
        /// The word.
        word: &'static str,
        /// What it says.
        got: u64,
        /// The least that it could say.
        least: u64,
        /// The most that it could say.
        most: u64,
    },
    /// More pings within a second than are answered (protocol §9).
    #[error("more than {limit} pings came within a second, the limit `pings`")]
    TooManyPings {
        /// Pings that are answered.
        limit: u32,
    },
}

impl ProtocolError {
    /// The code of the error frame that tells the peer (protocol §4.12).
    #[must_use]
    pub fn code(&self) -> u32 {
        match self {
            Self::Stranger(_) => 1,
            Self::Version { .. } => 2,
            Self::HelloTooLong { .. } | Self::Hello(_) => 3,
            Self::FrameTooShort { .. } | Self::UnknownKind(_) | Self::ReservedBits { .. } => 4,
            Self::FrameTooLong { .. } | Self::MessageTooLong { .. } => 5,
            Self::Unexpected { .. } => 6,
            Self::Stalled { .. } | Self::TooManyPings { .. } => 7,
            Self::Ring { .. } => 8,
        }
    }
}
