//! `line://`: transports within the process, of bytes or of frames: to one server, and to one peer.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use rpc_core::{
    Address, ByteIo, Limits, Peer,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
};
use tokio::{
    io::DuplexStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::frames;

/// Where a server listens, or a peer is.
pub(crate) const URL: &str = "line://server";
/// Bytes that are under way at most, between the server and those that dial.
const BUFFER: usize = 16 << 10;

/// One end of a link, of frames or of bytes. The other has both as a stream of bytes.
pub(crate) fn end(io: DuplexStream, frames: bool) -> Carrier {
    if frames { frames::carrier(io) } else { Carrier::Bytes(ByteIo::new(io)) }
}

/// The way to a server. Clones lead to the same.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    ends: UnboundedSender<Carrier>,
    accepted: Arc<Mutex<Option<UnboundedReceiver<Carrier>>>>,
}

impl Line {
    pub(crate) fn new() -> Self {
        let (ends, accepted) = unbounded_channel();
        Self { ends, accepted: Arc::new(Mutex::new(Some(accepted))) }
    }

    /// The end of a new connection to the server, on which nothing was said yet.
    pub(crate) fn connect(&self, buffer: usize, frames: bool) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(buffer);
        self.ends.send(end(theirs, frames)).expect("the server listens");
        ours
    }
}

impl Transport for Line {
    fn scheme(&self) -> &'static str {
        "line"
    }

    fn dial<'a>(&'a self, _address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async { Ok(end(self.connect(BUFFER, false), false)) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async {
            let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
            let accepted = accepted.ok_or(io::ErrorKind::AddrInUse)?;
            Ok(Box::new(Accepting { accepted, address: address.clone() }) as Box<dyn Listener>)
        })
    }
}

/// The way to one peer. It is gone when it was dialled.
#[derive(Debug)]
pub(crate) struct Once(Mutex<Option<Carrier>>);

impl Once {
    pub(crate) fn new(carrier: Carrier) -> Self {
        Self(Mutex::new(Some(carrier)))
    }
}

impl Transport for Once {
    fn scheme(&self) -> &'static str {
        "line"
    }

    fn dial<'a>(&'a self, _address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async {
            let carrier = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            carrier.ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
        })
    }

    fn listen<'a>(
        &'a self,
        _address: &'a Address,
        _limits: &'a Limits,
    ) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }
}

#[derive(Debug)]
struct Accepting {
    accepted: UnboundedReceiver<Carrier>,
    address: Address,
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            match self.accepted.recv().await {
                Some(carrier) => Ok((carrier, Peer::new("a peer"))),
                None => std::future::pending().await,
            }
        })
    }
}
