//! From an address to a session: dials, exchanges hellos, agrees on a codec, starts the driver.

use std::{error::Error, future::Future, io, sync::Arc};

use super::{connector::Connector, driver::Driver, session::Session};
use crate::{
    address::{Address, AddressError},
    codec::CodecId,
    events::{Cause, say},
    limits::Limits,
    link::{self, Carrier, HandshakeError, Side},
    transport::{BoxFuture, Transports},
    wire::{Hello, InitialCredits},
};

/// No connection came about.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot connect to `{target}`: {source}")]
pub struct ConnectError {
    target: String,
    source: Arc<dyn Error + Send + Sync>,
}

impl ConnectError {
    pub(crate) fn new(target: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self { target: target.to_owned(), source: Arc::new(source) }
    }

    /// Whether the address was at fault, so that trying again cannot help.
    #[must_use]
    pub fn is_address(&self) -> bool {
        use io::ErrorKind::{InvalidInput, Unsupported};
        self.source.is::<AddressError>()
            || self.source.downcast_ref::<io::Error>().is_some_and(|e| [InvalidInput, Unsupported].contains(&e.kind()))
    }

    /// Of all `count` addresses of `target` none answers, and this is what the last one gave.
    pub(super) fn last_of(&self, target: &str, count: usize) -> Self {
        let why = format!("none of its {count} addresses answers; the last: {self}");
        Self::new(target, io::Error::other(why))
    }

    pub(super) fn source(&self) -> Arc<dyn Error + Send + Sync> {
        self.source.clone()
    }
}

/// One of the addresses of a channel.
pub(super) struct Place {
    /// The address, for people.
    pub(super) name: Arc<str>,
    pub(super) dialler: Box<dyn Dialler>,
}

/// How a channel comes to its carriers.
pub(super) trait Dialler: Send + Sync + 'static {
    fn dial(&self) -> BoxFuture<'_, Result<Carrier, ConnectError>>;
}

impl<F, D> Dialler for F
where
    F: Fn() -> D + Send + Sync + 'static,
    D: Future<Output = Result<Carrier, ConnectError>> + Send + 'static,
{
    fn dial(&self) -> BoxFuture<'_, Result<Carrier, ConnectError>> {
        Box::pin(self())
    }
}

/// The addresses that a URL names, each dialled with the transport of its scheme.
///
/// # Errors
/// The URL is malformed, or no transport has a scheme of it.
pub(super) fn places(url: &str, transports: &Transports, limits: &Arc<Limits>) -> Result<Vec<Place>, ConnectError> {
    let addresses = Address::list(url).map_err(|error| ConnectError::new(url, error))?;
    let places = addresses.into_iter().map(|address| {
        transports.find(&address).map_err(|error| ConnectError::new(url, error))?;
        let name = address.as_str().into();
        let dialler = Box::new(ToAddress { address, transports: transports.clone(), limits: limits.clone() });
        Ok(Place { name, dialler })
    });
    places.collect()
}

/// Dials an address with the transport of its scheme.
struct ToAddress {
    address: Address,
    transports: Transports,
    limits: Arc<Limits>,
}

impl Dialler for ToAddress {
    fn dial(&self) -> BoxFuture<'_, Result<Carrier, ConnectError>> {
        Box::pin(async {
            let failed = |error| ConnectError::new(self.address.as_str(), error);
            let transport = self.transports.find(&self.address).map_err(failed)?;
            transport.dial(&self.address, &self.limits).await.map_err(failed)
        })
    }
}

/// Makes a session of a carrier.
pub(super) async fn open(
    carrier: Carrier,
    target: &Arc<str>,
    codecs: &[CodecId],
    connector: &Arc<Connector>,
) -> Result<Arc<Session>, ConnectError> {
    let limits = &connector.limits;
    let hello = Hello {
        max_message: u32::try_from(limits.message).unwrap_or(u32::MAX),
        // The server does not call back.
        calls_in_flight: 0,
        codecs: codecs.iter().map(|codec| codec.0).collect(),
        credits: InitialCredits::of(limits),
        product: concat!("rpc-core ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Hello::default()
    };
    let opened = link::open(carrier, Side::Dialling, &hello, limits).await;
    let opened = opened.map_err(|error: HandshakeError| ConnectError::new(target, error))?;
    let codec = codecs.iter().copied().find(|codec| opened.peer.codecs.contains(&codec.0));
    let codec = codec.ok_or_else(|| ConnectError::new(target, no_codec(codecs, &opened.peer.codecs)))?;
    let session = Session::new(opened.tx, opened.rx, opened.peer, codec, target.clone(), limits.clone());
    let session = Arc::new(session);
    let (driver, connector, driven) = (Driver::new(session.clone()), connector.clone(), session.clone());
    let product = &driven.peer.product;
    say(Cause::Connected, target, || format!("connected: {product}"));
    tokio::spawn(async move {
        driver.await;
        say(Cause::Lost, &driven.name, || format!("the connection has ended: {}", driven.why_lost()));
        connector.ended(&driven);
    });
    Ok(session)
}

fn no_codec(ours: &[CodecId], theirs: &[u8]) -> io::Error {
    let names = |codecs: &mut dyn Iterator<Item = CodecId>| {
        codecs.map(|codec| codec.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (ours, theirs) = (names(&mut ours.iter().copied()), names(&mut theirs.iter().map(|id| CodecId(*id))));
    io::Error::other(format!("no common codec: this side has {ours}; the server has {theirs}"))
}
