//! Items follow the request; they are no part of a value in it.
use rpc_core::service;

use std::{collections::HashMap, pin::Pin};

trait Stream {
    type Item;
}

struct Streaming<T>(T);

#[service]
trait Quotes {
    async fn lent(&self, quotes: &Streaming<String>);
    async fn changed(&self, quotes: &mut Streaming<String>);
    async fn maybe(&self, quotes: Option<Streaming<String>>);
    async fn many(&self, quotes: Vec<impl Stream<Item = String>>);
    async fn beside(&self, quotes: (u8, Streaming<u64>));
    async fn slices(&self, quotes: &[[Streaming<u64>; 4]]);
    async fn streams(&self, quotes: Streaming<Streaming<&str>>);
    async fn boxed(&self, quotes: Pin<Box<dyn Stream<Item = HashMap<u8, u8>> + Send>>);
}

struct Desk;

impl Quotes for Desk {
    async fn lent(&self, _: &Streaming<String>) {}
    async fn changed(&self, _: &mut Streaming<String>) {}
    async fn maybe(&self, _: Option<Streaming<String>>) {}
    async fn many(&self, _: Vec<impl Stream<Item = String>>) {}
    async fn beside(&self, _: (u8, Streaming<u64>)) {}
    async fn slices(&self, _: &[[Streaming<u64>; 4]]) {}
    async fn streams(&self, _: Streaming<Streaming<&str>>) {}
    async fn boxed(&self, _: Pin<Box<dyn Stream<Item = HashMap<u8, u8>> + Send>>) {}
}

fn main() {}
