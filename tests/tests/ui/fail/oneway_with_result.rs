//! Nobody waits for the result.
use rpc_core::service;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    #[rpc(oneway)]
    async fn log(&self, line: String) -> bool;
    #[rpc(oneway)]
    async fn unit(&self) -> ();
    #[rpc(oneway)]
    async fn watch(&self) -> impl Stream<Item = u64>;
}

fn main() {}
