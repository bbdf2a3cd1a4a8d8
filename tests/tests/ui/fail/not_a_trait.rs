//! `#[service]` stands on something else.
use rpc_core::service;

#[service]
struct Quotes;

#[service]
impl Quotes {
    fn ping(&self) {}
}

fn main() {}
