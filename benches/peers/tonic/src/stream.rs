//! Streams of one connection under load. What is sent is always ready, as it is with the other programs, so that tonic
//! can put as much into a write as it likes.

use futures::{Stream, stream};
use peers_harness::{Call, Outcome};
use rpc_load::{Items, Load, Source, Streams};
use tonic::{Streaming, transport::Channel};

use crate::{
    bench::{Item, TicksRequest, bench_client::BenchClient},
    kind,
};

/// One connection.
pub(crate) struct Connection {
    client: BenchClient<Channel>,
    size: usize,
}

/// Items that come on a connection.
pub(crate) struct Arriving {
    items: Streaming<Item>,
    size: usize,
}

impl Connection {
    pub(crate) fn new(client: BenchClient<Channel>, load: &Load) -> Self {
        Self { client, size: load.size }
    }

    fn items(&self, source: Source) -> impl Stream<Item = Item> + Send + 'static {
        let size = self.size;
        stream::iter(source.map(move |()| item(size)))
    }
}

/// An item: made anew each time, as it is by the other programs and by whoever has something to say.
pub(crate) fn item(size: usize) -> Item {
    Item { data: vec![b'x'; size].into() }
}

impl Streams for Connection {
    type Items = Arriving;

    async fn ticks(mut self, items: u64) -> Outcome<Arriving> {
        let size = self.size;
        let items = self.client.ticks(TicksRequest { items, size: size as u64 }).await.map_err(kind)?;
        Ok(Arriving { items: items.into_inner(), size })
    }

    async fn sink(&mut self, source: Source) -> Outcome<u64> {
        let items = self.items(source);
        let counted = self.client.sink(items).await.map_err(kind)?;
        Ok(counted.into_inner().bytes)
    }

    async fn relay(mut self, source: Source) -> Outcome<Arriving> {
        let (items, size) = (self.items(source), self.size);
        let items = self.client.relay(items).await.map_err(kind)?;
        Ok(Arriving { items: items.into_inner(), size })
    }
}

impl Items for Arriving {
    async fn take(&mut self) -> Outcome<u64> {
        match self.items.message().await.map_err(kind)? {
            Some(item) => Call::echoed(self.size, item.data.len()).map(|()| 1),
            None => Ok(0),
        }
    }
}
