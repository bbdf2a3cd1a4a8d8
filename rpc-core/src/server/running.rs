//! A call whose handler runs in a task of its own, and how it is ended before it ends itself. What it is sent over is not
//! known here.

use tokio::{task::AbortHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::status::Code;

/// A call whose handler runs in a task of its own.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) deadline: Option<Instant>,
    /// `None` only while the task is being spawned.
    pub(super) task: Option<AbortHandle>,
    pub(super) cancelled: CancellationToken,
    /// Why it was stopped, if it was.
    pub(super) stopped: Option<Code>,
}

impl Running {
    pub(super) fn new(deadline: Option<Instant>, cancelled: CancellationToken) -> Self {
        Self { deadline, task: None, cancelled, stopped: None }
    }

    /// Has the handler ended; its terminal frame follows when it has. What is given back does it, outside of the lock:
    /// it runs wakers that are the user's.
    pub(super) fn stop(&mut self, why: Code) -> Stop {
        self.stopped.get_or_insert(why);
        Stop { task: self.task.clone(), cancelled: self.cancelled.clone() }
    }
}

/// The end of a handler.
#[must_use]
pub(super) struct Stop {
    task: Option<AbortHandle>,
    cancelled: CancellationToken,
}

impl Stop {
    pub(super) fn run(self) {
        self.cancelled.cancel();
        if let Some(task) = self.task {
            task.abort();
        }
    }
}
