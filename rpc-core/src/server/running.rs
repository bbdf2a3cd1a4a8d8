//! A call whose handler runs in a task of its own, and how it is ended before it ends itself. What it is sent over is not
//! known here.

use std::time::Duration;

use tokio::{task::AbortHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    budget::Full,
    status::{Code, Status},
};

/// A call whose handler runs in a task of its own.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) deadline: Option<Instant>,
    /// `None` only while the task is being spawned.
    pub(super) task: Option<AbortHandle>,
    pub(super) cancelled: CancellationToken,
    /// Why it was stopped, if it was.
    pub(super) stopped: Option<Why>,
}

/// Why a handler was stopped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    Cancelled,
    Late,
    /// No item has come or gone for this long.
    Idle(Duration),
    /// There was no room for an item.
    NoRoom(Full),
    /// The server ends.
    Killed,
}

impl Why {
    pub(super) fn status(self) -> Status {
        match self {
            Self::Cancelled => Status::new(Code::Cancelled, "the caller has cancelled the call"),
            Self::Late => Status::new(Code::DeadlineExceeded, "the deadline has passed on the server"),
            Self::Idle(idle) => {
                let text = format!("no item has come or gone for {idle:?}, the server's limit `idle_timeout`");
                Status::new(Code::DeadlineExceeded, text)
            }
            Self::NoRoom(Full { name: name @ "stall_timeout", limit }) => {
                let text = format!("nothing more came of an item for {limit} s, the server's limit `{name}`");
                Status::new(Code::ResourceExhausted, text)
            }
            Self::NoRoom(Full { name, limit }) => {
                let text = format!("an item was dropped: the server's limit `{name}` of {limit} is reached");
                Status::new(Code::ResourceExhausted, text)
            }
            Self::Killed => Status::new(Code::Unavailable, "the server has stopped"),
        }
    }
}

impl Running {
    pub(super) fn new(deadline: Option<Instant>, cancelled: CancellationToken) -> Self {
        Self { deadline, task: None, cancelled, stopped: None }
    }

    /// Has the handler ended; its terminal frame follows when it has. What is given back does it, outside of the lock:
    /// it runs wakers that are the user's.
    pub(super) fn stop(&mut self, why: Why) -> Stop {
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
