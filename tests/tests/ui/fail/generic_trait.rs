//! A service of any type has no one name on the wire.
use rpc_core::service;

#[service]
trait Quotes<T> {
    async fn quote(&self, symbol: T);
}

struct Desk;

impl Quotes<String> for Desk {
    async fn quote(&self, _: String) {}
}

fn main() {}
