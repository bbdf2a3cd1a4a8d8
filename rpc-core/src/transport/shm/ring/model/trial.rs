//! Tries a model in every order, and tells what went wrong if something did.

use std::{panic, thread};

use super::memory::Without;

/// Switches between threads in one history that none of them needs, unless the environment says how many.
const PREEMPTIONS: usize = 2;

/// How a model fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A payload is written while it is read.
    Race,
    /// Both wait for each other.
    Deadlock,
    /// A frame is lost, or is not what was sent.
    Frames,
}

/// What goes wrong in the model in any order.
pub(super) fn tried(model: fn(Without), without: Without) -> Option<Wrong> {
    // In a thread of its own: of one that has failed, nothing can be used any more.
    let trial = thread::spawn(move || {
        let mut orders = loom::model::Builder::new();
        orders.preemption_bound.get_or_insert(PREEMPTIONS);
        orders.check(move || model(without));
    });
    let panic = trial.join().err()?;
    let message = panic.downcast_ref::<String>().map_or_else(|| panic.downcast_ref().copied(), |text| Some(&**text));
    match message {
        Some(text) if text.starts_with("Causality violation") => Some(Wrong::Race),
        Some(text) if text.starts_with("deadlock") => Some(Wrong::Deadlock),
        Some(text) if text.contains("frames:") => Some(Wrong::Frames),
        _ => panic::resume_unwind(panic),
    }
}

/// Nothing goes wrong in the model in any order.
pub(super) fn holds(model: fn(Without)) {
    assert_eq!(tried(model, Without::Nothing), None);
}
