//! A method that does not wait.
use rpc_core::service;

#[service]
trait Quotes {
    fn ping(&self);
    fn quote(&self, symbol: &str) -> String;
}

fn main() {}
