//! The points at which a process can be made to die, for the tests of what its peer makes of that: before and after every
//! store that a peer sees, and every system call.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use rustix::process::{Signal, getpid, kill_process};

static AT: LazyLock<u64> =
    LazyLock::new(|| std::env::var("RPC_FAULT_AT").ok().and_then(|at| at.parse().ok()).unwrap_or(0));
static PASSED: AtomicU64 = AtomicU64::new(0);

/// A point. The process dies here if it is the one that the variable `RPC_FAULT_AT` names by its number, counted from 1 by
/// all threads together.
pub(super) fn point() {
    if *AT > 0 && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *AT {
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
