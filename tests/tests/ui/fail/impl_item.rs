//! An item that the other side would have to guess.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn upload(&self, quotes: Streaming<impl ToString>);
    async fn watch(&self) -> Result<impl Stream<Item = Vec<impl ToString>>, String>;
}

fn main() {}
