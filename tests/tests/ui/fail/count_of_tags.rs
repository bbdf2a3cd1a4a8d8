//! More or fewer tags than arguments; a stream has none.
use rpc_core::{Streaming, service};

#[service]
trait Orders {
    #[rpc(tags = "1")]
    async fn none(&self);
    #[rpc(tags = "1, 3, 4")]
    async fn more(&self, id: u64, price: u64);
    #[rpc(tags = "3")]
    async fn fewer(&self, id: u64, price: u64);
    #[rpc(tags = "1, 2")]
    async fn streamed(&self, id: u64, prices: Streaming<u64>);
    #[rpc(tags = "2")]
    async fn only_streamed(&self, prices: Streaming<u64>);
}

fn main() {}
