//! What the server changes, the caller does not see.
use rpc_core::service;

#[service]
trait Quotes {
    async fn fill(&self, order: &mut String);
    async fn read(&self, buffer: &mut [u8]);
}

fn main() {}
