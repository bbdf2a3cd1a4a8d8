//! Somebody who waits for credit, and is woken when there is some, or when the stream is no more.

use std::task::{Context, Waker};

/// A waker that is woken when it is dropped, so that nobody waits for a stream that is gone.
#[derive(Debug, Default)]
pub(crate) struct Parked(Option<Waker>);

impl Parked {
    /// Waits here; whoever waited before does no longer.
    pub(crate) fn park(&mut self, cx: &Context<'_>) {
        if !self.0.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.0 = Some(cx.waker().clone());
        }
    }

    /// Whether somebody waits here.
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.is_some()
    }

    /// Who waits here, to be woken elsewhere.
    pub(crate) fn take(&mut self) -> Option<Waker> {
        self.0.take()
    }

    pub(crate) fn wake(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.wake();
    }
}
