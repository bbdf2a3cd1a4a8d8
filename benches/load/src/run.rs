//! The loop that makes calls and times them: a task for each call in flight.

use std::{
    future::Future,
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    task::{JoinSet, yield_now},
    time::{interval, sleep, sleep_until, timeout},
};

use crate::{
    Load, Report,
    meter::{GRACE, Meter, Span},
    neighbour::Neighbour,
    pacer::Pacer,
    tally::Tally,
};

/// Makes one call after the other.
pub trait Caller {
    /// Makes a call, and checks its value. An error is the kind of failure, by which failures are counted.
    fn call(&mut self) -> impl Future<Output = Result<(), String>>;
}

/// Makes calls of one caller, one after the other.
#[derive(Debug)]
pub struct Worker<C> {
    caller: C,
    span: Span,
    tally: Arc<Tally>,
    pacer: Option<Arc<Pacer>>,
    /// Calls that may still begin.
    left: Option<Arc<AtomicU64>>,
    /// How long it rests after each call.
    pause: Duration,
    /// Makes one call and then rests.
    rests: bool,
}

impl<C: Caller> Worker<C> {
    /// Makes calls until the time is over.
    pub async fn run(mut self) {
        let mut start = Instant::now();
        loop {
            if let Some(pacer) = &self.pacer {
                start = pacer.start().await;
            }
            if self.left.as_deref().is_some_and(|left| !take(left)) {
                return;
            }
            let outcome = self.caller.call().await;
            let now = Instant::now();
            if now > self.span.end {
                return;
            }
            let failed = outcome.is_err();
            if now >= self.span.begin {
                self.tally.add(now - start, outcome);
            } else {
                self.tally.warm_up();
            }
            if self.rests {
                // The caller, and so its connection, stays.
                return sleep_until(self.span.end.into()).await;
            }
            if failed {
                // One that fails at once would keep all others from running.
                yield_now().await;
            }
            start = now;
            if !self.pause.is_zero() {
                sleep(self.pause).await;
                start = Instant::now();
            }
        }
    }
}

/// Takes one of what is left, if there is any.
fn take(left: &AtomicU64) -> bool {
    left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
}

/// Runs a load: `spawn` is to spawn [`Worker::run`] into the set, each worker with one of `callers`.
///
/// # Cancel safety
/// Dropping the future ends the workers.
pub async fn run<C: Caller>(
    load: &Load,
    callers: Vec<C>,
    mut spawn: impl FnMut(&mut JoinSet<()>, Worker<C>),
) -> Report {
    let span = Span::from_now(load);
    let tally = Arc::new(Tally::new());
    let pacer = load.rate.map(|rate| Arc::new(Pacer::new(Instant::now(), rate)));
    let left = load.calls.map(|calls| Arc::new(AtomicU64::new(calls)));
    let pause = Duration::from_micros(load.pause_us);
    let neighbour = load.neighbour_us.map(|turn| Neighbour::begin(Duration::from_micros(turn), span));
    let mut workers = JoinSet::new();
    // Where all calls count, they begin with the first.
    let meter = load.calls.map(|_| Meter::begin());
    for caller in callers {
        let (tally, pacer, left) = (tally.clone(), pacer.clone(), left.clone());
        spawn(&mut workers, Worker { caller, span, tally, pacer, left, pause, rests: load.in_flight == 0 });
    }
    sleep_until(span.begin.into()).await;
    let meter = meter.unwrap_or_else(Meter::begin);
    let shown = !load.json && std::io::stderr().is_terminal();
    tokio::select! {
        () = sleep_until(span.end.into()) => {}
        () = all(&mut workers) => {}
        () = progress(&tally), if shown => {}
    }
    let turns = neighbour.as_ref().map(Neighbour::turns);
    let cost = meter.end();
    if shown {
        eprint!("\r\x1b[K");
    }
    let seconds = cost.time.as_secs_f64();
    let neighbour_turns_per_second = turns.map(|turns| turns as f64 / seconds);
    let report = Report { neighbour_turns_per_second, ..Report::of_calls(load, &tally.counts(), &cost) };
    let _ = timeout(GRACE, all(&mut workers)).await;
    report
}

