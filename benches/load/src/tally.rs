//! Calls that have ended: how many, how long they took, what failed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;

/// Latencies are told apart to one in a thousand.
const DIGITS: u8 = 3;
/// Latencies above count as this, in nanoseconds: ten minutes.
const LONGEST: u64 = 600_000_000_000;
/// Kinds of errors that are told apart; others count as one.
const KINDS: usize = 32;

/// The calls of all workers together. A lock that nobody else holds is a few nanoseconds, and a histogram for each of a
/// thousand workers would not fit into the caches.
#[derive(Debug)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug)]
pub(crate) struct Counts {
    /// Of calls that went well, in nanoseconds.
    pub(crate) latencies: Histogram<u64>,
    pub(crate) errors: BTreeMap<String, u64>,
    /// Calls that ended before the measurement.
    pub(crate) before: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("bounds and digits are in order");
        Self(Mutex::new(Counts { latencies, errors: BTreeMap::new(), before: 0 }))
    }

    pub(crate) fn add(&self, took: Duration, outcome: Result<(), String>) {
        let mut counts = self.counts();
        match outcome {
            Ok(()) => counts.latencies.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)),
            Err(kind) => {
                let known = counts.errors.len() < KINDS || counts.errors.contains_key(&kind);
                *counts.errors.entry(if known { kind } else { "others".to_owned() }).or_default() += 1;
            }
        }
    }

    pub(crate) fn warm_up(&self) {
        self.counts().before += 1;
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
