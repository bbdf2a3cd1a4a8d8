//! An argument lives for the call, however it is called.
use rpc_core::service;

#[service]
trait Quotes {
    async fn quote<'a>(&self, symbol: &'a str);
    async fn fixed(&self, symbol: &'static str, bytes: &'static [u8]);
}

fn main() {}
