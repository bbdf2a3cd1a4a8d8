//! Every bound in one place: its name, its default and the reason for it.
//!
//! Whatever a peer can make grow is bounded by a field here. An error that says a bound was reached names the
//! field. This file knows no protocol and no transport; it only holds numbers.

use std::time::Duration;

/// The bounds of a connection and of a server, the same type on both sides.
///
/// Begin with [`Limits::default`] and change what does not suit, by method or by field; hand it to
/// [`ChannelConfig::limits`](crate::ChannelConfig::limits) or [`Server::limits`](crate::Server::limits). A duration of
/// `Duration::MAX` means never.
///
/// ```
/// use rpc_core::Limits;
///
/// let limits = Limits::default().message(64 << 10).calls_in_flight(100);
/// assert_eq!(limits, Limits { message: 64 << 10, calls_in_flight: 100, ..Limits::default() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message accepted, in bytes, metadata included; announced in hello, so that a peer does not send more.
    /// Default 4 MiB: what most RPC systems chose. A decoder's memory is bounded by a multiple of it.
    pub message: usize,
    /// Calls that the peer may have open on one connection at a time; announced in hello. Default 1,024.
    /// A client at its peer's limit waits in order, see [`waiting_calls`](Self::waiting_calls).
    pub calls_in_flight: u32,
    /// Calls of one channel that wait for a connection, and calls of one connection that wait for a free place among the
    /// calls in flight; one more fails at once, not sent. Default 1,024: as many again as may be in flight.
    pub waiting_calls: usize,
    /// Handlers of one server that may run in tasks of their own, because they wait, at a time. Default 10,000. Above it
    /// requests are refused, and oneways dropped; but each connection may have a 64th of them, and 16 at most. One
    /// connection has at most [`calls_in_flight`](Self::calls_in_flight).
    pub running_handlers: usize,
    /// Bytes of requests that one connection may have a server hold: frames and fragments of which a part is still to
    /// come, the arguments of handlers that wait, and items that methods have not taken. Default 16 MiB: four of the largest
    /// messages. A request that finds no room is dropped as it arrives, and refused; an item is dropped, and ends its call.
    pub request_bytes: usize,
    /// Bytes of responses that may wait for a peer which does not take them, on one connection of a server. Default
    /// 64 MiB: what a busy peer takes in a fraction of a second. A response that finds no room is dropped, and its call
    /// fails. New requests are not read while there is no room for responses in [`send_buffer`](Self::send_buffer).
    pub response_bytes: usize,
    /// Bytes of requests and responses together that all connections of one server may have it hold. Default 256 MiB. Each
    /// connection may have a 1,024th of them held of either however much others take, and 64 KiB at most.
    pub server_bytes: usize,
    /// Connections of one server at a time. Default: no number of its own; whatever it is, a server has at most four
    /// fifths of the descriptors that its process may open, so that the program keeps some. One more is closed.
    pub connections: usize,
    /// Connections that one server has at a time from one IP address, or over Unix sockets from one user. Default: no
    /// limit, since the peers may all stand behind one address.
    pub connections_per_peer: usize,
    /// Bytes of items that a peer may send of one stream before the program takes some, their heads included; announced in
    /// hello. Default 256 KiB. An item larger than this is sent all the same, alone.
    pub stream_bytes: u32,
    /// Items that a peer may send of one stream before the program takes some; announced in hello. Default 1,024.
    pub stream_items: u32,
    /// Bytes of items that a peer may send of all streams of one connection together before the program takes some;
    /// announced in hello. Default 1 MiB. Each stream may have one item under way all the same, so that streams which
    /// nobody reads do not stop the others. On a server what waits counts as [`request_bytes`](Self::request_bytes) too.
    pub connection_stream_bytes: u32,
    /// Pings that a server answers on one connection within a second; one more ends it. Default 1,000: they cost a peer
    /// less than they cost a server.
    pub pings: u32,
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
    /// Largest region that a peer may bring over `shm`, in bytes: memory of the peer's, which this process maps. Default
    /// 64 MiB. The own one is as large as the address says, 1.13 MiB by default.
    pub shared_memory: usize,
    /// Largest list of entries in a hello, in bytes. Default 64 KiB, the most that the protocol allows.
    pub hello: usize,
    /// Time that a peer has to send its hello. Default 5 s.
    pub hello_timeout: Duration,
    /// Time that a client gives one address to be reached, names looked up included. Default 5 s: an address that nobody
    /// answers for must not hold up the next one. The hello comes after it.
    pub dial_timeout: Duration,
    /// Pause of a client after the first time that none of its addresses could be reached; it doubles with each further
    /// one, and each pause is shortened by chance by up to a half, so that clients do not come all at once. Default 100 ms.
    pub backoff_min: Duration,
    /// Longest pause of a client between two attempts to connect. Default 5 s.
    pub backoff_max: Duration,
    /// Time without a word from the server after which a client with calls in flight pings it; looked at each second.
    /// Default: never. Over TCP the kernel finds peers that have vanished; this finds those that have stopped.
    pub ping_after: Duration,
    /// Time that a pinged server has to say anything; after it the connection is given up. Default 10 s.
    pub ping_timeout: Duration,
    /// Time in which a peer must go on with a frame of which a part has come, before a server ends the connection, and
    /// with a request in fragments, before it is given up. Looked at each second. Default 10 s.
    pub stall_timeout: Duration,
    /// Time in which a peer must take something of what waits for it, before a server ends the connection. Looked at each
    /// second. Default 30 s. Systems tell that something was taken only when it was much: up to 1.4 MB over TCP where the
    /// network is fast, and 180 KB over a Unix socket. Who reads more slowly than that in this time is let go.
    pub take_timeout: Duration,
    /// Deadline of a client's call that sets none and whose method sets none. Default 30 s: a call that nobody bounded
    /// must not wait for ever. `Duration::MAX` means none. Of a call with a stream it bounds not the items, which may go on
    /// for long, but what comes before and after them: until the reply's items begin, or from the last item sent to the
    /// response.
    pub call_timeout: Duration,
    /// Time in which some item of a stream must come or go, before its call ends. It counts while items may still come or
    /// go, and not while this side's program has any to take, unless it waits for a peer that takes none. Default: never;
    /// a call sets its own with [`Call::idle_timeout`](crate::Call::idle_timeout), a method with
    /// `#[rpc(idle_timeout = "…")]`, both for the client; a server looks at its own limit, each second.
    pub idle_timeout: Duration,
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
            running_handlers: 10_000,
            request_bytes: 16 << 20,
            response_bytes: 64 << 20,
            server_bytes: 256 << 20,
            connections: usize::MAX,
            connections_per_peer: usize::MAX,
            stream_bytes: 256 << 10,
            stream_items: 1_024,
            connection_stream_bytes: 1 << 20,
            pings: 1_000,
            pongs: 64,
            metadata_bytes: 16 << 10,
            metadata_pairs: 64,
            send_buffer: 1 << 20,
            read_buffer: 64 << 10,
            frame: usize::MAX,
            shared_memory: 64 << 20,
            hello: 64 << 10,
            hello_timeout: Duration::from_secs(5),
            dial_timeout: Duration::from_secs(5),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(5),
            ping_after: Duration::MAX,
            ping_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(10),
            take_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(30),
            idle_timeout: Duration::MAX,
            deadline: Duration::from_secs(24 * 3_600),
            drain_timeout: Duration::from_secs(30),
            decode: DecodeLimits::default(),
        }
    }
}

