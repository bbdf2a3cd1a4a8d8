//! A result outlives what it would borrow from.
use rpc_core::service;

use std::borrow::Cow;

trait Stream {
    type Item;
}

#[service]
trait Quotes {
    async fn name(&self) -> &str;
    async fn bytes(&self) -> Result<&[u8], String>;
    async fn symbols(&self) -> Vec<&'static str>;
    async fn cow(&self) -> Option<Cow<'static, str>>;
    async fn watch(&self) -> Result<impl Stream<Item = u64>, &'static str>;
}

fn main() {}
