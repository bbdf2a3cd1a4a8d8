//! An item lives longer than the frame that brought it.
use rpc_core::service;

use std::borrow::Cow;

trait Stream {
    type Item;
}

struct Streaming<T>(T);

struct Symbols;

impl Stream for Symbols {
    type Item = &'static str;
}

#[service]
trait Quotes {
    async fn upload(&self, symbols: Streaming<&str>);
    async fn lines(&self, lines: Streaming<Vec<Cow<'_, str>>>);
    async fn watch(&self) -> impl Stream<Item = &'static str>;
    async fn bytes(&self) -> Result<impl Stream<Item = Result<&'static [u8], String>> + Send, String>;
}

struct Desk;

impl Quotes for Desk {
    async fn upload(&self, _: Streaming<&str>) {}
    async fn lines(&self, _: Streaming<Vec<Cow<'_, str>>>) {}
    async fn watch(&self) -> impl Stream<Item = &'static str> {
        Symbols
    }
    async fn bytes(&self) -> Result<impl Stream<Item = Result<&'static [u8], String>> + Send, String> {
        Ok(Bytes)
    }
}

struct Bytes;

impl Stream for Bytes {
    type Item = Result<&'static [u8], String>;
}

fn main() {}
