//! `door://name`: a transport whose servers come and go as a test says, and that counts who knocks.

use std::{
    collections::BTreeMap,
    future::pending,
    io,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rpc_core::{
    Address, ByteIo, Limits, Server,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
};
use tokio::{task::JoinHandle, time::Instant};

use crate::{desk::Desk, laboratory::LaboratoryServer, raw_peer::RawPeer, streams::StreamsServer};

/// The transport of `door://name`; clones have the same doors.
#[derive(Clone, Debug, Default)]
pub struct Door(Arc<Mutex<Doors>>);

#[derive(Debug, Default)]
struct Doors {
    answers: BTreeMap<String, Answer>,
    dials: Vec<(String, Instant)>,
    serving: Vec<JoinHandle<()>>,
}

/// What becomes of who dials.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    /// Nobody is there.
    #[default]
    Refused,
    /// Nothing happens, for ever.
    Silence,
    /// The connection ends at once.
    Slammed,
    /// The address is wrong, says the transport.
    Wrong,
    /// The transport panics.
    Panic,
    /// Hellos are exchanged, and then the connection ends.
    Useless,
    /// This desk is served.
    Served(Desk),
}

impl Door {
    /// From now on, who dials `door://name` is answered so.
    pub fn answer(&self, name: &str, answer: Answer) {
        self.doors().answers.insert(name.to_owned(), answer);
    }

    /// Ends every server there is, with whatever runs.
    pub fn kill(&self) {
        self.doors().serving.drain(..).for_each(|serving| serving.abort());
    }

    /// Who was dialled, in order, and when.
    #[must_use]
    pub fn dials(&self) -> Vec<(String, Instant)> {
        self.doors().dials.clone()
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, desk: &Desk) -> Carrier {
        let (ours, theirs) = tokio::io::duplex(1 << 10);
        let server = Server::new().add(LaboratoryServer::new(desk.clone())).add(StreamsServer::new(desk.clone()));
        let serving = tokio::spawn(async move { drop(server.serve_io(ByteIo::new(theirs)).await) });
        self.doors().serving.push(serving);
        Carrier::Bytes(ByteIo::new(ours))
    }
}

impl Transport for Door {
    fn scheme(&self) -> &'static str {
        "door"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        self.doors().dials.push((address.rest().to_owned(), Instant::now()));
        let answer = self.doors().answers.get(address.rest()).cloned().unwrap_or_default();
        Box::pin(async move {
            match answer {
                Answer::Refused => Err(io::Error::new(io::ErrorKind::ConnectionRefused, "nobody is there")),
                Answer::Silence => pending().await,
                Answer::Slammed => Ok(Carrier::Bytes(ByteIo::new(tokio::io::duplex(64).0))),
                Answer::Wrong => Err(io::ErrorKind::InvalidInput.into()),
                Answer::Panic => resume_unwind(Box::new("a transport that panics")),
                Answer::Useless => {
                    let (ours, theirs) = tokio::io::duplex(1 << 10);
                    tokio::spawn(async { drop(RawPeer::new(theirs).introduced().await) });
                    Ok(Carrier::Bytes(ByteIo::new(ours)))
                }
                Answer::Served(desk) => Ok(self.open(&desk)),
            }
        })
    }

    fn listen<'a>(&'a self, _: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }
}
