//! Calls run side by side.
use rpc_core::service;

#[service]
trait Quotes {
    async fn ping(&mut self);
}

fn main() {}
