//! An argument that may be there or not.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote(&self, #[cfg(all())] symbol: &str);
}

fn main() {}
