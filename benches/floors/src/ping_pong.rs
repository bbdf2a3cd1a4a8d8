//! The client of the plain floor: the task of the call writes the request and reads the response, with nobody between.

use std::{error::Error, future::poll_fn};

use bytes::{Bytes, BytesMut};
use rpc_load::{Caller, Load, Method, Report};

use crate::{
    inbox::Inbox,
    message,
    socket::{Place, Reader, Registered, Writer, connect},
};

/// One connection with one call in flight.
#[derive(Debug)]
struct PingPong {
    reader: Reader,
    writer: Writer,
    inbox: Inbox,
    out: BytesMut,
    method: Method,
    body: Bytes,
}

/// Runs the load.
///
/// # Errors
/// It asks for more than one call in flight on a connection, or nobody answers.
pub async fn load(load: &Load, registered: Registered) -> Result<Report, Box<dyn Error + Send + Sync>> {
    if load.in_flight > 1 {
        return Err("one call can be in flight on a connection".into());
    }
    let place = Place::parse(&load.url)?;
    let mut callers = Vec::new();
    for _ in 0..load.connections {
        let (reader, writer) = connect(&place, registered).await?;
        let (method, body) = (load.method, message::body(load)?);
        callers.push(PingPong { reader, writer, inbox: Inbox::default(), out: BytesMut::new(), method, body });
    }
    Ok(rpc_load::run(load, callers, |workers, worker| drop(workers.spawn(worker.run()))).await)
}

impl Caller for PingPong {
    async fn call(&mut self) -> Result<(), String> {
        self.out.clear();
        message::request(&mut self.out, 1, self.method, &self.body);
        self.writer.write_all(&self.out).await.map_err(|error| error.to_string())?;
        loop {
            let open = poll_fn(|cx| self.inbox.poll_fill(cx, &mut self.reader)).await;
            if !open.map_err(|error| error.to_string())? {
                return Err("the server has closed".to_owned());
            }
            if let Some(response) = self.inbox.take() {
                let right = message::answers(response, self.method, &self.body);
                return if right { Ok(()) } else { Err("a wrong answer".to_owned()) };
            }
        }
    }
}
