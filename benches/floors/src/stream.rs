//! The client of the plain floor with a stream: items through one buffer, written as it is full and read as they come, by a
//! task for each direction.

use std::{error::Error, future::poll_fn, io, sync::Arc};

use bytes::{Bytes, BytesMut};
use rpc_load::{Items, Load, Report, Source, Streams};
use tokio::task::JoinSet;

use crate::{
    inbox::Inbox,
    message::{self, HEAD, Kind},
    socket::{Place, Reader, Registered, Writer, connect},
};

/// Bytes that are gathered before they are written.
const FULL: usize = 64 << 10;

/// One connection.
#[derive(Debug)]
struct Connection {
    reader: Reader,
    writer: Arc<Writer>,
    size: usize,
    /// Items that come back, if there is an end.
    most: u64,
}

/// Items that come on a connection.
#[derive(Debug)]
struct Arriving {
    reader: Reader,
    inbox: Inbox,
    /// Bytes of each message.
    length: usize,
    left: u64,
    /// What sends meanwhile, and ends with this.
    _sending: JoinSet<io::Result<()>>,
    /// Without it the connection would be closed for writing.
    _writer: Arc<Writer>,
}

/// Runs the load.
///
/// # Errors
/// Nobody answers.
pub async fn load(load: &Load, registered: Registered) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let (reader, writer) = connect(&Place::parse(&load.url)?, registered).await?;
    let (size, most) = (load.size, load.calls.unwrap_or(u64::MAX));
    let connection = Connection { reader, writer: Arc::new(writer), size, most };
    Ok(rpc_load::run_stream(load, connection, |tasks, worker| drop(tasks.spawn(worker.run()))).await)
}

/// Writes an item each time that `items` says so.
pub(crate) async fn write(writer: &Writer, items: impl Iterator<Item = ()>, kind: Kind, body: &[u8]) -> io::Result<()> {
    let mut out = BytesMut::with_capacity(FULL + HEAD + body.len());
    for () in items {
        message::item(&mut out, kind, body);
        if out.len() >= FULL {
            writer.write_all(&out).await?;
            out.clear();
        }
    }
    writer.write_all(&out).await
}

impl Connection {
    fn body(&self) -> Bytes {
        message::bytes(self.size)
    }

    fn arriving(self, sending: JoinSet<io::Result<()>>) -> Arriving {
        let (inbox, length) = (Inbox::default(), HEAD + self.body().len());
        Arriving { reader: self.reader, inbox, length, left: self.most, _sending: sending, _writer: self.writer }
    }
}

impl Streams for Connection {
    type Items = Arriving;

    async fn ticks(self, items: u64) -> Result<Arriving, String> {
        let mut out = BytesMut::new();
        message::ticks(&mut out, items, self.size);
        self.writer.write_all(&out).await.map_err(kind)?;
        Ok(self.arriving(JoinSet::new()))
    }

    async fn sink(&mut self, source: Source) -> Result<u64, String> {
        write(&self.writer, source, Kind::Item, &self.body()).await.map_err(kind)?;
        let mut out = BytesMut::new();
        message::end(&mut out);
        self.writer.write_all(&out).await.map_err(kind)?;
        let mut inbox = Inbox::default();
        loop {
            if let Some(count) = inbox.take() {
                return Ok(message::counted(count));
            }
            if !poll_fn(|cx| inbox.poll_fill(cx, &mut self.reader)).await.map_err(kind)? {
                return Err("the server has closed".to_owned());
            }
        }
    }

    async fn relay(self, source: Source) -> Result<Arriving, String> {
        let (writer, body) = (self.writer.clone(), self.body());
        let mut sending = JoinSet::new();
        sending.spawn(async move { write(&writer, source, Kind::Echo, &body).await });
        Ok(self.arriving(sending))
    }
}

impl Items for Arriving {
    async fn take(&mut self) -> Result<u64, String> {
        let mut taken = 0;
        while self.left > 0 {
            while let Some(item) = self.inbox.take() {
                if item.len() != self.length {
                    return Err("an item of another length".to_owned());
                }
                taken += 1;
            }
            if taken > 0 {
                self.left -= taken;
                break;
            }
            if !poll_fn(|cx| self.inbox.poll_fill(cx, &mut self.reader)).await.map_err(kind)? {
                break;
            }
        }
        Ok(taken)
    }
}

fn kind(error: io::Error) -> String {
    error.to_string()
}
