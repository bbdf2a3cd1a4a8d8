//! Who listens at which name, for the transports of this harness. Knows carriers and not what is in them.

use std::{
    collections::BTreeMap,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rpc_core::{
    Address, Peer,
    link::Carrier,
    transport::{BoxFuture, Listener},
};
use tokio::sync::mpsc;

type Names = BTreeMap<String, mpsc::UnboundedSender<Carrier>>;

/// The listeners of one transport by name.
#[derive(Debug)]
pub(crate) struct Lines(Mutex<Names>);

impl Lines {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Hands the far end of a new carrier to whoever listens.
    pub(crate) fn dial(&self, name: &str, carrier: Carrier) -> io::Result<()> {
        let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens there");
        let names = self.names();
        names.get(name).ok_or_else(refused)?.send(carrier).map_err(|_| refused())
    }

    pub(crate) fn listen(&'static self, address: &Address) -> io::Result<Line> {
        let (sender, carriers) = mpsc::unbounded_channel();
        match self.names().insert(address.rest().to_owned(), sender) {
            None => Ok(Line { lines: self, carriers, address: address.clone() }),
            Some(_) => Err(io::ErrorKind::AddrInUse.into()),
        }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener.
#[derive(Debug)]
pub(crate) struct Line {
    lines: &'static Lines,
    carriers: mpsc::UnboundedReceiver<Carrier>,
    address: Address,
}

impl Listener for Line {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let carrier = self.carriers.recv().await.expect("the sender is listed as long as this lives");
            Ok((carrier, Peer::new(self.address.as_str())))
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.lines.names().remove(self.address.rest());
    }
}
