//! A stream of anything cannot be decoded.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Ticks;

impl Stream for Ticks {
    type Item = u64;
}

#[service]
trait Quotes {
    async fn watch(&self) -> impl Stream;
    async fn try_watch(&self) -> Result<impl Send + Stream, String>;
}

struct Desk;

impl Quotes for Desk {
    async fn watch(&self) -> impl Stream {
        Ticks
    }
    async fn try_watch(&self) -> Result<impl Send + Stream, String> {
        Ok(Ticks)
    }
}

fn main() {}
