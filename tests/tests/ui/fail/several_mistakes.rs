//! Every mistake is told at once, and none is told twice: neither by `impl`s nor by callers.
mod quotes {
    use rpc_core::service;

    #[service(name = "")]
    pub trait Quotes: Clone {
        async fn sound(&self, symbol: &str) -> Result<u64, String>;
        fn ping(&self);
        async fn quote<T>(&self, (a, b): (&str, T), c: Vec<&str>) -> &str;
        #[rpc(oneway, timeout = "never")]
        async fn log(&mut self, line: &mut String) -> bool;
    }
}

use quotes::{Quotes, QuotesClient, QuotesServer};

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
}

async fn calls() {
    let client = QuotesClient::in_process(Desk);
    let _: u64 = client.clone().sound("AAPL").await.unwrap();
    let _ = QuotesServer::new(Desk).named("other");
}

fn main() {}
