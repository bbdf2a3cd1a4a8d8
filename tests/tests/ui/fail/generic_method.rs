//! A type that the server would have to guess.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote<T: ToString>(&self, symbol: T);
    async fn quotes<const N: usize>(&self, symbols: [String; N]);
}

fn main() {}
