//! What a handler sees of its call: deadline, metadata, peer, cancellation.
//!
//! While a handler is polled its [`Scope`] stands in a thread-local; between polls it lies beside the handler's
//! future. So nothing is allocated for handlers that do not ask, and no tracing library is needed to find it. Calls
//! that a handler makes itself look here for the deadline they inherit.

use std::{cell::Cell, sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    metadata::{Metadata, MetadataError},
    peer::{Credentials, Peer},
};

thread_local! {
    static CURRENT: Cell<Option<Scope>> = const { Cell::new(None) };
}

/// The call that the running handler serves.
///
/// ```
/// # use rpc_core::{service, Context};
/// #[service]
/// trait Greeter {
///     async fn greet(&self) -> String;
/// }
///
/// struct English;
///
/// impl Greeter for English {
///     async fn greet(&self) -> String {
///         let context = Context::current().expect("a handler has a context");
///         let name = context.metadata().get("name").and_then(|name| std::str::from_utf8(name).ok());
///         format!("hello {}", name.unwrap_or("stranger"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let greeter = GreeterClient::in_process(English);
/// assert_eq!(greeter.greet().metadata("name", "Ada").await.unwrap(), "hello Ada");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    deadline: Option<Instant>,
    metadata: Arc<Metadata>,
    peer: Arc<Peer>,
    service: Arc<str>,
    method: &'static str,
    cancelled: CancellationToken,
}

impl Context {
    /// The call that the running handler serves; `None` outside of a handler, and in tasks that a handler spawned other
    /// than with [`spawn`](crate::spawn).
    #[must_use]
    pub fn current() -> Option<Self> {
        with_current(|scope| {
            let Scope { deadline, metadata, peer, service, method, cancelled, .. } = scope;
            Self {
                deadline: *deadline,
                metadata: metadata.get_or_insert_default().clone(),
                peer: peer.clone(),
                service: service.clone(),
                method,
                cancelled: cancelled.get_or_insert_default().clone(),
            }
        })
    }

    /// Sends a pair of metadata with the response of the running handler; of a method that returns a stream, with the
    /// beginning of the stream until it is returned, and from then on with its end. Outside of a handler it does nothing.
    ///
    /// # Errors
    /// The key or the value is not one that metadata can hold.
    pub fn respond_with(key: &str, value: impl AsRef<[u8]>) -> Result<(), MetadataError> {
        // The user's `as_ref` runs before the scope is looked at, which it could ask for too.
        let value = value.as_ref();
        with_current(|scope| scope.response.get_or_insert_default().insert(key, value)).unwrap_or(Ok(()))
    }

    /// When the caller stops waiting; the handler is dropped then.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time until the deadline, 0 where it has passed; `None` without a deadline.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The metadata that came with the request.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Who calls, for people: the address, and on a Unix socket the process id.
    #[must_use]
    pub fn peer(&self) -> &str {
        self.peer.name()
    }

    /// As whom the caller's process runs, as the kernel says it: bound when the peer connected, so that it cannot
    /// change while the connection lives. Only Unix sockets have them; `None` elsewhere.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.peer.credentials()
    }

    /// The name under which the service was called.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The method that was called.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Whether the caller has given up, or the deadline has passed. The handler itself is dropped at its next `await`;
    /// this is for what goes on without it, such as blocking work.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Waits until [`is_cancelled`](Self::is_cancelled). A call that ends by itself is never cancelled.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }
}

/// The running handler's side of a [`Context`].
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) deadline: Option<Instant>,
    pub(crate) metadata: Option<Arc<Metadata>>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) service: Arc<str>,
    pub(crate) method: &'static str,
    pub(crate) cancelled: Option<CancellationToken>,
    pub(crate) response: Option<Box<Metadata>>,
    /// It was carried into a task that the handler has spawned.
    pub(crate) carried: bool,
}

impl Scope {
    /// Runs `poll`, which must not panic, with this scope as the current one.
    pub(crate) fn enter<T>(self, poll: impl FnOnce() -> T) -> (Self, T) {
        let outer = CURRENT.replace(Some(self));
        let value = poll();
        let scope = CURRENT.replace(outer).expect("what was entered is left in the reverse order");
        (scope, value)
    }
}

/// The scope of a task that the running handler spawns, if one runs.
pub(crate) fn carried() -> Option<Scope> {
    with_current(|scope| Scope {
        deadline: scope.deadline,
        metadata: scope.metadata.clone(),
        peer: scope.peer.clone(),
        service: scope.service.clone(),
        method: scope.method,
        cancelled: Some(scope.cancelled.get_or_insert_default().clone()),
        response: None,
        carried: true,
    })
}

/// What the running handler has sent so far with [`Context::respond_with`], taken out.
pub(crate) fn take_response() -> Option<Box<Metadata>> {
    with_current(|scope| scope.response.take()).flatten()
}

/// What a call made here inherits of the call that it is made for.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    pub(crate) deadline: Option<Instant>,
    /// In tasks of the handler's only: where the handler itself waits for a call, the two are dropped together.
    pub(crate) cancelled: Option<CancellationToken>,
}

impl Inherited {
    pub(crate) fn here() -> Self {
        let here = with_current(|scope| Self {
            deadline: scope.deadline,
            cancelled: scope.cancelled.clone().filter(|_| scope.carried),
        });
        here.unwrap_or_default()
    }
}

fn with_current<T>(look: impl FnOnce(&mut Scope) -> T) -> Option<T> {
    let mut scope = CURRENT.take();
    let value = scope.as_mut().map(look);
    CURRENT.set(scope);
    value
}
