//! `tcp://host:port`: TCP, in the clear. Port 0 asks for any free port.

use std::io;

use tokio::net::{TcpListener, TcpStream, tcp::OwnedWriteHalf};

use super::{BoxFuture, Listener, Transport, invalid};
use crate::{
    address::Address,
    events::{Cause, say},
    limits::Limits,
    link::{Carrier, async_io::halves},
    peer::Peer,
};

#[derive(Debug)]
pub(super) struct Tcp;

impl Transport for Tcp {
    fn scheme(&self) -> &'static str {
        "tcp"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move { carrier(TcpStream::connect(host_and_port(address)?).await?) })
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

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let (stream, peer) = self.listener.accept().await?;
            Ok((carrier(stream)?, Peer::new(format!("tcp://{peer}")).with_ip(peer.ip())))
        })
    }
}

fn host_and_port(address: &Address) -> io::Result<&str> {
    let rest = address.rest();
    match rest.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(rest),
        _ => Err(invalid(address, "write `tcp://host:port`, with a port from 0 to 65535")),
    }
}

fn carrier(stream: TcpStream) -> io::Result<Carrier> {
    // Frames are written whole; holding them back for more would only add Nagle's wait.
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    Ok(Carrier::Bytes(halves(reader, writer, OwnedWriteHalf::try_write_vectored)))
}
