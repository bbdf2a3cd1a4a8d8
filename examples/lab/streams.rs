//! `lab load` with a stream: one on one connection, as fast as both ends can. How its items are counted is `rpc-load`'s
//! business; here is how they are sent and taken, and whether they are right.

use std::time::Duration;

use rpc_core::{CallError, Stream, Streaming};
use rpc_load::{Items, Load, Method, Source, Streams};

use super::{
    items::{Paced, is, item},
    load::{WRONG, kind},
    service::{LabClient, LabError},
};

/// One connection.
pub struct Connection {
    lab: LabClient,
    method: Method,
    size: usize,
}

/// Items that come on a connection.
pub struct Arriving {
    items: Streaming<Vec<u8>, CallError<LabError>>,
    /// The number of the next one.
    next: u64,
    size: usize,
    /// The connection goes with the last of its clients.
    _lab: LabClient,
}

impl Connection {
    pub fn new(lab: LabClient, load: &Load) -> Self {
        Self { lab, method: load.method, size: load.size }
    }
}

impl Streams for Connection {
    type Items = Arriving;

    async fn ticks(self, items: u64) -> Result<Arriving, String> {
        let Self { lab, size, .. } = self;
        let items = lab.ticks(items, 0, size as u32).await.map_err(|error| kind(&error))?;
        Ok(Arriving { items, next: 0, size, _lab: lab })
    }

    async fn sink(&mut self, source: Source) -> Result<u64, String> {
        match self.method {
            Method::Sum => self.lab.sum(soon(source.map(|()| 1))).await.map(i64::unsigned_abs),
            _ => self.lab.sink(numbered(source, self.size)).await,
        }
        .map_err(|error| kind(&error))
    }

    async fn relay(self, source: Source) -> Result<Arriving, String> {
        let Self { lab, size, .. } = self;
        let items = lab.relay(numbered(source, size)).await.map_err(|error| kind(&error))?;
        Ok(Arriving { items, next: 0, size, _lab: lab })
    }
}

impl Items for Arriving {
    async fn take(&mut self) -> Result<u64, String> {
        match self.items.next().await {
            Some(Ok(item)) if is(&item, self.next, self.size) => {
                self.next += 1;
                Ok(1)
            }
            Some(Ok(_)) => Err(WRONG.to_owned()),
            Some(Err(error)) => Err(kind(&error)),
            None => Ok(0),
        }
    }
}

/// An item of so many bytes each time that `source` says so.
fn numbered(source: Source, size: usize) -> impl Stream<Item = Vec<u8>> + Send + 'static {
    soon((0..).zip(source).map(move |(number, ())| item(number, size)))
}

/// Items that never have to be waited for.
fn soon<I: Iterator + Unpin>(items: I) -> Paced<I> {
    Paced::new(items, Duration::ZERO)
}
