//! Where to listen and whom to call, as URLs. Knows no calls.

use std::{fmt, fs, io, net::SocketAddr, path::PathBuf, str::FromStr};

use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket};

/// Connections that may wait to be accepted: a load makes many at once.
const BACKLOG: u32 = 4_096;

/// Where a server listens.
#[derive(Clone, Debug)]
pub enum Address {
    /// `tcp://HOST:PORT`, the host as a number.
    Tcp(SocketAddr),
    /// `unix://PATH`.
    Unix(PathBuf),
}

/// A bound socket.
#[derive(Debug)]
pub enum Listener {
    /// On TCP.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener),
}

impl Address {
    /// Listens there. Returns the address with the port that was chosen, if it was for the system to choose.
    ///
    /// # Errors
    /// The system does not let the process listen there.
    pub fn bind(self) -> io::Result<(Listener, Self)> {
        match self {
            Self::Tcp(address) => {
                let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
                socket.set_reuseaddr(true)?;
                socket.bind(address)?;
                let listener = socket.listen(BACKLOG)?;
                let address = listener.local_addr()?;
                Ok((Listener::Tcp(listener), Self::Tcp(address)))
            }
            Self::Unix(path) => {
                // What a server that was killed has left.
                let _ = fs::remove_file(&path);
                let socket = UnixSocket::new_stream()?;
                socket.bind(&path)?;
                Ok((Listener::Unix(socket.listen(BACKLOG)?), Self::Unix(path)))
            }
        }
    }

    /// A TCP connection that sends at once.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if let Some(address) = url.strip_prefix("tcp://") {
            return address.parse().map(Self::Tcp).map_err(|_| format!("{address} is no number and port"));
        }
        match url.strip_prefix("unix://") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => Err(format!("{url} is neither tcp://HOST:PORT nor unix://PATH")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}
