//! The error of an alias is hidden from the client.
use rpc_core::service;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    async fn read(&self) -> std::io::Result<String>;
    async fn done(&self) -> std::fmt::Result;
    async fn watch(&self) -> std::io::Result<impl Stream<Item = u64>>;
    async fn lines(&self) -> impl Stream<Item = std::io::Result<String>>;
}

fn main() {}
