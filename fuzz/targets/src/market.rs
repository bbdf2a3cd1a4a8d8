//! The service that is attacked: the one of docs/protocol.md, and a method for every way in which a handler can go on.

use std::{collections::BTreeMap, panic::resume_unwind, time::Duration};

use rpc_core::{Context, service};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

/// The service that is attacked.
#[service(name = "market.Quotes")]
pub(crate) trait Quotes {
    /// The price of a symbol.
    async fn quote(&self, symbol: &str) -> Result<Quote, QuoteError>;
    /// Takes a line and does nothing with it.
    #[rpc(oneway)]
    async fn log(&self, line: &str);
    /// The same basket, and the same metadata.
    async fn echo(&self, basket: Basket) -> Basket;
    /// The same bytes, after the others had their turn.
    async fn bytes(&self, bytes: Vec<u8>) -> Vec<u8>;
    /// Waits for so many milliseconds.
    async fn wait(&self, millis: u32) -> u32;
    /// Waits for as many milliseconds, at most a minute.
    #[rpc(oneway)]
    async fn linger(&self, millis: u16);
    /// Panics, at once or later.
    async fn panic(&self, later: bool);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub(crate) symbol: String,
    pub(crate) price: f64,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub(crate) enum QuoteError {
    #[error("there is no symbol {0:?}")]
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Basket {
    pub(crate) shares: BTreeMap<String, Vec<Option<i32>>>,
    pub(crate) within: Option<Box<Self>>,
}

/// The service at work.
pub(crate) struct Market;

impl Quotes for Market {
    async fn quote(&self, symbol: &str) -> Result<Quote, QuoteError> {
        if symbol == "AAPL" {
            Ok(Quote { symbol: symbol.to_owned(), price: 1.5 })
        } else {
            Err(QuoteError::Unknown(symbol.to_owned()))
        }
    }

    async fn log(&self, _line: &str) {}

    async fn echo(&self, basket: Basket) -> Basket {
        let context = Context::current().expect("a handler has a context");
        for (key, value) in context.metadata().iter() {
            Context::respond_with(key, value).expect("what came as metadata goes as metadata");
        }
        basket
    }

    async fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        tokio::task::yield_now().await;
        bytes
    }

    async fn wait(&self, millis: u32) -> u32 {
        sleep(Duration::from_millis(millis.into())).await;
        millis
    }

    async fn linger(&self, millis: u16) {
        sleep(Duration::from_millis(millis.into())).await;
    }

    async fn panic(&self, later: bool) {
        if later {
            tokio::task::yield_now().await;
        }
        // Not by `panic!`: this is no panic of the library's.
        resume_unwind(Box::new("the secret"))
    }
}
