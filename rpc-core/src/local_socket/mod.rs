//! Unix sockets as more than one transport needs them: by path or (on Linux) by abstract name, with a say in who may
//! connect. Moves no bytes, and knows no links.

use std::{collections::BTreeSet, io};

use tokio::net::{UnixListener, UnixStream};

use self::{place::Place, socket_file::SocketFile};
use crate::{
    address::Address,
    peer::{Credentials, Peer},
};

mod place;
mod socket_file;

/// Who may connect.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The mode of sockets at paths.
    pub(crate) mode: u32,
    /// Those who may and nobody else, if it says anything.
    pub(crate) uids: Option<BTreeSet<u32>>,
}

impl Default for Access {
    fn default() -> Self {
        // A mode is the first protection that a socket file has: the owner, and nobody else.
        Self { mode: 0o600, uids: None }
    }
}

/// Connects to the socket that `place`, a part of `address`, names.
pub(crate) async fn connect(address: &Address, place: &str) -> io::Result<UnixStream> {
    UnixStream::connect(Place::of(address, place)?.name()).await
}

/// A socket that accepts; dropping it stops that and removes its file.
#[derive(Debug)]
pub(crate) struct Listening {
    /// Goes before the listener: as long as that one listens, nobody else takes the path.
    #[expect(dead_code, reason = "held for its end, which removes the file")]
    file: Option<SocketFile>,
    listener: UnixListener,
    address: Address,
    /// Who may connect, where the mode of a file is not the only one to say so.
    uids: Option<BTreeSet<u32>>,
}

impl Listening {
    /// Listens at the socket that `place`, a part of `address`, names.
    pub(crate) async fn at(address: &Address, place: &str, access: &Access) -> io::Result<Self> {
        let place = Place::of(address, place)?;
        let (listener, file, uids) = match &place {
            Place::Path(_) if access.mode & !0o777 != 0 => {
                let why = format!("{:#o} is not the mode of a socket: write for example 0o660", access.mode);
                return Err(address.invalid(&why));
            }
            Place::Path(path) => {
                let (listener, file) = SocketFile::take(path, access.mode).await?;
                (listener, Some(file), access.uids.clone())
            }
            Place::Abstract(_) => {
                let own = || BTreeSet::from([0, rustix::process::geteuid().as_raw()]);
                (UnixListener::bind(place.name())?, None, Some(access.uids.clone().unwrap_or_else(own)))
            }
        };
        Ok(Self { file, listener, address: address.clone(), uids })
    }

    /// The address that peers dial.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The next connection of somebody who may connect.
    pub(crate) async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.listener.accept().await?;
        // A peer that has gone already; the listener is none the worse for it.
        let gone = |error| io::Error::new(io::ErrorKind::ConnectionAborted, error);
        let known = stream.peer_cred().map_err(gone)?;
        let credentials = Credentials::new(known.uid(), known.gid(), known.pid());
        if self.uids.as_ref().is_some_and(|uids| !uids.contains(&credentials.uid)) {
            let why = format!("uid {} is not among those who may connect to `{}`", credentials.uid, self.address);
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let pid = credentials.pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
        let peer = Peer::new(format!("{}{pid}", self.address)).with_credentials(credentials);
        Ok((stream, peer))
    }
}
