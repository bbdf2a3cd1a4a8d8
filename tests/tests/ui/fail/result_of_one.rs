//! The error of an alias is hidden from the client.
use rpc_core::service;

#[service]
trait Quotes {
    async fn read(&self) -> std::io::Result<String>;
    async fn done(&self) -> std::fmt::Result;
}

fn main() {}
