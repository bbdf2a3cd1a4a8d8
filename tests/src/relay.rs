//! A second service, whose handlers call the laboratory: calls within calls.

use rpc_core::service;
use serde::{Deserialize, Serialize};

use crate::laboratory::LaboratoryClient;

/// Hands calls on to a laboratory.
#[service(name = "test.Relay")]
pub trait Relay {
    /// The time left in µs that a call made by this handler has.
    async fn time_left(&self, how: Onward) -> Option<u64>;
    /// Waits in the laboratory; gives the text of the failure, if it fails.
    async fn wait(&self, id: u64, how: Onward) -> Option<String>;
}

/// How a handler calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Onward {
    /// As the defaults are.
    Inheriting,
    /// Inheriting, and without a time of its own.
    Unbounded,
    /// With no regard to the call that it serves.
    Detached,
}

impl Relay for LaboratoryClient {
    async fn time_left(&self, how: Onward) -> Option<u64> {
        let call = match how {
            Onward::Inheriting => self.context(),
            Onward::Unbounded => self.context().timeout(std::time::Duration::MAX),
            Onward::Detached => self.context().detached(),
        };
        call.await.expect("the laboratory answers").time_left
    }

    async fn wait(&self, id: u64, how: Onward) -> Option<String> {
        let call = match how {
            Onward::Inheriting => self.wait(id),
            Onward::Unbounded => self.wait(id).timeout(std::time::Duration::MAX),
            Onward::Detached => self.wait(id).detached(),
        };
        call.await.err().map(|error| error.to_string())
    }
}
