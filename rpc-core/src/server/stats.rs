//! What a server is doing, in numbers. They are counted when somebody asks, connection by connection, so that a server
//! that nobody watches pays nothing for it. Nothing here knows frames and methods.

use std::{
    any::Any,
    sync::{Arc, OnceLock, Weak},
};

use super::shared::Shared;

/// A look at a server, from [`Server::stats`](crate::Server::stats). Clones look at the same server.
///
/// A service may hold one of the server that serves it: it does not keep the server alive.
#[derive(Clone, Debug, Default)]
pub struct Stats(Arc<OnceLock<Weak<Shared>>>);

impl Stats {
    /// Looks at this server from now on.
    pub(super) fn watch(&self, shared: &Arc<Shared>) {
        // A server is bound once: it is consumed by it.
        let _ = self.0.set(Arc::downgrade(shared));
    }

    /// The numbers as they are now. All are 0 before the server is bound, and when it has gone.
    ///
    /// Locks the list of connections, and each of them for a moment, so that it takes time in proportion to their number.
    /// It does not wait otherwise, and may be called in a handler. What other threads do meanwhile may show in one
    /// number and not yet in another.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.0.get().and_then(Weak::upgrade).map(|shared| shared.snapshot()).unwrap_or_default()
    }

    /// Keeps the numbers of a bound server after its end, so that a test can see what it has left behind.
    #[doc(hidden)]
    #[must_use]
    pub fn hold(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.0.get().and_then(Weak::upgrade).map(|shared| shared as _)
    }
}

/// What a server was doing at a moment: [`Stats::snapshot`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Connections that have exchanged their hellos and have not ended.
    pub connections: usize,
    /// Calls of these connections of which a request has come, in part at least, and whose response the link has not
    /// taken yet. A handler that asks is of one of them. Oneways have no response and are not among them.
    pub calls_in_flight: usize,
    /// Handlers in tasks of their own, those of oneways too: they have waited, or their method is known to be slow, or
    /// they have ended and their response waits for room. They count until the task is gone, whether or not their
    /// connection is still there. A handler in its first poll is not among them, which is one per connection at most.
    pub running_handlers: usize,
    /// Bytes of frames that the links of these connections have taken and that neither the system nor the peer has yet.
    /// A transport of a user's own that does not say is taken for 0.
    pub buffered_bytes: usize,
    /// Bytes that are held of requests and responses, as the limits `request_bytes`, `response_bytes` and `server_bytes`
    /// bound them: long requests of which a part has come, the arguments of handlers that wait, and responses that found
    /// no room in their link.
    pub held_bytes: usize,
    /// Streams that are open: calls of methods that take or give one.
    pub streams: usize,
    /// Bytes of items that have come and were not taken by their methods, their heads included.
    pub untaken_bytes: usize,
    /// Calls and oneways that were given to a handler since the server was bound. Those that arrived together are added
    /// together, when each was polled once: a handler may not find itself among them.
    pub served: u64,
    /// Requests that were refused since the server was bound, for whatever reason: their methods did not run.
    pub refused: u64,
    /// Connections that were closed at once since the server was bound, because there were too many.
    pub connections_refused: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn a_look_at_a_server_does_not_keep_it() {
        let stats = Stats::default();
        let shared = Arc::new(Shared::new(Vec::new(), Limits::default()).unwrap());
        stats.watch(&shared);
        assert_eq!(stats.snapshot(), Snapshot::default());
        let gone = Arc::downgrade(&shared);
        let held = stats.hold();
        drop(shared);
        assert!(gone.upgrade().is_some(), "it is held");
        drop(held);
        assert!(gone.upgrade().is_none());
        assert_eq!(stats.snapshot(), Snapshot::default());
    }
}
