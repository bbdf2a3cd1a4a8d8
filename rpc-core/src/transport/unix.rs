//! `unix:///path` and `unix://@name`: Unix sockets, by path or (on Linux) in the abstract namespace.
//!
//! A Unix socket wakes its sender for room each time the receiver takes something. Where one call is in flight that is of
//! use: the caller is awake when the reply comes (`docs/decisions/0012-unix-sockets-both-directions.md`).

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::PathBuf};

use tokio::net::{UnixListener, UnixStream, unix::OwnedWriteHalf};

use super::{BoxFuture, Listener, Transport, invalid};
use crate::{
    address::Address,
    limits::Limits,
    link::{Carrier, async_io::halves},
    peer::{Credentials, Peer},
};

/// Who may connect by path: the owner. A mode is the only protection that a socket file has.
const MODE: u32 = 0o600;

#[derive(Debug)]
pub(super) struct Unix;

impl Transport for Unix {
    fn scheme(&self) -> &'static str {
        "unix"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move { Ok(carrier(UnixStream::connect(Place::of(address)?.name()).await?)) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let place = Place::of(address)?;
            let listener = UnixListener::bind(place.name())?;
            let accepting = Accepting { listener, address: address.clone(), place };
            if let Place::Path(path) = &accepting.place {
                fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
            }
            Ok(Box::new(accepting) as Box<dyn Listener>)
        })
    }
}

/// What stands behind `unix://`.
#[derive(Debug)]
enum Place {
    Path(PathBuf),
    Abstract(String),
}

impl Place {
    fn of(address: &Address) -> io::Result<Self> {
        match address.rest().split_at(1) {
            ("/", _) => Ok(Self::Path(address.rest().into())),
            ("@", "") => Err(invalid(address, "an abstract name is missing behind the `@`")),
            ("@", _) if !cfg!(target_os = "linux") => Err(invalid(address, "abstract names exist on Linux only")),
            ("@", name) => Ok(Self::Abstract(format!("\0{name}"))),
            _ => Err(invalid(address, "write `unix:///absolute/path` or `unix://@name`")),
        }
    }

    fn name(&self) -> PathBuf {
        match self {
            Self::Path(path) => path.clone(),
            Self::Abstract(name) => name.into(),
        }
    }
}

#[derive(Debug)]
struct Accepting {
    listener: UnixListener,
    address: Address,
    place: Place,
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let (stream, _) = self.listener.accept().await?;
            let peer = stream.peer_cred()?;
            let credentials = Credentials::new(peer.uid(), peer.gid(), peer.pid());
            // An abstract name has no mode: anyone on the machine can connect.
            let own = rustix::process::geteuid().as_raw();
            if matches!(self.place, Place::Abstract(_)) && ![0, own].contains(&peer.uid()) {
                let why = format!("`{}` accepts only uid {own} and root, not uid {}", self.address, peer.uid());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            let pid = peer.pid().map_or_else(String::new, |pid| format!(" (pid {pid})"));
            let peer = Peer::new(format!("{}{pid}", self.address)).with_credentials(credentials);
            Ok((carrier(stream), peer))
        })
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        if let Place::Path(path) = &self.place {
            let _ = fs::remove_file(path);
        }
    }
}

fn carrier(stream: UnixStream) -> Carrier {
    let (reader, writer) = stream.into_split();
    Carrier::Bytes(halves(reader, writer, OwnedWriteHalf::try_write_vectored))
}
