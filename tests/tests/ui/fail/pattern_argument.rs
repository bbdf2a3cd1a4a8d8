//! The client has to call the argument something.
use rpc_core::service;

#[service]
trait Quotes {
    async fn pair(&self, (a, b): (u8, u8));
    async fn unnamed(&self, _: u8);
    async fn rebound(&self, mut number: u8) {
        number += 1;
        let _ = number;
    }
}

fn main() {}
