//! The service: what a shop has in stock. The trait is all that client and server share; `Shop` is plain Rust.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rpc_core::service;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Some of one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// The item's name.
    pub item: String,
    /// How many.
    pub count: u32,
}

/// What can go wrong in a shop.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum StockError {
    /// There is no such item.
    #[error("the shop has never had a {0}")]
    Unknown(String),
    /// There are not as many.
    #[error("only {left} are left")]
    TooFew {
        /// How many there are.
        left: u32,
    },
}

/// The stock of a shop.
#[service(name = "shop.Stock")]
pub trait Stock {
    /// How many of an item are on the shelf.
    #[rpc(idempotent)]
    async fn count(&self, item: &str) -> Result<u32, StockError>;

    /// Takes some of an item; gives how many are left.
    async fn take(&self, item: &str, count: u32) -> Result<u32, StockError>;

    /// Puts deliveries on the shelf; gives how many things there are in all.
    async fn restock(&self, deliveries: &[Delivery]) -> u32;

    /// Counts everything by hand, which takes for ever.
    #[rpc(timeout = "10s")]
    async fn count_by_hand(&self) -> u32;

    /// How many counts by hand were abandoned; waits until it is this many.
    async fn abandoned(&self, at_least: u32) -> u32;

    /// Writes a line into the shop's book.
    #[rpc(oneway)]
    async fn note(&self, line: String);
}

/// A shop: an ordinary struct that knows nothing of RPC.
pub struct Shop {
    shelf: Mutex<BTreeMap<String, u32>>,
    abandoned: watch::Sender<u32>,
}

impl Default for Shop {
    fn default() -> Self {
        let shelf = BTreeMap::from([("lamp".to_owned(), 3), ("rug".to_owned(), 1)]);
        Self { shelf: Mutex::new(shelf), abandoned: watch::Sender::new(0) }
    }
}

impl Shop {
    fn shelf(&self) -> MutexGuard<'_, BTreeMap<String, u32>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stock for Shop {
    async fn count(&self, item: &str) -> Result<u32, StockError> {
        self.shelf().get(item).copied().ok_or_else(|| StockError::Unknown(item.to_owned()))
    }

    async fn take(&self, item: &str, count: u32) -> Result<u32, StockError> {
        let mut shelf = self.shelf();
        let left = shelf.get_mut(item).ok_or_else(|| StockError::Unknown(item.to_owned()))?;
        *left = left.checked_sub(count).ok_or(StockError::TooFew { left: *left })?;
        Ok(*left)
    }

    async fn restock(&self, deliveries: &[Delivery]) -> u32 {
        let mut shelf = self.shelf();
        for Delivery { item, count } in deliveries {
            *shelf.entry(item.clone()).or_default() += count;
        }
        shelf.values().sum()
    }

    async fn count_by_hand(&self) -> u32 {
        // What a handler holds is dropped when its caller has gone: so it can tell.
        let _told = TellOnDrop(&self.abandoned);
        std::future::pending().await
    }

    async fn abandoned(&self, at_least: u32) -> u32 {
        let mut abandoned = self.abandoned.subscribe();
        abandoned.wait_for(|count| *count >= at_least).await.map_or(0, |count| *count)
    }

    async fn note(&self, _line: String) {}
}

struct TellOnDrop<'a>(&'a watch::Sender<u32>);

impl Drop for TellOnDrop<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count += 1);
    }
}
