//! Calls come in: listeners, connections, and the services behind them.
//!
//! ```text
//!   serving ── accepts carriers ──▶ driver ── frames ──▶ dispatch ── polls once ──▶ slot (the handler)
//!                                     ▲                                │ waits
//!                                     └── connection ◀── responses ── handler (its own task)
//! ```
//! Begin with [`Server`]; then `dispatch`, where a frame becomes a running method. Nothing here knows clients.

use std::{error::Error, fmt, io, sync::Arc};

use crate::{
    address::{Address, AddressError},
    limits::Limits,
    link::{ByteIo, Carrier},
    peer::Peer,
    transport::{Transport, Transports},
};

mod admission;
mod argument;
mod connection;
#[cfg(unix)]
mod descriptors;
#[cfg(not(unix))]
#[path = "no_descriptors.rs"]
mod descriptors;
mod dispatch;
mod driver;
mod giving;
mod handler;
mod pace;
mod router;
mod running;
mod service;
mod serving;
mod shared;
mod slot;
mod stats;
mod streams;
mod watch;

pub use service::{Hosted, Identity, Input, Output, Request, Service, byte_item, byte_item_result, item, item_result};
pub use serving::Serving;
pub(crate) use serving::serve_carrier;
pub(crate) use shared::Shared;
pub use slot::Slot;
pub use stats::{Snapshot, Stats};

/// Services and where they are to be served. Nothing listens before [`bind`](Self::bind).
///
/// ```
/// # use rpc_core::{service, Server};
/// #[service]
/// trait Adder {
///     async fn add(&self, a: i64, b: i64) -> i64;
/// }
///
/// struct Exact;
///
/// impl Adder for Exact {
///     async fn add(&self, a: i64, b: i64) -> i64 {
///         a + b
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::new().add(AdderServer::new(Exact)).listen("tcp://127.0.0.1:0").bind().await?;
/// let url = server.urls()[0].to_string();
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let serving = tokio::spawn(server.serve_until(async { drop(stopped.await) }));
///
/// let adder = AdderClient::connect(&url).await?;
/// assert_eq!(adder.add(20, 22).await?, 42);
///
/// drop(stop);
/// serving.await?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use]
pub struct Server {
    services: Vec<Arc<dyn Service>>,
    listen: Vec<String>,
    limits: Limits,
    transports: Transports,
    stats: Stats,
}

impl Server {
    /// A server without services.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service; as many as you like, and one under several names.
    #[expect(clippy::should_implement_trait, reason = "a server is no number; `add` is the word for adding a service")]
    pub fn add(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// Listens at a URL such as `tcp://127.0.0.1:0` or `unix:///run/quotes.sock`; as many as you like.
    pub fn listen(mut self, url: impl Into<String>) -> Self {
        self.listen.push(url.into());
        self
    }

    /// Sets the bounds of the server and of each of its connections.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a transport of your own, or a built-in one set up otherwise, such as
    /// [`Unix::new().mode(0o660)`](crate::transport::Unix); it takes the place of the one of the same scheme.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transports.add(Arc::new(transport));
        self
    }

    /// A look at what this server does, from when it is bound until it has gone. Take it before [`bind`](Self::bind); a
    /// service may hold it.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// Begins to listen, at all URLs or at none.
    ///
    /// # Errors
    /// No URL was given, one is malformed or cannot be had, or two services or methods cannot be told apart.
    ///
    /// # Cancel safety
    /// Dropping the future listens nowhere.
    pub async fn bind(self) -> Result<Serving, BindError> {
        let Self { services, listen, limits, transports, stats } = self;
        if listen.is_empty() {
            return Err(BindError::Nowhere);
        }
        let shared = Shared::new(services, limits)?;
        let mut listeners = Vec::new();
        for url in listen {
            let address: Address = url.parse()?;
            let listener = match transports.find(&address) {
                Ok(transport) => transport.listen(&address, &shared.limits).await,
                Err(error) => Err(error),
            };
            listeners.push(listener.map_err(|source| BindError::Listen { url, source })?);
        }
        let shared = Arc::new(shared);
        stats.watch(&shared);
        Ok(Serving::new(shared, listeners))
    }

    /// Serves one peer over `io`, such as a pipe pair or a TLS session, until it has gone.
    ///
    /// # Errors
    /// Two services or methods cannot be told apart; the peer does not speak the protocol, and then what it seems to
    /// speak.
    ///
    /// # Cancel safety
    /// Dropping the future ends the connection.
    pub async fn serve_io(self, io: ByteIo) -> Result<(), ServeError> {
        let shared = Arc::new(Shared::new(self.services, self.limits)?);
        self.stats.watch(&shared);
        let served = serve_carrier(shared, Carrier::Bytes(io), Peer::new("io")).await;
        served.map_err(|error| ServeError::Peer(Box::new(error)))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<&str> = self.services.iter().map(|service| &*service.identity().name).collect();
        f.debug_struct("Server").field("services", &services).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// One peer could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The services cannot be served together.
    #[error(transparent)]
    Services(#[from] BindError),
    /// No connection came of what the peer sent.
    #[error("the peer cannot be served: {0}")]
    Peer(#[source] Box<dyn Error + Send + Sync>),
}

/// A server cannot begin to listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// No URL was given.
    #[error("the server listens nowhere: call `listen` with a URL before `bind`")]
    Nowhere,
    /// A URL is malformed.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A URL cannot be had.
    #[error("cannot listen at `{url}`: {source}")]
    Listen {
        /// The URL.
        url: String,
        /// What the system said.
        source: io::Error,
    },
    /// Two services have one name.
    #[error("two services are named `{name}`: give one of them another name with `named`")]
    DuplicateService {
        /// The name.
        name: String,
    },
    /// Two methods have one id.
    #[error("the methods `{one}` and `{other}` have the same id {id:#010x}: rename one of them")]
    MethodCollision {
        /// The first method.
        one: String,
        /// The second method.
        other: String,
        /// Their id.
        id: u32,
    },
    /// There are more services than a hello can name.
    #[error("{got} services are more than the {limit} that a server can announce")]
    TooManyServices {
        /// Services added.
        got: usize,
        /// Most services.
        limit: usize,
    },
}
