//! A type that the client would have to guess.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote(&self) -> impl ToString;
    async fn quotes(&self) -> Vec<impl ToString>;
}

fn main() {}
