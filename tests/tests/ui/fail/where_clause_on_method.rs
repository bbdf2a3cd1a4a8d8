//! There is nothing to bound.
use rpc_core::service;

#[service]
trait Quotes {
    async fn ping(&self)
    where
        Self: Clone;
}

fn main() {}
