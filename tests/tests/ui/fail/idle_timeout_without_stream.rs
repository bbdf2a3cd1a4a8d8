//! A call without a stream has nothing to wait for but its end.
use rpc_core::service;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

#[service]
trait Quotes {
    #[rpc(idle_timeout = "30s")]
    async fn quote(&self, symbol: &str) -> u64;
    #[rpc(oneway, timeout = "1s", idle_timeout = "500ms")]
    async fn log(&self, line: String);
    /// Mistaken, but not in its option.
    #[rpc(idle_timeout = "30s")]
    async fn upload(&self, quotes: &Streaming<u64>);
    #[rpc(idle_timeout = "30s")]
    async fn watch(&self) -> Option<impl Stream<Item = u64>>;
}

fn main() {}
