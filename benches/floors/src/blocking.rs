//! The floor without a runtime: a thread that blocks in the kernel, at each end.

use std::{
    error::Error,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
};

use bytes::BytesMut;
use rpc_load::{Load, Report, announce};

use crate::{
    inbox::Inbox,
    message::{self, Kind},
    socket::Place,
};

/// Listens at one place and serves one connection after the other, until the process ends.
///
/// # Errors
/// It cannot listen.
pub fn serve(url: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    match Place::parse(url)? {
        Place::Tcp(host) => {
            let listener = TcpListener::bind(host)?;
            announce([format!("tcp://{}", listener.local_addr()?)]);
            for stream in listener.incoming() {
                let stream = stream?;
                stream.set_nodelay(true)?;
                // A client that goes is no end of the server.
                let _ = answer(stream);
            }
        }
        Place::Unix(path) => {
            let listener = UnixListener::bind(path)?;
            announce([url]);
            for stream in listener.incoming() {
                let stream = stream?;
                // A client that goes is no end of the server.
                let _ = answer(stream);
            }
        }
    }
    Ok(())
}

/// Runs the load with one call in flight.
///
/// # Errors
/// It asks for more than one call in flight, or nobody answers.
pub fn load(load: &Load) -> Result<Report, Box<dyn Error + Send + Sync>> {
    if load.in_flight > 1 || load.connections > 1 {
        return Err("one call can be in flight, on one connection".into());
    }
    match Place::parse(&load.url)? {
        Place::Tcp(host) => {
            let stream = TcpStream::connect(host)?;
            stream.set_nodelay(true)?;
            ask(load, stream)
        }
        Place::Unix(path) => ask(load, UnixStream::connect(path)?),
    }
}

fn ask(load: &Load, mut stream: impl Read + Write) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let body = message::body(load)?;
    let mut inbox = Inbox::default();
    let mut out = BytesMut::new();
    let call = || {
        out.clear();
        message::request(&mut out, 1, load.method, &body);
        stream.write_all(&out).map_err(|error| error.to_string())?;
        while fill(&mut inbox, &mut stream).map_err(|error| error.to_string())? {
            if let Some(response) = inbox.take() {
                let right = message::answers(response, load.method, &body);
                return if right { Ok(()) } else { Err("a wrong answer".to_owned()) };
            }
        }
        Err("the server has closed".to_owned())
    };
    Ok(rpc_load::run_blocking(load, call))
}

fn answer(mut stream: impl Read + Write) -> io::Result<()> {
    let mut inbox = Inbox::default();
    let mut out = BytesMut::new();
    while fill(&mut inbox, &mut stream)? {
        while let Some(request) = inbox.take() {
            if message::kind(request) == Kind::Echo {
                stream.write_all(request)?;
            } else {
                out.clear();
                message::response(&mut out, request);
                stream.write_all(&out)?;
            }
        }
    }
    Ok(())
}

fn fill(inbox: &mut Inbox, stream: &mut impl Read) -> io::Result<bool> {
    let read = stream.read(inbox.room())?;
    inbox.filled(read);
    Ok(read > 0)
}
