//! `unix:///path` and `unix://@name`: Unix sockets, by path or (on Linux) in the abstract namespace.
//!
//! The socket is registered with the runtime for reading only. A Unix socket wakes its sender for room each time the
//! receiver takes something, so that a client registered for both is woken twice per call: once because its request
//! was read, once for the reply. While a write is blocked, a second descriptor of the same socket is registered for
//! writing; a second registration of the same descriptor would be refused.

use std::{
    fs,
    io::{self, IoSlice, Write},
    net::Shutdown,
    os::unix::{fs::PermissionsExt as _, net},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{Interest, unix::AsyncFd},
    net::{UnixListener, UnixStream},
};

use super::{BoxFuture, Listener, Transport, invalid};
use crate::{
    address::Address,
    limits::Limits,
    link::{ByteIo, ByteReader, ByteWriter, Carrier},
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
        Box::pin(async move { carrier(UnixStream::connect(Place::of(address)?.name()).await?) })
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

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, String)>> {
        Box::pin(async {
            let (stream, _) = self.listener.accept().await?;
            let peer = stream.peer_cred()?;
            // An abstract name has no mode: anyone on the machine can connect.
            let own = rustix::process::geteuid().as_raw();
            if matches!(self.place, Place::Abstract(_)) && ![0, own].contains(&peer.uid()) {
                let why = format!("`{}` accepts only uid {own} and root, not uid {}", self.address, peer.uid());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            let pid = peer.pid().map_or_else(String::new, |pid| format!(" (pid {pid})"));
            Ok((carrier(stream)?, format!("{}{pid}", self.address)))
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

type Socket = AsyncFd<net::UnixStream>;

fn carrier(stream: UnixStream) -> io::Result<Carrier> {
    let socket = Arc::new(register(stream.into_std()?, Interest::READABLE)?);
    let writer = Writer { socket: socket.clone(), blocked: Mutex::default() };
    Ok(Carrier::Bytes(ByteIo { reader: Box::new(Reader(socket)), writer: Box::new(writer), read: Vec::new() }))
}

#[expect(deprecated, reason = "its successor is unsafe for types whose descriptor may change; a std socket's does not")]
fn register(stream: net::UnixStream, interest: Interest) -> io::Result<Socket> {
    AsyncFd::with_interest(stream, interest)
}

#[derive(Debug)]
struct Reader(Arc<Socket>);

impl ByteReader for Reader {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            let room = into.capacity() - into.len();
            match rustix::io::read(self.0.get_ref(), rustix::buffer::spare_capacity(into)) {
                // Less than there was room for: the socket is empty, and need not be asked to say so.
                Ok(read) if read > 0 && read < room => ready.clear_ready(),
                Err(rustix::io::Errno::AGAIN) => {
                    ready.clear_ready();
                    continue;
                }
                Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
            let now = into.capacity() - into.len();
            return Poll::Ready(Ok(room - now));
        }
    }
}

#[derive(Debug)]
struct Writer {
    socket: Arc<Socket>,
    /// The same socket registered for writing, while a write is blocked.
    blocked: Mutex<Option<Socket>>,
}

impl ByteWriter for Writer {
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match self.socket.get_ref().write_vectored(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => {
                    *blocked = None;
                    return Poll::Ready(written);
                }
            }
            let writable = match blocked.take() {
                // It said writable, and then a write would block: it must be asked again.
                Some(writable) => writable,
                None => register(self.socket.get_ref().try_clone()?, Interest::WRITABLE)?,
            };
            let ready = writable.poll_write_ready(cx).map_ok(|mut ready| ready.clear_ready());
            *blocked = Some(writable);
            ready!(ready)?;
        }
    }

    fn poll_shutdown(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.get_ref().shutdown(Shutdown::Write))
    }
}
