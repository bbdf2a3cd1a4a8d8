//! `duplex://name`: a user's own transport of bytes, over `tokio::io::duplex` with buffers so small that no frame fits
//! in one write.

use std::io;

use rpc_core::{
    Address, ByteIo, Limits,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
};
use tokio::io::DuplexStream;

use crate::lines::{Line, Lines};

/// Bytes that are under way at most: more than a length and less than a head.
const BUFFER: usize = 13;

static LINES: Lines = Lines::new();

/// The transport of `duplex://name`.
#[derive(Clone, Copy, Debug)]
pub struct Duplex;

impl Duplex {
    /// The near end of a new stream to whoever listens at this name.
    pub(crate) fn by_hand(name: &str) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        LINES.dial(name, Carrier::Bytes(ByteIo::new(theirs))).expect("somebody listens");
        ours
    }
}

impl Transport for Duplex {
    fn scheme(&self) -> &'static str {
        "duplex"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(BUFFER);
            LINES.dial(address.rest(), Carrier::Bytes(ByteIo::new(theirs)))?;
            Ok(Carrier::Bytes(ByteIo::new(ours)))
        })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move { Ok(Box::new(LINES.listen(address)?) as Box<Line> as Box<dyn Listener>) })
    }
}
