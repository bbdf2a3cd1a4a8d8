//! `Streaming` is what a stream arrives in, not what a service makes.
use rpc_core::service;

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn watch(&self) -> Streaming<String>;
    async fn try_watch(&self) -> Result<Streaming<u64>, String>;
}

struct Desk;

impl Quotes for Desk {
    async fn watch(&self) -> Streaming<String> {
        Streaming(String::new())
    }
    async fn try_watch(&self) -> Result<Streaming<u64>, String> {
        Err(String::new())
    }
}

fn main() {}
