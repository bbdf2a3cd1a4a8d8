//! Nothing unsafe can be asked of whoever is at the other end.
use rpc_core::service;

#[service]
unsafe trait Quotes {
    async fn ping(&self);
}

struct Desk;

unsafe impl Quotes for Desk {
    async fn ping(&self) {}
}

fn main() {}
