//! Heap allocations of this process, in builds that count them (feature `counted`).

use serde::{Deserialize, Serialize};

#[cfg(feature = "counted")]
mod counted;
#[cfg(not(feature = "counted"))]
mod uncounted;

#[cfg(feature = "counted")]
use counted::counts;
#[cfg(not(feature = "counted"))]
use uncounted::counts;

/// What this process has taken from the heap since it began.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Heap {
    /// Allocations, and reallocations, which may be as dear.
    pub allocations: u64,
    /// Bytes that have not been given back.
    pub live: u64,
}

impl Heap {
    /// As it is now; `None` in a build that does not count.
    #[must_use]
    pub fn now() -> Option<Self> {
        counts()
    }
}
