//! Every bound in one place: its name, its default and the reason for it.
//!
//! Whatever a peer can make grow is bounded by a field here. An error that says a bound was reached names the
//! field. This file knows no protocol and no transport; it only holds numbers.

use std::time::Duration;

/// The bounds of a connection, the same type on both sides.
///
/// Build one with [`Limits::default`] and change fields; hand it to
/// [`ChannelConfig::limits`](crate::ChannelConfig::limits) or [`Server::limits`](crate::Server::limits).
///
/// ```
/// let limits = rpc_core::Limits { message: 64 << 10, ..rpc_core::Limits::default() };
/// assert_eq!(limits.calls_in_flight, 1_024);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message accepted, in bytes, metadata included; announced in hello, so that a peer does not send more.
    /// Default 4 MiB: what most RPC systems chose. A decoder's memory is bounded by a multiple of it.
    pub message: usize,
    /// Calls that the peer may have open on one connection at a time; announced in hello. Default 1,024.
    /// A client at its peer's limit waits in order, see [`waiting_calls`](Self::waiting_calls).
    pub calls_in_flight: u32,
    /// Calls of one client connection that wait for a free place among the calls in flight; one more fails at once,
    /// not sent. Default 1,024: as many again as may be in flight.
    pub waiting_calls: usize,
    /// Bytes of requests of which a part is still to come, on one connection. Default 16 MiB: four of the largest
    /// messages. Above it a request that arrives in fragments is dropped as it arrives, and refused.
    pub partial_messages: usize,
    /// Pongs that a client owes a server which pings it and does not read; one more ends the connection. Default 64. A
    /// server reads nothing while it owes any.
    pub pongs: usize,
    /// Metadata of one message, in bytes as encoded. Default 16 KiB.
    pub metadata_bytes: usize,
    /// Metadata pairs of one message. Default 64.
    pub metadata_pairs: usize,
    /// Bytes that may wait to be written on one connection before senders wait. Default 1 MiB. A message that finds
    /// less than this waiting is accepted whole, so one message more can be buffered.
    pub send_buffer: usize,
    /// Largest read buffer kept between messages, in bytes. Default 64 KiB. A larger message grows it as its bytes
    /// arrive and the growth is given back after it.
    pub read_buffer: usize,
    /// Largest frame that is sent over a byte stream, in bytes; a longer message is split. Default: no splitting.
    /// What is received is bounded by [`message`](Self::message) alone.
    pub frame: usize,
    /// Largest list of entries in a hello, in bytes. Default 64 KiB, the most that the protocol allows.
    pub hello: usize,
    /// Time that a peer has to send its hello. Default 5 s.
    pub hello_timeout: Duration,
    /// Deadline of a client's call that sets none and whose method sets none. Default 30 s: a call that nobody bounded
    /// must not wait for ever. `Duration::MAX` means none.
    pub call_timeout: Duration,
    /// Longest time left that a server honours; a longer one is cut to it. Default 24 h.
    pub deadline: Duration,
    /// Time that a draining server gives to running calls before it drops them. Default 30 s.
    pub drain_timeout: Duration,
    /// Bounds of decoding one message.
    pub decode: DecodeLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 4 << 20,
            calls_in_flight: 1_024,
            waiting_calls: 1_024,
            partial_messages: 16 << 20,
            pongs: 64,
            metadata_bytes: 16 << 10,
            metadata_pairs: 64,
            send_buffer: 1 << 20,
            read_buffer: 64 << 10,
            frame: usize::MAX,
            hello: 64 << 10,
            hello_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(24 * 3_600),
            drain_timeout: Duration::from_secs(30),
            decode: DecodeLimits::default(),
        }
    }
}

/// The budget of decoding one message, whatever the codec: a small message must not cost much memory, time or stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Nesting of sequences, maps, structs, enums and options. Default 64. Each level costs stack; 64 levels of any
    /// type fit in the 2 MiB of a worker thread.
    pub depth: u32,
    /// Memory of decoded elements that every message may use, in bytes. Default 64 KiB.
    pub memory_floor: usize,
    /// Memory of decoded elements in multiples of the message's length, where that is more than the floor. Default 16.
    pub memory_factor: usize,
    /// Elements that take no input, such as those of `Vec<()>`, beyond one step per byte of input. Default 1,024.
    pub empty_elements: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { depth: 64, memory_floor: 64 << 10, memory_factor: 16, empty_elements: 1_024 }
    }
}

impl DecodeLimits {
    /// Bytes of decoded elements that a message of `len` bytes may use.
    #[must_use]
    pub fn memory(&self, len: usize) -> usize {
        len.saturating_mul(self.memory_factor).max(self.memory_floor)
    }

    /// Elements that a message of `len` bytes may hold.
    #[must_use]
    pub fn steps(&self, len: usize) -> usize {
        len.saturating_add(self.empty_elements)
    }
}
