//! The desk as a ledger, in memory: for servers that outlive their clients.

use std::{future::pending, time::Duration};

use super::Desk;
use crate::ledger::Ledger;

/// How long a handler lingers.
const LINGERS: Duration = Duration::from_micros(300);
/// Is entered for a request whose load is not what its caller has put into it.
const TORN: u64 = u64::MAX - 1;

impl Desk {
    /// Whether a load has come that does not consist of the last byte of its id, as those of [`Load`](crate::deaths::Load).
    #[must_use]
    pub fn torn(&self) -> bool {
        self.ran(TORN) > 0
    }
}

impl Ledger for Desk {
    async fn enter(&self, id: u64, linger: bool, load: Vec<u8>) -> Vec<u8> {
        let begun = self.begin();
        let whole = load.iter().all(|byte| *byte == id as u8);
        begun.0.enter(if whole { id } else { TORN });
        if linger {
            tokio::time::sleep(LINGERS).await;
        }
        load
    }

    async fn stay(&self, id: u64) {
        let begun = self.begin();
        begun.0.enter(id);
        pending().await
    }
}
