//! What is attacked: a service of an own process.

use std::future::pending;

use rpc_core::{Stats, service};

/// The service's name on the wire.
pub(crate) const NAME: &str = "bench.Probe";
/// A large answer.
const LARGE: usize = 1 << 20;

/// What a canary calls, and what attackers do.
#[service(name = "bench.Probe")]
pub(crate) trait Probe {
    /// The sum.
    async fn add(&self, a: i64, b: i64) -> i64;
    /// Waits for ever.
    async fn wait(&self);
    /// A large answer.
    async fn large(&self) -> Vec<u8>;
    /// Bytes that the server holds for its peers, and that wait to be written to them.
    async fn held(&self) -> u64;
}

/// The service, with a look at its own server.
#[derive(Debug)]
pub(crate) struct Watched(pub(crate) Stats);

impl Probe for Watched {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }

    async fn wait(&self) {
        pending().await
    }

    async fn large(&self) -> Vec<u8> {
        vec![7; LARGE]
    }

    async fn held(&self) -> u64 {
        let now = self.0.snapshot();
        (now.held_bytes + now.buffered_bytes) as u64
    }
}
