//! An option that there is not.
use rpc_core::service;

#[service(nmae = "market.Quotes")]
trait Quotes {
    #[rpc(one_way)]
    async fn log(&self, line: String);
    #[rpc(retries = 3)]
    async fn ping(&self);
}

fn main() {}
