//! What all connections of a server share: the services, the limits, the list of connections and the wish to stop.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slab::Slab;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    BindError,
    admission::Admission,
    connection::Connection,
    descriptors,
    pace::Pace,
    router::{Route, Router},
    service::Service,
    stats::Snapshot,
};
use crate::{
    budget::Budget,
    codec::CodecId,
    limits::Limits,
    wire::{Hello, InitialCredits},
};

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) hello: Hello,
    /// Cancelled when the server begins to drain.
    pub(super) draining: CancellationToken,
    /// Cancelled when whatever still runs is to end.
    pub(super) killed: CancellationToken,
    /// Connections that have not ended, in tasks of their own.
    pub(super) tasks: TaskTracker,
    /// Handlers that have not ended, or whose response waits for room, in tasks of their own.
    pub(super) handlers: TaskTracker,
    /// Connections from when they are accepted.
    pub(super) admission: Arc<Admission>,
    /// What is held of requests and responses.
    pub(super) bytes: Arc<Budget>,
    connections: Mutex<Connections>,
    paces: Vec<Vec<Pace>>,
}

/// The connections that live.
#[derive(Default)]
struct Connections {
    live: Slab<Arc<Connection>>,
    /// Calls that those that have ended gave to handlers, and that they refused.
    served: u64,
    refused: u64,
}

impl Shared {
    pub(crate) fn new(services: Vec<Arc<dyn Service>>, limits: Limits) -> Result<Self, BindError> {
        let router = Router::new(services)?;
        let hello = hello(&limits, router.announced());
        let methods = router.services().iter().map(|service| service.identity().descriptor.methods.len());
        let paces = methods.map(|count| std::iter::repeat_with(Pace::default).take(count).collect()).collect();
        Ok(Self {
            router,
            hello,
            draining: CancellationToken::new(),
            killed: CancellationToken::new(),
            tasks: TaskTracker::new(),
            handlers: TaskTracker::new(),
            admission: Arc::new(Admission::new(&limits, descriptors::limit())),
            bytes: Budget::new("server_bytes", limits.server_bytes),
            connections: Mutex::default(),
            paces,
            limits,
        })
    }

    pub(super) fn pace(&self, route: Route) -> &Pace {
        &self.paces[route.service][route.method]
    }

    /// Lists a connection while it lives; tells it at once where the server is draining already.
    pub(super) fn enlist(self: &Arc<Self>, connection: &Arc<Connection>) -> Enlisted {
        let key = self.connections().live.insert(connection.clone());
        if self.draining.is_cancelled() {
            connection.drain();
        }
        if self.killed.is_cancelled() {
            connection.kill();
        }
        Enlisted { shared: self.clone(), key }
    }

    /// Tells every connection to wind down, and those that come later.
    pub(super) fn drain(&self) {
        self.draining.cancel();
        self.connections().live.iter().for_each(|(_, connection)| connection.drain());
    }

    /// Ends every connection and every handler.
    pub(super) fn kill(&self) {
        self.killed.cancel();
        self.connections().live.iter().for_each(|(_, connection)| connection.kill());
    }

    /// Waits until every connection and every handler has ended. No connection may be added any more.
    pub(super) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        // Only connections start handlers.
        self.handlers.close();
        self.handlers.wait().await;
    }

    /// What is going on, for [`Stats`](super::Stats).
    pub(super) fn snapshot(&self) -> Snapshot {
        let connections = self.connections();
        let mut snapshot = Snapshot {
            connections: connections.live.len(),
            running_handlers: self.handlers.len(),
            held_bytes: self.bytes.taken(),
            served: connections.served,
            refused: connections.refused,
            connections_refused: self.admission.refused(),
            ..Snapshot::default()
        };
        for (_, connection) in &connections.live {
            let state = connection.state();
            snapshot.calls_in_flight += state.calls_in_flight();
            snapshot.streams += state.wire.streams.len();
            snapshot.untaken_bytes += state.wire.streams.untaken();
            drop(state);
            snapshot.buffered_bytes += connection.tx.buffered();
            snapshot.served += connection.served();
            snapshot.refused += connection.refused();
        }
        snapshot
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What this side says of itself.
fn hello(limits: &Limits, services: Vec<crate::wire::HelloService>) -> Hello {
    Hello {
        max_message: u32::try_from(limits.message).unwrap_or(u32::MAX),
        calls_in_flight: limits.calls_in_flight,
        codecs: CodecId::SUPPORTED.iter().map(|codec| codec.0).collect(),
        product: concat!("rpc-core ", env!("CARGO_PKG_VERSION")).to_owned(),
        services,
        credits: InitialCredits::of(limits),
        ..Hello::default()
    }
}

/// A connection's place in the list, until it is dropped.
#[derive(Debug)]
pub(super) struct Enlisted {
    shared: Arc<Shared>,
    key: usize,
}

impl Drop for Enlisted {
    fn drop(&mut self) {
        let mut connections = self.shared.connections();
        let gone = connections.live.remove(self.key);
        connections.served += gone.served();
        connections.refused += gone.refused();
        // The connection, if nobody else has it, goes after the lock: what it drops may wake others.
        drop(connections);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("limits", &self.limits).finish_non_exhaustive()
    }
}
