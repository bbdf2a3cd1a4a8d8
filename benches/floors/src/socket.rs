//! Sockets of both kinds in halves, by URL. Knows no messages.

use std::{
    error::Error,
    future::poll_fn,
    io::{self, Read, Write},
    os::unix::net as std_unix,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, Interest, ReadBuf, unix::AsyncFd},
    net::{TcpListener, TcpStream, UnixListener, UnixStream, tcp, unix},
};

/// Where a socket is.
#[derive(Clone, Debug)]
pub enum Place {
    /// Host and port.
    Tcp(String),
    /// A path.
    Unix(PathBuf),
}

impl Place {
    /// The place that a URL names.
    ///
    /// # Errors
    /// Neither `tcp://` nor `unix://`.
    pub fn parse(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        match url.split_once("://") {
            Some(("tcp", host)) => Ok(Self::Tcp(host.to_owned())),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            _ => Err(format!("`{url}` is neither tcp://host:port nor unix:///path").into()),
        }
    }
}

/// For what a Unix socket is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// For reading and writing, as tokio does it: whoever sends is also woken when the peer has read.
    Both,
    /// For reading only.
    Reading,
}

/// A listening socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// Unix.
    Unix(UnixListener),
}

impl Listener {
    /// Begins to listen; also gives the URL with its real port.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(place: &Place) -> io::Result<(Self, String)> {
        match place {
            Place::Tcp(host) => {
                let listener = TcpListener::bind(host).await?;
                let url = format!("tcp://{}", listener.local_addr()?);
                Ok((Self::Tcp(listener), url))
            }
            Place::Unix(path) => {
                let listener = UnixListener::bind(path)?;
                Ok((Self::Unix(listener), format!("unix://{}", path.display())))
            }
        }
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// What the system says.
    pub async fn accept(&self, registered: Registered) -> io::Result<(Reader, Writer)> {
        match self {
            Self::Tcp(listener) => tcp_halves(listener.accept().await?.0),
            Self::Unix(listener) => unix_halves(listener.accept().await?.0, registered),
        }
    }
}

/// Connects.
///
/// # Errors
/// What the system says.
pub async fn connect(place: &Place, registered: Registered) -> io::Result<(Reader, Writer)> {
    match place {
        Place::Tcp(host) => tcp_halves(TcpStream::connect(host).await?),
        Place::Unix(path) => unix_halves(UnixStream::connect(path).await?, registered),
    }
}

fn tcp_halves(stream: TcpStream) -> io::Result<(Reader, Writer)> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    Ok((Reader::Tcp(reader), Writer::Tcp(writer)))
}

fn unix_halves(stream: UnixStream, registered: Registered) -> io::Result<(Reader, Writer)> {
    if registered == Registered::Both {
        let (reader, writer) = stream.into_split();
        return Ok((Reader::Unix(reader), Writer::Unix(writer)));
    }
    let stream = stream.into_std()?;
    #[expect(deprecated, reason = "its replacement is unsafe")]
    let fd = Arc::new(AsyncFd::with_interest(stream, Interest::READABLE)?);
    Ok((Reader::Narrow(fd.clone()), Writer::Narrow(Narrow { fd, blocked: Mutex::default() })))
}

/// The half that reads.
#[derive(Debug)]
pub enum Reader {
    /// TCP.
    Tcp(tcp::OwnedReadHalf),
    /// Unix, as tokio registers it.
    Unix(unix::OwnedReadHalf),
    /// Unix, registered for reading only.
    Narrow(Arc<AsyncFd<std_unix::UnixStream>>),
}

impl Reader {
    /// Reads what is there. 0: the peer has closed.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(half) => poll_read(half, cx, into),
            Self::Unix(half) => poll_read(half, cx, into),
            Self::Narrow(fd) => loop {
                let mut guard = ready!(fd.poll_read_ready(cx))?;
                match fd.get_ref().read(into) {
                    Ok(read) => {
                        if read < into.len() {
                            // Nothing is left: saves asking again.
                            guard.clear_ready();
                        }
                        return Poll::Ready(Ok(read));
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            },
        }
    }
}

fn poll_read(half: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
    let mut buffer = ReadBuf::new(into);
    ready!(std::pin::Pin::new(half).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(buffer.filled().len()))
}

/// The half that writes.
#[derive(Debug)]
pub enum Writer {
    /// TCP.
    Tcp(tcp::OwnedWriteHalf),
    /// Unix, as tokio registers it.
    Unix(unix::OwnedWriteHalf),
    /// Unix, registered for reading only.
    Narrow(Narrow),
}

/// The writing half of a socket that is registered for reading only.
#[derive(Debug)]
pub struct Narrow {
    fd: Arc<AsyncFd<std_unix::UnixStream>>,
    /// A duplicate that waits for room, while there is none: the same descriptor cannot be registered twice.
    blocked: Mutex<Option<AsyncFd<std_unix::UnixStream>>>,
}

impl Narrow {
    fn duplicate(&self) -> io::Result<AsyncFd<std_unix::UnixStream>> {
        let duplicate = self.fd.get_ref().try_clone()?;
        #[expect(deprecated, reason = "its replacement is unsafe")]
        AsyncFd::with_interest(duplicate, Interest::WRITABLE)
    }
}

impl Writer {
    /// Writes what goes now.
    ///
    /// # Errors
    /// What the system says; `WouldBlock` where nothing goes now.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.try_write(bytes),
            Self::Unix(half) => half.try_write(bytes),
            Self::Narrow(narrow) => narrow.fd.get_ref().write(bytes),
        }
    }

    /// Waits until some bytes may go.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(half) => half.as_ref().poll_write_ready(cx),
            Self::Unix(half) => half.as_ref().poll_write_ready(cx),
            Self::Narrow(narrow) => {
                let mut blocked = narrow.blocked.lock().unwrap_or_else(PoisonError::into_inner);
                let fd = match blocked.take() {
                    Some(fd) => fd,
                    None => narrow.duplicate()?,
                };
                if fd.poll_write_ready(cx)?.is_pending() {
                    *blocked = Some(fd);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(()))
            }
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// What the system says.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => poll_fn(|cx| self.poll_writable(cx)).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
