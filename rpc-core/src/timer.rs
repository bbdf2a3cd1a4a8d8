//! The one timer of a connection: it carries all deadlines of its calls, and the look for idleness.
//!
//! Callers and handlers say behind the connection's lock, in [`Due`], when it must fire; the driver owns the [`Timer`]
//! itself. It is armed rarely: a deadline behind the time it is armed for costs a comparison, and an idle connection
//! has none armed.

use std::{future::Future, pin::Pin, task::Context, time::Duration};

use tokio::{
    task::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

/// How often a busy connection looks whether it has become idle.
const IDLE_LOOK: Duration = Duration::from_secs(1);

/// When the timer of a connection is to fire.
#[derive(Debug, Default)]
pub(crate) struct Due {
    at: Option<Instant>,
    /// Something happened since the last look.
    busy: bool,
    /// `at` is not behind the next look.
    looking: bool,
}

impl Due {
    /// Something happened on the connection.
    pub(crate) fn note(&mut self) {
        self.busy = true;
    }

    /// Somebody's deadline. Whether the driver must be woken to see it in time.
    pub(crate) fn by(&mut self, deadline: Option<Instant>) -> bool {
        let Some(deadline) = deadline else { return false };
        let sooner = self.at.is_none_or(|at| deadline < at);
        if sooner {
            self.at = Some(deadline);
        }
        sooner
    }

    /// The timer has fired and the deadlines were looked at; `next` is the nearest one left. Whether the connection
    /// was idle since the last look.
    pub(crate) fn looked(&mut self, now: Instant, next: Option<Instant>) -> bool {
        let busy = std::mem::take(&mut self.busy);
        self.looking = busy;
        self.at = [next, busy.then(|| now + IDLE_LOOK)].into_iter().flatten().min();
        !busy
    }
}

/// The timer of a connection.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
    /// The runtime knows of the armed time and wakes the task; asking it again would cost more than looking.
    registered: bool,
}

impl Timer {
    /// Whether something is due. Always polled by the same task.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, due: &mut Due) -> bool {
        if due.busy && !due.looking {
            due.looking = true;
            due.by(Some(Instant::now() + IDLE_LOOK));
        }
        self.poll_at(cx, due.at)
    }

    /// Whether the time has come; the timer is disarmed then.
    pub(crate) fn poll_at(&mut self, cx: &mut Context<'_>, at: Option<Instant>) -> bool {
        self.set(at);
        let (Some(sleep), Some(_)) = (&mut self.sleep, self.armed) else { return false };
        let fired = match self.registered {
            true => sleep.is_elapsed(),
            // Not by the budget of the task: a poll that it cuts short would not have registered.
            false => Pin::new(&mut unconstrained(sleep.as_mut())).poll(cx).is_ready(),
        };
        self.registered = !fired;
        if fired {
            self.armed = None;
        }
        fired
    }

    fn set(&mut self, at: Option<Instant>) {
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
}

/// `now + time`, or `None` where that is beyond what the clock can say.
pub(crate) fn after(now: Instant, time: Duration) -> Option<Instant> {
    now.checked_add(time)
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;

    /// Waits until the timer fires, and says after how long.
    async fn fires(timer: &mut Timer, due: &mut Due) -> Duration {
        let start = Instant::now();
        poll_fn(|cx| if timer.poll(cx, due) { Poll::Ready(()) } else { Poll::Pending }).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_connection_looks_each_second_and_an_idle_one_not_at_all() {
        let (mut timer, mut due) = (Timer::default(), Due::default());
        due.note();
        assert_eq!(fires(&mut timer, &mut due).await.as_secs(), 1);
        due.note();
        assert!(!due.looked(Instant::now(), None), "it was busy");
        assert_eq!(fires(&mut timer, &mut due).await.as_secs(), 1);
        assert!(due.looked(Instant::now(), None), "it was idle");
        assert_eq!((due.at, timer.armed), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_set_by_a_task_that_has_used_up_its_budget_fires_all_the_same() {
        let (mut timer, mut due) = (Timer::default(), Due::default());
        due.by(Some(Instant::now() + Duration::from_millis(100)));
        poll_fn(|cx| {
            while let Poll::Ready(budget) = tokio::task::coop::poll_proceed(cx) {
                budget.made_progress();
            }
            assert!(!timer.poll(cx, &mut due));
            Poll::Ready(())
        })
        .await;
        let fires = tokio::time::timeout(Duration::from_secs(1), fires(&mut timer, &mut due)).await;
        assert_eq!(fires.expect("it fires").as_millis(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_asks_for_the_driver_only_where_it_comes_before_all_others() {
        let (mut timer, mut due) = (Timer::default(), Due::default());
        let now = Instant::now();
        assert!(due.by(Some(now + Duration::from_millis(500))));
        assert!(!due.by(Some(now + Duration::from_millis(600))));
        assert!(!due.by(None));
        assert!(due.by(Some(now + Duration::from_millis(100))));
        assert_eq!(fires(&mut timer, &mut due).await.as_millis(), 100);
        due.looked(Instant::now(), Some(now + Duration::from_millis(500)));
        assert_eq!(fires(&mut timer, &mut due).await.as_millis(), 400);
    }
}
