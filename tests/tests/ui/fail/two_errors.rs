//! The caller has one `CallError` for all that may go wrong.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Unknown;

#[service]
trait Quotes {
    async fn watch(&self) -> Result<impl Stream<Item = Result<u64, String>>, Unknown>;
    async fn list(&self) -> Result<impl Stream<Item = Result<u64, Vec<String>>>, Vec<u8>>;
}

fn main() {}
