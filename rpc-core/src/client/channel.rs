//! A channel: one service to call, wherever it is, and how it is to be reached.

use std::{
    fmt,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    connector::{Connector, Unconnected},
    dial::{self, ConnectError, Place},
    session::Session,
};
use crate::{
    codec::CodecId,
    limits::Limits,
    link::{ByteIo, Carrier},
    transport::{Transport, Transports},
};

/// A place to call. Clones share one connection, and so do the stubs made of them.
///
/// The connection is made when a call first needs it, and again by the next call when it was lost. Where nobody answers,
/// the channel pauses, for longer each time ([`Limits::backoff_min`], [`Limits::backoff_max`]); meanwhile calls fail at
/// once, not sent, unless they are told to [wait](crate::Call::wait_for_ready). While a connection is being made, calls
/// wait for it, each for one attempt at most and until its own deadline.
///
/// A URL `list:tcp://a:1,tcp://b:2` names several addresses of one service. The first that answers is used until it is
/// gone or drains; then the next one is.
///
/// The connection ends when the last clone is dropped and the last stream of a call has ended, after what was sent has
/// left. It is driven by the tokio runtime of the call that needed it: calls may be made from other runtimes too, while
/// that one runs.
#[derive(Clone)]
pub struct Channel(Arc<Last>);

/// What the clones of a channel share; the last of them ends the connection.
struct Last(Arc<Connector>);

impl Channel {
    /// Connects to a URL such as `tcp://127.0.0.1:7000`. Dials each of its addresses once, until one answers.
    ///
    /// # Errors
    /// The URL is malformed, or nobody answers there who speaks the protocol.
    ///
    /// # Cancel safety
    /// Dropping the future leaves no connection behind.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        ChannelConfig::new().connect(url).await
    }

    /// A channel to a URL that dials when the first call needs it.
    ///
    /// # Errors
    /// The URL is malformed.
    pub fn lazy(url: &str) -> Result<Self, ConnectError> {
        ChannelConfig::new().lazy(url)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.0.limits
    }

    /// What it calls, for people.
    pub(super) fn target(&self) -> &Arc<str> {
        &self.0.0.target
    }

    /// The connection, if there is one.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.0.0.session()
    }

    /// A connection that takes calls; see [`Connector::connect`].
    pub(super) async fn ready(&self, patient: bool) -> Result<Arc<Session>, Unconnected> {
        self.0.0.connect(patient).await
    }

    /// Why nobody was reached the last time, if nobody was.
    pub(super) fn last_error(&self) -> Option<ConnectError> {
        self.0.0.last_error()
    }

    /// Dials, and says how it went.
    async fn connected(self) -> Result<Self, ConnectError> {
        match self.ready(false).await {
            Ok(_) => Ok(self),
            Err(Unconnected::Failed(error, _)) => Err(error),
            // Nobody else has the channel yet.
            Err(Unconnected::TooManyWait(waiting)) => {
                let why = format!("{waiting} calls wait for a connection already");
                Err(ConnectError::new(self.target(), io::Error::other(why)))
            }
        }
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(self.target()).finish()
    }
}

/// How a channel is made, where the defaults do not suit.
///
/// ```
/// # async fn example() -> Result<(), rpc_core::ConnectError> {
/// use rpc_core::{ChannelConfig, Limits};
///
/// let limits = Limits { message: 64 << 20, ..Limits::default() };
/// let channel = ChannelConfig::new().limits(limits).connect("unix:///run/archive.sock").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ChannelConfig {
    limits: Limits,
    codecs: Vec<CodecId>,
    transports: Transports,
}

impl Default for ChannelConfig {
    fn default() -> Self {
        Self { limits: Limits::default(), codecs: CodecId::SUPPORTED.to_vec(), transports: Transports::default() }
    }
}

impl ChannelConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the bounds of the connection.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Uses this codec alone; a server that does not have it cannot be connected to. By default the first of
    /// [`CodecId::SUPPORTED`] that the server has.
    pub fn codec(mut self, codec: CodecId) -> Self {
        self.codecs = vec![codec];
        self
    }

    /// Adds a transport of your own; it takes the place of a built-in one of the same scheme.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transports.add(Arc::new(transport));
        self
    }

    /// As [`Channel::connect`].
    ///
    /// # Errors
    /// As [`Channel::connect`].
    ///
    /// # Cancel safety
    /// As [`Channel::connect`].
    pub async fn connect(self, url: &str) -> Result<Channel, ConnectError> {
        self.lazy(url)?.connected().await
    }

    /// As [`Channel::lazy`].
    ///
    /// # Errors
    /// As [`Channel::lazy`].
    pub fn lazy(self, url: &str) -> Result<Channel, ConnectError> {
        let limits = Arc::new(self.limits);
        let places = dial::places(url, &self.transports, &limits)?;
        Ok(Channel(Arc::new(Last(Arc::new(Connector::new(url, places, self.codecs, limits))))))
    }

    /// Connects over `io`, such as a pipe pair or a TLS session. There is no second one: when it ends, so do the
    /// channel's calls.
    ///
    /// # Errors
    /// The other end does not speak the protocol.
    ///
    /// # Cancel safety
    /// Dropping the future drops `io`.
    pub async fn connect_io(self, io: ByteIo) -> Result<Channel, ConnectError> {
        let once = Mutex::new(Some(io));
        let channel = self.dialling("io", move || {
            let io = once.lock().unwrap_or_else(PoisonError::into_inner).take();
            async move {
                io.map(Carrier::Bytes)
                    .ok_or_else(|| ConnectError::new("io", io::Error::other("it has ended, and there is no other")))
            }
        });
        channel.connected().await
    }

    /// A channel whose carriers come from a function.
    pub(crate) fn dialling<D>(self, target: &str, dial: impl Fn() -> D + Send + Sync + 'static) -> Channel
    where
        D: Future<Output = Result<Carrier, ConnectError>> + Send + 'static,
    {
        let places = vec![Place { name: target.into(), dialler: Box::new(dial) }];
        let connector = Connector::new(target, places, self.codecs, Arc::new(self.limits));
        Channel(Arc::new(Last(Arc::new(connector))))
    }
}
