//! So is the name of a method.
use rpc_core::service;

#[service]
trait Quotes {
    #[rpc(name = "")]
    async fn empty(&self);
    #[rpc(name = "two words")]
    async fn two_words(&self);
    async fn größe(&self);
}

fn main() {}