/// A method per field, which sets it.
macro_rules! builder {
    ($($field:ident: $type:ty),* $(,)?) => {
        impl Limits {
            $(
                #[doc = concat!("Sets the field [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
                #[must_use]
                pub fn $field(self, $field: $type) -> Self {
                    Self { $field, ..self }
                }
            )*
        }
    };
}

builder! {
    message: usize,
    calls_in_flight: u32,
    waiting_calls: usize,
    running_handlers: usize,
    request_bytes: usize,
    response_bytes: usize,
    server_bytes: usize,
    connections: usize,
    connections_per_peer: usize,
    stream_bytes: u32,
    stream_items: u32,
    connection_stream_bytes: u32,
    pings: u32,
    pongs: usize,
    metadata_bytes: usize,
    metadata_pairs: usize,
    send_buffer: usize,
    read_buffer: usize,
    frame: usize,
    shared_memory: usize,
    hello: usize,
    hello_timeout: Duration,
    dial_timeout: Duration,
    backoff_min: Duration,
    backoff_max: Duration,
    ping_after: Duration,
    ping_timeout: Duration,
    stall_timeout: Duration,
    take_timeout: Duration,
    call_timeout: Duration,
    idle_timeout: Duration,
    deadline: Duration,
    drain_timeout: Duration,
    decode: DecodeLimits,
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
