//! Methods of the client that are not calls.
use rpc_core::service;

#[service]
trait Quotes {
    async fn new(&self);
    async fn named(&self);
    async fn connect(&self);
    async fn in_process(&self);
}

fn main() {}
