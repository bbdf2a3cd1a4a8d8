//! Streams come later.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

struct Ticks;

impl Stream for Ticks {
    type Item = String;
}


#[service]
trait Quotes {
    async fn watch(&self) -> impl Stream<Item = String>;
    async fn try_watch(&self) -> Result<impl Stream<Item = String>, String>;
    async fn typed(&self) -> Streaming<String>;
}

struct Desk;

impl Quotes for Desk {
    async fn watch(&self) -> impl Stream<Item = String> {
        Ticks
    }
    async fn try_watch(&self) -> Result<impl Stream<Item = String>, String> {
        Ok(Ticks)
    }
    async fn typed(&self) -> Streaming<String> {
        Streaming(String::new())
    }
}

fn main() {}
