//! `tcp://host:port`: TCP, in the clear. Port 0 asks for any free port.

use std::{io, net::SocketAddr, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream, tcp::OwnedWriteHalf};

use super::{BoxFuture, Listener, Transport, gone};
use crate::{
    address::Address,
    events::{Cause, say},
    limits::Limits,
    link::{Carrier, async_io::halves},
    peer::Peer,
};

/// Silence after which the kernel asks whether the peer is still there: a machine that has lost its power says no
/// farewell, and the default is to ask after two hours. The peer's kernel answers, whatever its program does.
const IDLE: Duration = Duration::from_secs(15);
/// Time between two such questions.
const PROBE: Duration = Duration::from_secs(5);
/// Questions without an answer after which the connection is dead: 30 s after the last word.
const PROBES: u32 = 3;
/// Time after which bytes that the peer has not acknowledged, or has had no room for, end the connection: as long,
/// since no question is asked while there are such, and the kernel would repeat them for about 15 minutes.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Tcp;

impl Transport for Tcp {
    fn scheme(&self) -> &'static str {
        "tcp"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move { Ok(carrier(connect(address).await?)) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let listener = TcpListener::bind(host_and_port(address)?).await?;
            let local = listener.local_addr()?;
            let address = Address::new("tcp", &local.to_string());
            if !local.ip().is_loopback() {
                say(Cause::Exposed, address.as_str(), || {
                    "anyone who reaches this address may call, and whoever is on the way may read and change what is sent".to_owned()
                });
            }
            Ok(Box::new(Accepting { listener, address }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct Accepting {
    listener: TcpListener,
    address: Address,
}

impl Accepting {
    async fn next(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = self.listener.accept().await?;
        tune(&stream).map_err(gone)?;
        Ok((stream, peer))
    }
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let (stream, peer) = self.next().await?;
            Ok((carrier(stream), Peer::new(format!("tcp://{peer}")).with_ip(peer.ip())))
        })
    }
}

fn host_and_port(address: &Address) -> io::Result<&str> {
    let rest = address.rest();
    match rest.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(rest),
        _ => Err(address.invalid("write `tcp://host:port`, with a port from 0 to 65535")),
    }
}

async fn connect(address: &Address) -> io::Result<TcpStream> {
    let stream = somebody(TcpStream::connect(host_and_port(address)?).await?)?;
    tune(&stream).map_err(gone)?;
    Ok(stream)
}

/// A connection that does not lead back to itself. Where nobody listens, the system may give the very port that is
/// dialled to the one who dials; it would speak with itself, and the server that is about to come could not listen.
fn somebody(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr().map_err(gone)? != stream.peer_addr().map_err(gone)? {
        return Ok(stream);
    }
    // Else the port would stay taken for a minute.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).map_err(gone)?;
    Err(io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens there; the connection led back to itself"))
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    // Frames are written whole; holding them back for more would only add Nagle's wait.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    // A system that does not know these has no better.
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(IDLE).with_interval(PROBE).with_retries(PROBES));
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    Ok(())
}

fn carrier(stream: TcpStream) -> Carrier {
    let (reader, writer) = stream.into_split();
    Carrier::Bytes(halves(reader, writer, OwnedWriteHalf::try_write_vectored))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;

    async fn listen() -> Accepting {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Address::new("tcp", &listener.local_addr().unwrap().to_string());
        Accepting { listener, address }
    }

    #[tokio::test]
    async fn k06_the_kernel_looks_after_both_ends_of_a_connection() {
        let listener = listen().await;
        let (dialled, accepted) = tokio::join!(connect(&listener.address), listener.next());
        for stream in [dialled.unwrap(), accepted.unwrap().0] {
            let socket = SockRef::from(&stream);
            assert!(stream.nodelay().unwrap());
            assert!(socket.keepalive().unwrap());
            assert_eq!(socket.tcp_keepalive_time().unwrap(), IDLE);
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), PROBE);
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), PROBES);
            #[cfg(target_os = "linux")]
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
        }
    }

    #[tokio::test]
    async fn a_dial_that_reaches_itself_has_reached_nobody_and_leaves_the_port_to_a_server() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let stream = socket.connect(address).await.unwrap();
        assert_eq!(somebody(stream).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        TcpListener::bind(address).await.unwrap();
    }

    #[tokio::test]
    async fn k05_peers_that_reset_before_they_are_accepted_cost_nobody_else() {
        let mut listener = listen().await;
        for _ in 0..100 {
            let stream = TcpStream::connect(listener.address.rest()).await.unwrap();
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        let last = TcpStream::connect(listener.address.rest()).await.unwrap();
        let name = format!("tcp://{}", last.local_addr().unwrap());
        loop {
            match listener.accept().await {
                Ok((_, peer)) if peer.name() == name => break assert_eq!(peer.ip(), Some([127, 0, 0, 1].into())),
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted, "{error}"),
            }
        }
    }

    #[test]
    fn k05_what_an_accepted_connection_is_met_with_is_its_own_error() {
        for kind in [io::ErrorKind::InvalidInput, io::ErrorKind::NotConnected, io::ErrorKind::Other] {
            let error = gone(io::Error::new(kind, "the peer has reset it"));
            assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
            assert!(error.to_string().contains("the peer has reset it"), "{error}");
        }
    }
}
