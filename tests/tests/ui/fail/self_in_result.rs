//! `Self` is somebody else at the other end.
use rpc_core::service;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    async fn child(&self) -> Result<Box<Self>, String>;
    async fn watch(&self) -> Result<impl Stream<Item = u64>, Box<Self>>;
}

fn main() {}
