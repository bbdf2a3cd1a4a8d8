//! Every mistake is told at once, and none is told twice: neither by `impl`s nor by callers.
mod quotes {
    use rpc_core::{Stream, Streaming, service};

    #[service(name = "")]
    pub trait Quotes: Clone {
        async fn sound(&self, symbol: &str) -> Result<u64, String>;
        fn ping(&self);
        async fn quote<T>(&self, (a, b): (&str, T), c: Vec<&str>) -> &str;
        #[rpc(oneway, timeout = "never")]
        async fn log(&mut self, line: &mut String) -> bool;
        async fn trade(&self, orders: Streaming<u64>) -> Result<impl Stream<Item = u64>, String>;
        #[rpc(idle_timeout = "1d")]
        async fn watch(&self, symbols: &Streaming<String>) -> Vec<impl Stream<Item = &str>>;
    }
}

use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use quotes::{Quotes, QuotesClient, QuotesServer};
use rpc_core::{Stream, Streaming};

#[derive(Clone)]
struct Desk;

impl Quotes for Desk {
    async fn sound(&self, symbol: &str) -> Result<u64, String> {
        symbol.parse().map_err(|_| symbol.into())
    }
    fn ping(&self) {}
    async fn quote<T>(&self, (a, _): (&str, T), _: Vec<&str>) -> &str {
        let _ = a;
        "quote"
    }
    async fn log(&mut self, _: &mut String) -> bool {
        true
    }
    async fn trade(&self, _: Streaming<u64>) -> Result<impl Stream<Item = u64>, String> {
        Ok(Nothing(PhantomData))
    }
    async fn watch(&self, _: &Streaming<String>) -> Vec<impl Stream<Item = &str>> {
        vec![Nothing(PhantomData)]
    }
}

struct Nothing<T>(PhantomData<fn() -> T>);

impl<T> Stream for Nothing<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(None)
    }
}

async fn calls() {
    let client = QuotesClient::in_process(Desk);
    let _: u64 = client.clone().sound("AAPL").await.unwrap();
    let _ = client.trade(Nothing(PhantomData)).await.unwrap();
    let _ = QuotesServer::new(Desk).named("other");
}

fn main() {}
