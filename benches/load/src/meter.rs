//! When something is measured, and what this process takes meanwhile. Knows neither calls nor streams.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::{Heap, Load, report::Cost};

/// How long what runs has to end when the time is over.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// When it is measured: what ends from `begin` to `end` counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

impl Span {
    pub(crate) fn from_now(load: &Load) -> Self {
        let begin = Instant::now() + load.warm_up();
        Self { begin, end: begin + Duration::from_secs_f64(load.seconds) }
    }
}

/// Measures what this process takes.
pub(crate) struct Meter(Reading);

/// What this process has taken so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) at: Instant,
    cpu: Duration,
    heap: Option<Heap>,
}

impl Meter {
    pub(crate) fn begin() -> Self {
        Self(Reading::now())
    }

    pub(crate) fn end(self) -> Cost {
        Reading::now().since(&self.0)
    }
}

impl Reading {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), cpu: cpu(), heap: Heap::now() }
    }

    /// What it has taken since another reading.
    pub(crate) fn since(&self, before: &Self) -> Cost {
        let allocations = self.heap.zip(before.heap).map(|(now, then)| now.allocations - then.allocations);
        Cost { time: self.at - before.at, cpu: self.cpu - before.cpu, allocations, heap: self.heap }
    }
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
