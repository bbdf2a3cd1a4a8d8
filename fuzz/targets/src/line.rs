//! `line://`: a transport to one server, whose peers are handed to it.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use rpc_core::{
    Address, ByteIo, Limits,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
};
use tokio::{
    io::DuplexStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Where the server listens.
pub(crate) const URL: &str = "line://server";
/// Bytes that are under way at most, between the server and those that dial.
const BUFFER: usize = 16 << 10;

/// The way to a server. Clones lead to the same.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    ends: UnboundedSender<DuplexStream>,
    accepted: Arc<Mutex<Option<UnboundedReceiver<DuplexStream>>>>,
}

impl Line {
    pub(crate) fn new() -> Self {
        let (ends, accepted) = unbounded_channel();
        Self { ends, accepted: Arc::new(Mutex::new(Some(accepted))) }
    }

    /// The end of a new connection to the server, on which nothing was said yet.
    pub(crate) fn connect(&self, buffer: usize) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(buffer);
        self.ends.send(theirs).expect("the server listens");
        ours
    }
}

impl Transport for Line {
    fn scheme(&self) -> &'static str {
        "line"
    }

    fn dial<'a>(&'a self, _address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async { Ok(Carrier::Bytes(ByteIo::new(self.connect(BUFFER)))) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async {
            let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
            let accepted = accepted.ok_or(io::ErrorKind::AddrInUse)?;
            Ok(Box::new(Accepting { accepted, address: address.clone() }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct Accepting {
    accepted: UnboundedReceiver<DuplexStream>,
    address: Address,
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, String)>> {
        Box::pin(async {
            match self.accepted.recv().await {
                Some(io) => Ok((Carrier::Bytes(ByteIo::new(io)), "a peer".to_owned())),
                None => std::future::pending().await,
            }
        })
    }
}
