//! Nobody waits for the result.
use rpc_core::service;

#[service]
trait Quotes {
    #[rpc(oneway)]
    async fn log(&self, line: String) -> bool;
    #[rpc(oneway)]
    async fn unit(&self) -> ();
}

fn main() {}
