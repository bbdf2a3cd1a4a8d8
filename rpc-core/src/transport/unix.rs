//! `unix:///path` and `unix://@name`: Unix sockets, by path or (on Linux) in the abstract namespace.
//!
//! A Unix socket wakes its sender for room each time the receiver takes something. Where one call is in flight that is
//! of use: the caller is awake when the reply comes (`docs/decisions/0012-unix-sockets-both-directions.md`).

use std::io;

use tokio::net::{UnixStream, unix::OwnedWriteHalf};

use super::{BoxFuture, Listener, Transport};
use crate::{
    address::Address,
    limits::Limits,
    link::{Carrier, async_io::halves},
    local_socket::{self, Access, Listening},
    peer::Peer,
};

/// Unix sockets: `unix:///absolute/path`, and on Linux `unix://@name`. Says who may connect.
///
/// Built in as `Unix::new()`, which lets in this process's own user and root. To let in others, hand one to
/// [`Server::transport`](crate::Server::transport):
///
/// ```
/// use rpc_core::{Server, transport::Unix};
///
/// let server = Server::new().transport(Unix::new().mode(0o660)).listen("unix:///run/quotes/quotes.sock");
/// ```
///
/// # By path
/// The path has at most 107 bytes (103 outside of Linux), and the folder is there and readable. The socket appears
/// under its path when the server listens, with its mode, whatever the umask is.
///
/// Only a socket that a dead server of the same user has left is replaced. A server that runs keeps its path, and a
/// second one fails with `AddrInUse`; of several that start at once, one gets the path. Whatever else is there stays,
/// untouched, and listening fails: files, folders, symbolic links, and other users' sockets, for root too. While a path
/// is being taken there is a private folder `.NAME.claim` beside it; one that a killed server left is used again.
///
/// When the listener goes, so does the socket, unless the path has come to lead to another one.
///
/// Choose a folder in which only the own user can create files, such as one below `/run`: in `/tmp` anyone can be there
/// first. Then listening fails; but a client that dials the path cannot tell whose server it has reached.
///
/// # Abstract names
/// They have at most 107 bytes, are no files, and have no mode; anyone on the machine can take one that is free, and
/// try to connect. So those whom [`allow_uids`](Self::allow_uids) does not name are turned away.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Unix {
    access: Access,
}

impl Unix {
    /// Sockets for this process's own user, and root.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the mode of sockets at paths, which is 0o600 by default. Who may write may connect; where not even the owner
    /// may, a dead server's socket is not replaced, since only root can try it. Listening fails if there are other bits
    /// than permissions, as in the decimal 660.
    pub fn mode(mut self, mode: u32) -> Self {
        self.access.mode = mode;
        self
    }

    /// Lets in these users and nobody else, not even root; called again, only the last list counts. By default a path
    /// lets in whomever its mode does, and an abstract name the own user and root. At a path the mode has its say too:
    /// other users need one such as 0o666.
    ///
    /// Others are turned away before anything that they sent is read. Who they are is what the kernel says of the
    /// process that connected, at the time it did.
    pub fn allow_uids(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.access.uids = Some(uids.into_iter().collect());
        self
    }
}

impl Transport for Unix {
    fn scheme(&self) -> &'static str {
        "unix"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move { Ok(carrier(local_socket::connect(address, address.rest()).await?)) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let listening = Listening::at(address, address.rest(), &self.access).await?;
            Ok(Box::new(Accepting(listening)) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct Accepting(Listening);

impl Listener for Accepting {
    fn address(&self) -> &Address {
        self.0.address()
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let (stream, peer) = self.0.accept().await?;
            Ok((carrier(stream), peer))
        })
    }
}

fn carrier(stream: UnixStream) -> Carrier {
    let (reader, writer) = stream.into_split();
    Carrier::Bytes(halves(reader, writer, OwnedWriteHalf::try_write_vectored))
}
