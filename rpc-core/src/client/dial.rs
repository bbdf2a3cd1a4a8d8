//! From an address to a session: dials, exchanges hellos, agrees on a codec, starts the driver.

use std::{error::Error, future::Future, io, sync::Arc};

use super::{driver::Driver, session::Session};
use crate::{
    address::{Address, AddressError},
    codec::CodecId,
    limits::Limits,
    link::{self, Carrier, HandshakeError, Side},
    status::{Code, Delivery, Status},
    transport::{BoxFuture, Transports},
    wire::{Hello, InitialCredits},
};

/// No connection came about.
#[derive(Debug, thiserror::Error)]
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

    pub(super) fn into_status(self) -> Status {
        let message = self.to_string();
        Status::new(Code::Unavailable, message).delivered(Delivery::NotSent).sourced(self.source)
    }
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

/// Dials an address with the transport of its scheme.
pub(super) struct ToAddress {
    address: Address,
    transports: Transports,
    limits: Arc<Limits>,
}

impl ToAddress {
    /// # Errors
    /// The URL is malformed, or no transport has its scheme.
    pub(super) fn new(url: &str, transports: Transports, limits: Arc<Limits>) -> Result<Self, ConnectError> {
        let address: Address = url.parse().map_err(|error| ConnectError::new(url, error))?;
        transports.find(&address).map_err(|error| ConnectError::new(url, error))?;
        Ok(Self { address, transports, limits })
    }
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
    limits: &Arc<Limits>,
) -> Result<Arc<Session>, ConnectError> {
    let hello = Hello {
        max_message: u32::try_from(limits.message).unwrap_or(u32::MAX),
        // The server does not call back.
        calls_in_flight: 0,
        codecs: codecs.iter().map(|codec| codec.0).collect(),
        credits: InitialCredits::NONE,
        product: concat!("rpc-core ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Hello::default()
    };
    let opened = link::open(carrier, Side::Dialling, &hello, limits).await;
    let opened = opened.map_err(|error: HandshakeError| ConnectError::new(target, error))?;
    let codec = codecs.iter().copied().find(|codec| opened.peer.codecs.contains(&codec.0));
    let codec = codec.ok_or_else(|| ConnectError::new(target, no_codec(codecs, &opened.peer.codecs)))?;
    let session = Session::new(opened.tx, opened.peer, codec, target.clone(), limits.clone());
    let session = Arc::new(session);
    tokio::spawn(Driver::new(session.clone(), opened.rx));
    Ok(session)
}

fn no_codec(ours: &[CodecId], theirs: &[u8]) -> io::Error {
    let names = |codecs: &mut dyn Iterator<Item = CodecId>| {
        codecs.map(|codec| codec.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (ours, theirs) = (names(&mut ours.iter().copied()), names(&mut theirs.iter().map(|id| CodecId(*id))));
    io::Error::other(format!("no common codec: this side has {ours}; the server has {theirs}"))
}
