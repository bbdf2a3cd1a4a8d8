//! Heap allocations of this process, in builds that count them (feature `counted`).

use serde::{Deserialize, Serialize};

#[cfg(feature = "counted")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

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

#[cfg(feature = "counted")]
fn counts() -> Option<Heap> {
    let stats = ALLOCATOR.stats();
    // What `realloc` added or took is in the byte counts too.
    let live = stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
    Some(Heap { allocations: (stats.allocations + stats.reallocations) as u64, live: live as u64 })
}

#[cfg(not(feature = "counted"))]
fn counts() -> Option<Heap> {
    None
}
