//! Who serves a stream does not choose its type: it is what the items arrive in.
use rpc_core::service;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    async fn upload(&self, quotes: impl Stream<Item = Vec<u8>> + Send + 'static);
    async fn borrowed(&self, symbols: impl Stream<Item = &'static str>);
    async fn untyped(&self, quotes: impl Stream);
}

struct Desk;

impl Quotes for Desk {
    async fn upload(&self, _: impl Stream<Item = Vec<u8>> + Send + 'static) {}
    async fn borrowed(&self, _: impl Stream<Item = &'static str>) {}
    async fn untyped(&self, _: impl Stream) {}
}

fn main() {}
