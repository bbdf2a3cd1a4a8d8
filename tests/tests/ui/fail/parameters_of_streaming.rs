//! What may go wrong with a stream of arguments is not the trait's to say.
use rpc_core::service;

struct Streaming<T = u8, E = String>(T, E);

#[service]
trait Quotes {
    async fn upload(&self, quotes: Streaming<u64, String>);
    async fn untyped(&self, quotes: Streaming);
}

struct Desk;

impl Quotes for Desk {
    async fn upload(&self, _: Streaming<u64, String>) {}
    async fn untyped(&self, _: Streaming) {}
}

fn main() {}
