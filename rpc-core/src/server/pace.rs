//! Which methods are too slow to run inline: a handler that computes for long inside its first poll would hold up
//! every other call of its connection, so a method that did so twice is run in a task of its own from the start.
//!
//! A connection looks at the clock once per batch, and at each call only while its batches are slow.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

/// A poll longer than this is slow: several times what spawning a task costs.
const SLOW: Duration = Duration::from_micros(100);
/// A batch whose calls take longer than this on average is worth looking at call by call.
const SUSPECT: Duration = Duration::from_micros(20);
/// Slow polls until a method runs in tasks of its own.
const STRIKES: u8 = 2;
/// Fast polls in a row until it runs inline again.
const FORGIVEN: u8 = 64;

/// What is known of one method's pace.
#[derive(Debug, Default)]
pub(super) struct Pace {
    strikes: AtomicU8,
    fast: AtomicU8,
}

impl Pace {
    /// Whether the method is to be run in a task of its own.
    pub(super) fn demoted(&self) -> bool {
        self.strikes.load(Ordering::Relaxed) >= STRIKES
    }

    /// A first poll took this long. Concurrent reports may be lost; they only delay the verdict.
    pub(super) fn report(&self, took: Duration) {
        let strikes = self.strikes.load(Ordering::Relaxed);
        if took > SLOW {
            self.strikes.store(strikes.saturating_add(1).min(STRIKES), Ordering::Relaxed);
            self.fast.store(0, Ordering::Relaxed);
        } else if strikes > 0 {
            let fast = self.fast.load(Ordering::Relaxed).saturating_add(1);
            let forgiven = fast >= FORGIVEN;
            self.fast.store(if forgiven { 0 } else { fast }, Ordering::Relaxed);
            if forgiven {
                self.strikes.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// Whether a batch of `calls` that took this long is worth looking at call by call.
pub(super) fn suspect(took: Duration, calls: u32) -> bool {
    took > SUSPECT * calls.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_demoted_after_two_slow_polls_and_forgiven_after_many_fast_ones() {
        let pace = Pace::default();
        pace.report(Duration::from_millis(1));
        assert!(!pace.demoted());
        pace.report(Duration::from_millis(1));
        assert!(pace.demoted());
        for _ in 1..FORGIVEN {
            pace.report(Duration::from_micros(1));
        }
        assert!(pace.demoted());
        pace.report(Duration::from_micros(1));
        assert!(!pace.demoted());
    }
}
