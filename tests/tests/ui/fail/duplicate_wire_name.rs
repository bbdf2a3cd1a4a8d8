//! Two methods that the wire could not tell apart.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote(&self);
    #[rpc(name = "quote")]
    async fn quote_v2(&self);
}

async fn calls(client: QuotesClient) {
    client.quote_v2().await.unwrap();
}

fn main() {}
