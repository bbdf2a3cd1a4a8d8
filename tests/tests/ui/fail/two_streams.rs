//! The items of a call do not say of which argument they are.
use rpc_core::service;

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn trade(&self, bids: Streaming<u64>, account: &str, asks: Streaming<u64>, notes: Streaming<String>);
}

struct Desk;

impl Quotes for Desk {
    async fn trade(&self, _: Streaming<u64>, _: &str, _: Streaming<u64>, _: Streaming<String>) {}
}

fn main() {}
