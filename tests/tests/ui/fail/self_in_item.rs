//! `Self` is somebody else at the other end.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn adopt(&self, children: Streaming<Box<Self>>);
    async fn children(&self) -> impl Stream<Item = Result<Box<Self>, String>>;
}

fn main() {}
