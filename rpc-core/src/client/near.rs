//! A caller that looks for its reply where it runs: over a link on which that takes less time than to hand over to the
//! driver and back. Only one that is alone does, for others would wait for their turn meanwhile.

use std::{
    sync::{Mutex, MutexGuard},
    task::{Context, Poll},
};

use tokio::task::coop;

use super::{
    reader::Reader,
    session::{Session, State},
};
use crate::link::LinkTx;

/// Calls in a row that must have begun alone, before one looks itself: where several callers take turns, the first of them
/// is alone for a moment too.
const ALONE: u32 = 8;

/// The reader, for a call that may look itself.
pub(super) struct Near<'a> {
    reader: Option<MutexGuard<'a, Reader>>,
    looks: bool,
}

impl<'a> Near<'a> {
    /// Nobody, over a link on which frames take their time, or while somebody else reads.
    pub(super) fn of(tx: &dyn LinkTx, reader: &'a Mutex<Reader>) -> Self {
        let reader = if tx.gathers() { None } else { reader.try_lock().ok() };
        Self { reader, looks: false }
    }

    /// A call is about to be sent. Whether it is to look for its reply itself; the driver then comes afterwards, for what the
    /// caller does not see.
    pub(super) fn expect(&mut self, state: &mut State, cx: &mut Context<'_>) -> bool {
        let Some(reader) = &mut self.reader else { return false };
        if !state.wire.calls.is_empty() {
            state.alone = 0;
            return false;
        }
        state.alone = state.alone.saturating_add(1);
        if state.alone <= ALONE || !reader.expect() {
            return false;
        }
        if !reader.driver_comes {
            reader.driver_comes = true;
            state.wake_driver();
        }
        // Calls that end where they begin must not keep other tasks from running for ever.
        if let Poll::Ready(turn) = coop::poll_proceed(cx) {
            turn.made_progress();
            self.looks = true;
        }
        self.looks
    }

    /// Looks for the reply, if this call is to.
    pub(super) fn look(mut self, session: &Session) {
        if let Some(reader) = self.reader.as_mut().filter(|_| self.looks) {
            reader.spin(session);
        }
    }
}
