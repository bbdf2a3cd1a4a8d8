//! A borrow that no buffer could back.
use rpc_core::service;

use std::{borrow::Cow, cell::Ref, collections::HashMap};

#[service]
trait Quotes {
    async fn list(&self, symbols: Vec<&str>);
    async fn maybe(&self, symbol: Option<&str>);
    async fn cow(&self, symbol: Cow<'_, str>);
    async fn slice(&self, symbols: &[&str]);
    async fn twice(&self, symbol: &&str);
    async fn map(&self, quotes: &HashMap<&str, (u8, &[u8])>);
    async fn held(&self, price: Ref<'_, u64>);
}

struct Desk;

impl Quotes for Desk {
    async fn list(&self, _: Vec<&str>) {}
    async fn maybe(&self, _: Option<&str>) {}
    async fn cow(&self, _: Cow<'_, str>) {}
    async fn slice(&self, _: &[&str]) {}
    async fn twice(&self, _: &&str) {}
    async fn map(&self, _: &HashMap<&str, (u8, &[u8])>) {}
    async fn held(&self, _: Ref<'_, u64>) {}
}

fn main() {}
