//! A service is made of methods.
use rpc_core::service;

#[service]
trait Quotes {
    type Symbol;
    const DEPTH: usize;
    nothing!();
    pub async fn ping(&self);
}

struct Desk;

impl Quotes for Desk {
    type Symbol = String;
    const DEPTH: usize = 1;
    async fn ping(&self) {}
}

macro_rules! nothing {
    () => {};
}
use nothing;

fn main() {}
