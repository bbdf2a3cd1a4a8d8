//! The one timer of a connection: it carries all deadlines of its calls, and the look for idleness.

use std::{future::Future, pin::Pin, task::Context, time::Duration};

use tokio::time::{Instant, Sleep, sleep_until};

/// How often a busy connection looks whether it has become idle. An idle one never does: the timer is not armed.
pub(crate) const IDLE_LOOK: Duration = Duration::from_secs(1);

/// A timer that is armed rarely: deadlines that lie behind the time it is armed for cost nothing.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
    /// The runtime knows of the armed time and wakes the task; asking it again would cost more than looking.
    registered: bool,
}

impl Timer {
    /// Arms the timer for `at`, or disarms it.
    pub(crate) fn set(&mut self, at: Option<Instant>) {
        if self.armed == at {
            return;
        }
        self.armed = at;
        self.registered = false;
        match (at, &mut self.sleep) {
            (Some(at), Some(sleep)) => sleep.as_mut().reset(at),
            (Some(at), None) => self.sleep = Some(Box::pin(sleep_until(at))),
            (None, _) => self.sleep = None,
        }
    }

    /// Whether the time has come; the timer is disarmed then. Always polled by the same task.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let (Some(sleep), Some(_)) = (&mut self.sleep, self.armed) else { return false };
        let fired = match self.registered {
            true => sleep.is_elapsed(),
            false => sleep.as_mut().poll(cx).is_ready(),
        };
        self.registered = !fired;
        if fired {
            self.armed = None;
        }
        fired
    }
}

/// `now + time`, or `None` where that is beyond what the clock can say.
pub(crate) fn after(now: Instant, time: Duration) -> Option<Instant> {
    now.checked_add(time)
}
