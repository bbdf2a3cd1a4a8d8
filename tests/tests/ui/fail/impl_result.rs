//! A type that the client would have to guess.
use rpc_core::service;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    async fn quote(&self) -> impl ToString;
    async fn quotes(&self) -> Vec<impl ToString>;
    async fn watch(&self) -> Result<impl Stream<Item = u64>, impl ToString>;
}

fn main() {}
