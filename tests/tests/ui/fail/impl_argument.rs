//! A type that the server would have to guess.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote(&self, symbol: impl ToString);
    async fn quotes(&self, symbols: Vec<impl ToString>);
}

fn main() {}
