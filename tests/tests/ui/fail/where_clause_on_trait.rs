//! Supertraits belong after the colon.
use rpc_core::service;

#[service]
trait Quotes
where
    Self: Clone,
{
    async fn ping(&self);
}

fn main() {}
