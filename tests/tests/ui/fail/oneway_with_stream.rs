//! A oneway has ended when it has been sent.
use rpc_core::service;

struct Streaming<T>(T);

#[service]
trait Quotes {
    #[rpc(oneway)]
    async fn log(&self, level: u8, lines: Streaming<String>);
}

struct Desk;

impl Quotes for Desk {
    async fn log(&self, _: u8, _: Streaming<String>) {}
}

fn main() {}
