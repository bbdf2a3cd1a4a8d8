//! A server that listens: the accept loops, and the orderly end.

use std::{future::Future, io, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::timeout};

use super::{admission::TooMany, connection::Connection, driver::Driver, shared::Shared};
use crate::{
    address::Address,
    events::{Cause, say},
    link::{self, Carrier, HandshakeError, Side},
    peer::Peer,
    transport::Listener,
};

/// Pause after an `accept` that failed for lack of something, such as descriptors: trying at once would only burn the
/// processor until something is given back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Errors of single peers, one after the other, after which a pause is made all the same: they may come of something that
/// lasts.
const PATIENCE: u32 = 64;
/// Time that dropped handlers and connections have to go. One that computes without an `await` cannot be dropped.
const KILL_TIME: Duration = Duration::from_secs(1);

/// A server that listens. It serves once [`serve`](Self::serve) or [`serve_until`](Self::serve_until) is awaited.
#[derive(Debug)]
#[must_use]
pub struct Serving {
    shared: Arc<Shared>,
    listeners: Vec<Box<dyn Listener>>,
}

impl Serving {
    pub(super) fn new(shared: Arc<Shared>, listeners: Vec<Box<dyn Listener>>) -> Self {
        Self { shared, listeners }
    }

    /// Where it listens, in the order of `listen`, with the port that was given where 0 was asked.
    #[must_use]
    pub fn urls(&self) -> Vec<&Address> {
        self.listeners.iter().map(|listener| listener.address()).collect()
    }

    /// Serves for ever.
    ///
    /// # Cancel safety
    /// Dropping the future ends listeners, connections and handlers at once.
    pub async fn serve(self) {
        self.serve_until(std::future::pending()).await;
    }

    /// Serves until `shutdown` is done, then drains: takes no more calls, lets those that run end within the limit
    /// `drain_timeout`, and drops what is left. Always returns.
    ///
    /// # Cancel safety
    /// Dropping the future ends listeners, connections and handlers at once.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        let Self { shared, listeners } = self;
        let killing = Killing(shared.clone());
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept(listener, shared.clone()));
        }
        shutdown.await;
        accepting.shutdown().await;
        shared.drain();
        let drained = timeout(shared.limits.drain_timeout, shared.ended()).await;
        drop(killing);
        if drained.is_err() {
            let _ = timeout(KILL_TIME, shared.ended()).await;
        }
    }
}

/// Ends every connection when it is dropped.
struct Killing(Arc<Shared>);

impl Drop for Killing {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Accepts for ever: no error ends it, for a server that does not accept is down without anybody noticing.
async fn accept(mut listener: Box<dyn Listener>, shared: Arc<Shared>) {
    let mut in_a_row = 0_u32;
    loop {
        let accepted = listener.accept().await;
        in_a_row = if accepted.is_ok() { 0 } else { in_a_row.wrapping_add(1) };
        match accepted {
            Ok((carrier, peer)) => enter(&shared, carrier, peer),
            Err(error) => {
                let one_peer = of_one_peer(&error);
                let cause = if one_peer { Cause::TurnedAway } else { Cause::NotAccepting };
                say(cause, listener.address().as_str(), || format!("cannot accept a connection: {error}"));
                match one_peer && !in_a_row.is_multiple_of(PATIENCE) {
                    // Others have their turn even where one such error follows the other.
                    true => tokio::task::yield_now().await,
                    false => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        }
    }
}

/// Serves a peer in a task of its own, unless there are as many as may be.
fn enter(shared: &Arc<Shared>, carrier: Carrier, peer: Peer) {
    let admitted = match shared.admission.admit(&peer) {
        Ok(admitted) => admitted,
        Err(TooMany { limit, value }) => {
            let text = || format!("closed at once: the limit `{limit}` of {value} connections is reached");
            return say(Cause::TurnedAway, peer.name(), text);
        }
    };
    let (shared, name) = (shared.clone(), peer.clone());
    shared.clone().tasks.spawn(async move {
        if let Err(error) = serve_carrier(shared, carrier, peer).await {
            say(Cause::NoHello, name.name(), || format!("no connection came of it: {error}"));
        }
        drop(admitted);
    });
}

/// Whether an error of `accept` concerns one connection and not the listener.
fn of_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, NotConnected, PermissionDenied};
    [ConnectionAborted, ConnectionReset, NotConnected, PermissionDenied].contains(&error.kind())
}

/// Serves one peer until it has gone.
pub(crate) async fn serve_carrier(shared: Arc<Shared>, carrier: Carrier, peer: Peer) -> Result<(), HandshakeError> {
    let opening = link::open(carrier, Side::Accepting, &shared.hello, &shared.limits);
    let Some(opened) = shared.draining.run_until_cancelled(opening).await else { return Ok(()) };
    let opened = opened?;
    let product = &opened.peer.product;
    say(Cause::Accepted, peer.name(), || format!("connected: {product}"));
    let connection = Arc::new(Connection::new(opened.tx, opened.peer, peer.clone(), shared));
    Driver::new(connection.clone(), opened.rx).await;
    let (served, refused) = (connection.served(), connection.refused());
    say(Cause::Ended, peer.name(), || format!("gone: {served} requests were given to handlers, {refused} refused"));
    Ok(())
}
