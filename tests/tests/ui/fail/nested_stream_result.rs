//! Items follow each other; they are no part of a value.
use rpc_core::service;

use std::pin::Pin;

trait Stream {
    type Item;
}

type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

struct Ticks;

impl Stream for Ticks {
    type Item = u64;
}

#[service]
trait Quotes {
    async fn maybe(&self) -> Option<impl Stream<Item = u64>>;
    async fn beside(&self) -> Result<(u8, impl Stream<Item = u64>), String>;
    async fn many(&self) -> Vec<impl Stream<Item = u64> + Send>;
    async fn boxed(&self) -> Pin<Box<dyn Stream<Item = &str> + Send>>;
    async fn alias(&self) -> BoxStream<'static, u64>;
    async fn error(&self) -> Result<u64, Box<dyn Stream<Item = u64>>>;
    async fn streams(&self) -> impl Stream<Item = Box<dyn Stream<Item = u64>>>;
}

struct Desk;

struct Streams;

impl Stream for Streams {
    type Item = Box<dyn Stream<Item = u64>>;
}

impl Quotes for Desk {
    async fn maybe(&self) -> Option<impl Stream<Item = u64>> {
        Some(Ticks)
    }
    async fn beside(&self) -> Result<(u8, impl Stream<Item = u64>), String> {
        Ok((1, Ticks))
    }
    async fn many(&self) -> Vec<impl Stream<Item = u64> + Send> {
        vec![Ticks]
    }
    async fn boxed(&self) -> Pin<Box<dyn Stream<Item = &str> + Send>> {
        unreachable!()
    }
    async fn alias(&self) -> BoxStream<'static, u64> {
        Box::pin(Ticks)
    }
    async fn error(&self) -> Result<u64, Box<dyn Stream<Item = u64>>> {
        Ok(1)
    }
    async fn streams(&self) -> impl Stream<Item = Box<dyn Stream<Item = u64>>> {
        Streams
    }
}

fn main() {}
