//! Streams come later.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn upload(&self, quotes: Streaming<String>);
    async fn trade(&self, orders: impl Stream<Item = String> + Send + 'static);
}

fn main() {}
