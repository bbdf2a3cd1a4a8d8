//! Tags of arguments that no IDL has.
use rpc_core::service;

#[service]
trait Orders {
    #[rpc(tags = "")]
    async fn empty(&self, id: u64);
    #[rpc(tags = "0")]
    async fn zero(&self, id: u64);
    #[rpc(tags = "1, 1")]
    async fn twice(&self, id: u64, price: u64);
    #[rpc(tags = "1 3")]
    async fn no_comma(&self, id: u64, price: u64);
    #[rpc(tags = "32768")]
    async fn beyond(&self, id: u64);
    #[rpc(tags = 1)]
    async fn number(&self, id: u64);
}

fn main() {}