/// Runs a load without a runtime: one call in flight, made by this thread.
pub fn run_blocking(load: &Load, mut call: impl FnMut() -> Result<(), String>) -> Report {
    let span = Span::from_now(load);
    let tally = Tally::new();
    let mut left = load.calls.unwrap_or(u64::MAX);
    let mut meter = None;
    let mut start = Instant::now();
    while start < span.end && left > 0 {
        if start >= span.begin && meter.is_none() {
            meter = Some(Meter::begin());
        }
        let outcome = call();
        let now = Instant::now();
        if start >= span.begin {
            tally.add(now - start, outcome);
        } else {
            tally.warm_up();
        }
        start = now;
        if load.pause_us > 0 {
            thread::sleep(Duration::from_micros(load.pause_us));
            start = Instant::now();
        }
        left -= 1;
    }
    let cost = meter.unwrap_or_else(Meter::begin).end();
    Report::of_calls(load, &tally.counts(), &cost)
}

async fn all(workers: &mut JoinSet<()>) {
    while workers.join_next().await.is_some() {}
}

/// Says once a second how it goes, in a line of the terminal. Never ends.
async fn progress(tally: &Tally) {
    let mut seconds = interval(Duration::from_secs(1));
    let mut before = 0;
    seconds.tick().await;
    for second in 1.. {
        seconds.tick().await;
        let (calls, errors) = {
            let counts = tally.counts();
            (counts.latencies.len(), counts.errors.values().sum::<u64>())
        };
        eprint!("\r\x1b[K{second} s: {} calls/s, {errors} errors", calls - before);
        let _ = std::io::stderr().flush();
        before = calls;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::load;

    /// Fails every third time.
    struct Thirds(u32);

    impl Caller for Thirds {
        async fn call(&mut self) -> Result<(), String> {
            yield_now().await;
            self.0 += 1;
            if self.0.is_multiple_of(3) { Err("third".to_owned()) } else { Ok(()) }
        }
    }

    async fn report(load: &Load, callers: Vec<Thirds>) -> Report {
        run(load, callers, |workers, worker| drop(workers.spawn(worker.run()))).await
    }

    #[tokio::test]
    async fn as_many_calls_are_made_as_are_asked_for_and_failures_count_by_their_kind() {
        let load = load("--calls 300 --in-flight 1 --seconds 60");
        let report = report(&load, vec![Thirds(0)]).await;
        assert_eq!((report.calls, report.warm_up), (200, 0));
        assert_eq!(report.errors.into_iter().collect::<Vec<_>>(), [("third".to_owned(), 100)]);
    }

    #[tokio::test]
    async fn many_workers_share_the_calls_that_are_asked_for() {
        let load = load("--calls 1000 --in-flight 8 --seconds 60");
        let report = report(&load, load.each([0]).into_iter().map(Thirds).collect()).await;
        assert_eq!(report.calls + report.errors["third"], 1_000);
    }

    #[tokio::test]
    async fn without_calls_in_flight_each_connection_makes_one_and_rests() {
        let load = load("--in-flight 0 --connections 5 --seconds 0.05");
        let report = report(&load, load.each(0..5).into_iter().map(|_| Thirds(0)).collect()).await;
        assert_eq!(report.calls + report.warm_up, 5);
    }

    #[test]
    fn a_blocking_load_makes_as_many_calls_as_are_asked_for() {
        let mut calls = Thirds(0);
        let report = run_blocking(&load("--calls 30 --in-flight 1 --seconds 60"), || {
            calls.0 += 1;
            if calls.0.is_multiple_of(3) { Err("third".to_owned()) } else { Ok(()) }
        });
        assert_eq!((report.calls, report.errors["third"]), (20, 10));
    }
}
