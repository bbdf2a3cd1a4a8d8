//! `lab load` with a stream: one on one connection, as fast as both ends can. How its items are counted is `rpc-load`'s
//! business; here is how they are sent and taken, and whether they are right.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use rpc_core::{CallError, Stream, Streaming};
use rpc_load::{Items, Load, Method, Source, Streams};

use super::{
    load::{WRONG, kind},
    service::LabClient,
};

/// One connection.
pub struct Connection {
    lab: LabClient,
    method: Method,
    size: usize,
}

/// Items that come on a connection.
pub struct Arriving {
    items: Streaming<Vec<u8>, CallError<Infallible>>,
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
        Ok(Arriving { items, size, _lab: lab })
    }

    async fn sink(&mut self, source: Source) -> Result<u64, String> {
        match self.method {
            Method::Sum => self.lab.sum(Ready(source.map(|()| 1))).await.map(i64::unsigned_abs),
            _ => self.lab.sink(bytes(source, self.size)).await,
        }
        .map_err(|error| kind(&error))
    }

    async fn relay(self, source: Source) -> Result<Arriving, String> {
        let Self { lab, size, .. } = self;
        let items = lab.relay(bytes(source, size)).await.map_err(|error| kind(&error))?;
        Ok(Arriving { items, size, _lab: lab })
    }
}

impl Items for Arriving {
    async fn take(&mut self) -> Result<u64, String> {
        match self.items.next().await {
            Some(Ok(item)) if item.len() == self.size => Ok(1),
            Some(Ok(_)) => Err(WRONG.to_owned()),
            Some(Err(error)) => Err(kind(&error)),
            None => Ok(0),
        }
    }
}

fn bytes(source: Source, size: usize) -> Ready<impl Iterator<Item = Vec<u8>> + Send + Unpin + 'static> {
    Ready(source.map(move |()| vec![b'x'; size]))
}

/// Items that never have to be waited for.
struct Ready<I>(I);

impl<I: Iterator + Unpin> Stream for Ready<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}
