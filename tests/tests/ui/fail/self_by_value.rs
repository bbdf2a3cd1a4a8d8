//! A call must not use the service up.
use rpc_core::service;

#[service]
trait Quotes {
    async fn ping(self);
    async fn counted(self: std::sync::Arc<Self>);
}

fn main() {}
