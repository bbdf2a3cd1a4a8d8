//! Two methods of one name.
use rpc_core::service;

#[service]
trait Quotes {
    async fn ping(&self);
    async fn ping(&self, again: u8);
}

struct Desk;

impl Quotes for Desk {
    async fn ping(&self) {}
}

fn main() {}
