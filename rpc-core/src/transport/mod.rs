//! Carriers between two processes, one file per transport, chosen by the scheme of an address.
//!
//! A transport dials and listens; it knows addresses and limits, and nothing of protocols and calls. To add one: a
//! file beside this one, its `mod` line, and its line in `built_in`. A transport of your own needs neither: hand it
//! to [`Server::transport`](crate::Server::transport) and
//! [`ChannelConfig::transport`](crate::ChannelConfig::transport).

use std::{fmt, future::Future, io, pin::Pin, sync::Arc};

use crate::{address::Address, limits::Limits, link::Carrier, peer::Peer};

mod mem;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod shm;
mod tcp;
#[cfg(unix)]
mod unix;

pub(crate) use mem::pair as mem_pair;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use shm::Shm;
#[cfg(unix)]
pub use unix::Unix;

/// A boxed future; transports are chosen at run time, and dialling is rare.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to reach another process.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// The scheme of its addresses, such as `tcp`.
    fn scheme(&self) -> &'static str;

    /// Opens a carrier to `address`.
    ///
    /// # Errors
    /// The address is not of the form this transport wants (`InvalidInput`), or nobody answers there.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    fn dial<'a>(&'a self, address: &'a Address, limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>>;

    /// Begins to listen at `address`.
    ///
    /// # Errors
    /// The address is not of the form this transport wants (`InvalidInput`), or cannot be had.
    fn listen<'a>(&'a self, address: &'a Address, limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>>;
}

/// Accepts carriers at one address; dropping it stops that.
pub trait Listener: fmt::Debug + Send + 'static {
    /// The address peers dial, with the port that was given where 0 was asked.
    fn address(&self) -> &Address;

    /// The next carrier, and who is at its other end.
    ///
    /// # Errors
    /// This one failed; the next may not.
    ///
    /// # Cancel safety
    /// Dropping the future loses no carrier.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>>;
}

/// Schemes that not every system has, and where they exist.
const ELSEWHERE: [(&str, &str); 2] = [("unix", "Unix systems"), ("shm", "64-bit Linux")];

/// The transports that are compiled in.
fn built_in() -> Vec<Arc<dyn Transport>> {
    vec![
        Arc::new(tcp::Tcp),
        #[cfg(unix)]
        Arc::new(Unix::new()),
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        Arc::new(Shm::new()),
        Arc::new(mem::Mem),
    ]
}

/// The transports a server or channel may use: the built-in ones, and those a user added.
#[derive(Clone, Debug)]
pub(crate) struct Transports(Vec<Arc<dyn Transport>>);

impl Default for Transports {
    fn default() -> Self {
        Self(built_in())
    }
}

impl Transports {
    /// Adds one; it takes the place of one of the same scheme.
    pub(crate) fn add(&mut self, transport: Arc<dyn Transport>) {
        self.0.retain(|known| known.scheme() != transport.scheme());
        self.0.push(transport);
    }

    pub(crate) fn find(&self, address: &Address) -> io::Result<&dyn Transport> {
        let found = self.0.iter().find(|transport| transport.scheme() == address.scheme());
        found.map(|transport| &**transport).ok_or_else(|| {
            let (scheme, known) = (address.scheme(), self.0.iter().map(|transport| transport.scheme()));
            let known = known.collect::<Vec<&str>>().join(", ");
            let only = ELSEWHERE.iter().find(|(only, _)| *only == scheme);
            let only = only.map_or_else(String::new, |(_, system)| format!(", which exists on {system} only"));
            let why = format!("no transport has the scheme `{scheme}`{only}; here are: {known}");
            io::Error::new(io::ErrorKind::Unsupported, why)
        })
    }
}

/// What is wrong with a connection that has just been made: its peer has gone already. The listener is none the worse for it,
/// and the kinds of such errors are many.
fn gone(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_this_system_has_not_is_an_error_that_says_where_it_exists() {
        let none = Transports(Vec::new());
        let why = |url: &str| none.find(&url.parse().unwrap()).unwrap_err().to_string();
        assert_eq!(why("shm:///a"), "no transport has the scheme `shm`, which exists on 64-bit Linux only; here are: ");
        assert_eq!(why("fax://a"), "no transport has the scheme `fax`; here are: ");
    }
}
