//! `tcp://host:port`: TCP, in the clear. Port 0 asks for any free port.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::AsyncWrite,
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
};

use super::{BoxFuture, Listener, Transport, invalid};
use crate::{
    address::Address,
    limits::Limits,
    link::{ByteIo, ByteWriter, Carrier, async_io::Reader},
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
            let address = Address::new("tcp", &listener.local_addr()?.to_string());
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

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, String)>> {
        Box::pin(async {
            let (stream, peer) = self.listener.accept().await?;
            Ok((carrier(stream)?, format!("tcp://{peer}")))
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
    // The owned read half, not `try_read`: only tokio's `poll_read` knows that a read which did not fill its buffer
    // has emptied the socket, and saves the system call that would say so.
    let (reader, writer) = (Box::new(Reader(reader)), Box::new(Writer(Mutex::new(writer))));
    Ok(Carrier::Bytes(ByteIo { reader, writer, read: Vec::new() }))
}

/// The lock is for `poll_write`, which wants its writer exclusively; a link writes from one task at a time.
#[derive(Debug)]
struct Writer(Mutex<OwnedWriteHalf>);

impl Writer {
    fn half(&self) -> MutexGuard<'_, OwnedWriteHalf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ByteWriter for Writer {
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        self.half().try_write_vectored(bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.half()).poll_write_vectored(cx, bytes)
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.half()).poll_shutdown(cx)
    }
}
