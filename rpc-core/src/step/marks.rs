//! Marks of the steps of a call, recorded while recording is on.
//!
//! Meant for looking at one call at a time: marks carry no call, so whoever records makes sure that nothing else runs.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Step, clock};

/// Most marks kept, so that a forgotten recording does not grow for ever.
const MOST: usize = 4_096;

static ON: AtomicBool = AtomicBool::new(false);
static MARKS: Mutex<Vec<Mark>> = Mutex::new(Vec::new());

/// When a step began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The place of the step in [`Step::ALL`].
    pub step: u8,
    /// When, by [`now`].
    pub at: Duration,
}

/// The clock of the marks. On Linux it is the machine's monotonic clock, which all processes share; elsewhere its
/// start differs from process to process.
#[must_use]
pub fn now() -> Duration {
    clock::now()
}

/// Turns recording on, with nothing recorded yet, or off.
pub fn record(on: bool) {
    if on {
        marks().clear();
    }
    ON.store(on, Ordering::Relaxed);
}

/// What was recorded since recording was turned on last.
#[must_use]
pub fn recorded() -> Vec<Mark> {
    marks().clone()
}

#[inline]
pub(crate) fn mark(step: Step) {
    if ON.load(Ordering::Relaxed) {
        let mark = Mark { step: step as u8, at: now() };
        let mut marks = marks();
        if marks.len() < MOST {
            marks.push(mark);
        }
    }
}

fn marks() -> MutexGuard<'static, Vec<Mark>> {
    MARKS.lock().unwrap_or_else(PoisonError::into_inner)
}
