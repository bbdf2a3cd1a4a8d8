//! The points at which a process can be made to die, for the tests of what its peer makes of that: before and after every
//! store that a peer sees, and every system call.
//!
//! `RPC_FAULT_AT` in the environment names one by its number, counted from 1 by all threads together. Behind it may stand a
//! part of a place, as in `3 setup.rs`: then only points there are counted. With the number 0 none dies, and each says on
//! the error output where it stands.

use std::{
    io::{Write, stderr},
    panic::Location,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::process::{Signal, getpid, kill_process};

static AT: LazyLock<Option<(u64, String)>> = LazyLock::new(|| {
    let at = std::env::var("RPC_FAULT_AT").ok()?;
    let (number, place) = at.split_once(' ').unwrap_or((&at, ""));
    Some((number.parse().ok()?, place.to_owned()))
});
static PASSED: AtomicU64 = AtomicU64::new(0);

/// A point, in the place from where it is called.
#[track_caller]
pub(super) fn point() {
    let Some((at, place)) = &*AT else { return };
    let here = Location::caller().to_string();
    if !here.contains(place) {
        return;
    }
    let number = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if *at == number || *at == 0 {
        // One write: other threads say theirs.
        let _ = stderr().write_all(format!("point {number}: {here}\n").as_bytes());
    }
    if *at == number {
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
