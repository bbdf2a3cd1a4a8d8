//! A channel: one place to call, with a connection that is made when it is needed and again when it was lost.

use std::{
    fmt,
    future::Future,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    dial::{self, ConnectError, Dialler, ToAddress},
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
/// The connection ends when the last clone is dropped, after what was sent has left.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    target: Arc<str>,
    dialler: Box<dyn Dialler>,
    codecs: Vec<CodecId>,
    limits: Arc<Limits>,
    session: Mutex<Option<Arc<Session>>>,
    /// Held while dialling, so that callers who need a connection share one.
    dialling: tokio::sync::Mutex<()>,
}

impl Channel {
    /// Connects to a URL such as `tcp://127.0.0.1:7000`. Dials once.
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
        &self.0.limits
    }

    /// What it calls, for people.
    pub(super) fn target(&self) -> &Arc<str> {
        &self.0.target
    }

    /// The connection, if there is one.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.0.session().clone()
    }

    /// A connection other than `old`: the one that somebody else has made meanwhile, or a new one.
    pub(super) async fn dial(&self, old: Option<Arc<Session>>) -> Result<Arc<Session>, ConnectError> {
        let _alone = self.0.dialling.lock().await;
        let other =
            |session: &Arc<Session>| session.is_open() && !old.as_ref().is_some_and(|old| Arc::ptr_eq(old, session));
        if let Some(session) = self.session().filter(other) {
            return Ok(session);
        }
        let carrier = self.0.dialler.dial().await?;
        let session = dial::open(carrier, &self.0.target, &self.0.codecs, &self.0.limits).await?;
        if let Some(old) = self.0.session().replace(session.clone()) {
            old.retire();
        }
        Ok(session)
    }
}

impl Inner {
    fn session(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(session) = self.session().take() {
            session.close();
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.0.target).finish()
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
        let channel = self.lazy(url)?;
        channel.dial(None).await?;
        Ok(channel)
    }

    /// As [`Channel::lazy`].
    ///
    /// # Errors
    /// As [`Channel::lazy`].
    pub fn lazy(self, url: &str) -> Result<Channel, ConnectError> {
        let to_address = ToAddress::new(url, self.transports.clone(), Arc::new(self.limits.clone()))?;
        Ok(self.channel(url, Box::new(to_address)))
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
        channel.dial(None).await?;
        Ok(channel)
    }

    /// A channel whose carriers come from a function.
    pub(crate) fn dialling<D>(self, target: &str, dial: impl Fn() -> D + Send + Sync + 'static) -> Channel
    where
        D: Future<Output = Result<Carrier, ConnectError>> + Send + 'static,
    {
        self.channel(target, Box::new(dial))
    }

    fn channel(self, target: &str, dialler: Box<dyn Dialler>) -> Channel {
        Channel(Arc::new(Inner {
            target: target.into(),
            dialler,
            codecs: self.codecs,
            limits: Arc::new(self.limits),
            session: Mutex::default(),
            dialling: tokio::sync::Mutex::default(),
        }))
    }
}
