//! Counts, in an allocator around the system's.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use super::Heap;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

pub(super) fn counts() -> Option<Heap> {
    let stats = ALLOCATOR.stats();
    // What `realloc` added or took is in the byte counts too.
    let live = stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
    Some(Heap { allocations: (stats.allocations + stats.reallocations) as u64, live: live as u64 })
}
