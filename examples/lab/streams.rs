//! `lab load` with streams: how their items are sent and taken, and whether they are right. How they are counted is
//! `rpc-load`'s business.

use std::time::Duration;

use rpc_core::{CallError, Stream, Streaming};
use rpc_load::{Items, Load, Method, Source, Streams};

use super::{
    items::{Paced, is, item},
    load::{WRONG, kind},
    service::{LabClient, LabError},
};

/// One connection.
#[derive(Clone)]
pub struct Connection {
    lab: LabClient,
    method: Method,
    size: usize,
    interval_us: u64,
}

/// Items that come on a connection.
pub struct Arriving {
    items: Streaming<Vec<u8>, CallError<LabError>>,
    /// The number of the next one.
    next: u64,
    size: usize,
}

impl Connection {
    pub fn new(lab: LabClient, load: &Load, interval_us: u64) -> Self {
        Self { lab, method: load.method, size: load.size, interval_us }
    }

    /// What is made of the numbers of items, each time that `source` says so.
    fn each<T, F>(&self, source: Source, make: F) -> impl Stream<Item = T> + Send + use<T, F>
    where
        F: Fn(u64) -> T + Send + Unpin,
    {
        let each = Duration::from_micros(self.interval_us);
        let source = if each.is_zero() { source } else { source.slow() };
        Paced::new((0..).zip(source).map(move |(number, ())| make(number)), each)
    }

    fn bytes(&self, source: Source) -> impl Stream<Item = Vec<u8>> + Send + use<> {
        let size = self.size;
        self.each(source, move |number| item(number, size))
    }
}

impl Streams for Connection {
    type Items = Arriving;

    async fn ticks(self, items: u64) -> Result<Arriving, String> {
        let Self { lab, size, interval_us, .. } = self;
        let asked = lab.ticks(items, interval_us, u32::try_from(size).unwrap_or(u32::MAX));
        let items = asked.await.map_err(|error| kind(&error))?;
        Ok(Arriving { items, next: 0, size })
    }

    async fn sink(&mut self, source: Source) -> Result<u64, String> {
        match self.method {
            Method::Sum => self.lab.sum(self.each(source, |_| 1)).await.map(i64::unsigned_abs),
            _ => self.lab.sink(self.bytes(source)).await,
        }
        .map_err(|error| kind(&error))
    }

    async fn relay(self, source: Source) -> Result<Arriving, String> {
        let items = self.lab.relay(self.bytes(source)).await.map_err(|error| kind(&error))?;
        Ok(Arriving { items, next: 0, size: self.size })
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
