//! A call is made on a service.
use rpc_core::service;

#[service]
trait Quotes {
    async fn ping();
    async fn quote(symbol: &str);
}

fn main() {}
