//! What holds for any bytes from anybody: one function for each place where bytes come in. Each takes the bytes and
//! panics where a promise is broken.
//!
//! `fuzz/` looks for such bytes, and keeps those that reach something new in `fuzz/corpus`; the tests of this package try
//! what is kept. How bytes are found is not known here.

mod arena;
mod choices;
mod client;
mod customer;
mod decode;
mod frame;
mod frames;
mod hello;
mod hostile;
mod idl;
mod line;
mod market;
mod opening;
mod overheard;
mod peer;
mod pipe;
mod recording;
mod sealed;
mod server;
mod stream_pair;
mod wire_pair;
mod zoo;

pub use arena::Arena;
pub use client::{client, meet};
pub use decode::{decode_binary, decode_json};
pub use frame::frame;
pub use hello::hello;
pub use hostile::{hostile_callee, hostile_caller};
pub use idl::{idl, thrift};
pub use peer::{Peer, framed, tight};
pub use recording::{Conversation, conversations};
pub use sealed::sealed;
pub use server::server;
pub use stream_pair::stream_pair;
pub use wire_pair::wire_pair;

/// A place where bytes come in.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of the function, the program in `fuzz/bins`, and the folder of inputs in `fuzz/corpus`.
    pub name: &'static str,
    /// Tries any bytes. Panics where a promise is broken.
    pub run: fn(&[u8]),
}

/// All targets, the quickest first.
pub const TARGETS: [Target; 12] = [
    Target { name: "frame", run: frame },
    Target { name: "hello", run: hello },
    Target { name: "decode_binary", run: decode_binary },
    Target { name: "decode_json", run: decode_json },
    Target { name: "thrift", run: thrift },
    Target { name: "idl", run: idl },
    Target { name: "wire_pair", run: wire_pair },
    Target { name: "stream_pair", run: stream_pair },
    Target { name: "hostile_caller", run: hostile_caller },
    Target { name: "hostile_callee", run: hostile_callee },
    Target { name: "server", run: server },
    Target { name: "client", run: client },
];
