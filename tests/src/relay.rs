//! A second service, whose handlers call the laboratory: calls within calls.

use std::{future::Future, time::Duration};

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
    /// In a task of its own that belongs to the call.
    Spawned,
    /// In such a task of such a task, with no regard to the call.
    SpawnedDetached,
    /// In a task that nobody told of the call.
    Elsewhere,
}

impl Relay for LaboratoryClient {
    async fn time_left(&self, how: Onward) -> Option<u64> {
        let (laboratory, unbounded) = (self.clone(), Duration::MAX);
        let call = async move {
            let call = laboratory.context();
            let call = match how {
                Onward::Inheriting => call,
                Onward::Unbounded | Onward::Spawned | Onward::Elsewhere => call.timeout(unbounded),
                Onward::Detached | Onward::SpawnedDetached => call.detached(),
            };
            call.await.expect("the laboratory answers").time_left
        };
        go(how, call).await
    }

    async fn wait(&self, id: u64, how: Onward) -> Option<String> {
        let (laboratory, unbounded) = (self.clone(), Duration::MAX);
        let call = async move {
            let call = laboratory.wait(id);
            let call = match how {
                Onward::Inheriting => call,
                Onward::Unbounded | Onward::Spawned | Onward::Elsewhere => call.timeout(unbounded),
                Onward::Detached => call.detached(),
                Onward::SpawnedDetached => call.detached().timeout(unbounded),
            };
            let error = call.await.err()?;
            // The task goes on though its call has ended.
            let _ = laboratory.note(id + 1).detached().await;
            Some(error.to_string())
        };
        go(how, call).await
    }
}

/// Awaits a call where it is to be made.
async fn go<T: Send + 'static>(how: Onward, call: impl Future<Output = T> + Send + 'static) -> T {
    match how {
        Onward::Inheriting | Onward::Unbounded | Onward::Detached => call.await,
        Onward::Spawned => rpc_core::spawn(call).await.expect("the task ends"),
        Onward::SpawnedDetached => {
            let task = rpc_core::spawn(async { rpc_core::spawn(call).await });
            task.await.and_then(|within| within).expect("the task ends")
        }
        Onward::Elsewhere => tokio::spawn(call).await.expect("the task ends"),
    }
}
