//! The loop that sends and takes the items of a stream, and measures how many arrive. The clock is looked at where items
//! are counted, so that the figure of one stream is of exactly those that arrived between two looks; of several it is of
//! those between the first such look and the last.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use tokio::{
    pin,
    task::JoinSet,
    time::{sleep_until, timeout_at},
};

use crate::{
    Load, Method, Report, Source,
    meter::{GRACE, Reading, Span},
    report::Cost,
    source::LOOK,
};

/// One connection of a program that is measured, and the streams that it can begin on it, one at a time. An error is the
/// kind of failure.
pub trait Streams {
    /// What the server sends.
    type Items: Items;

    /// Asks for so many items.
    fn ticks(self, items: u64) -> impl Future<Output = Result<Self::Items, String>>;

    /// Sends an item each time that `source` says so, and gives what the server has counted: bytes, or the sum of the ones.
    fn sink(&mut self, source: Source) -> impl Future<Output = Result<u64, String>>;

    /// Sends the same while the server sends each item back.
    fn relay(self, source: Source) -> impl Future<Output = Result<Self::Items, String>>;
}

/// Items that come.
pub trait Items {
    /// Waits for at least one item, and takes what is there: how many; 0 at the stream's end. It checks that they are those
    /// that were to come.
    ///
    /// # Cancel safety
    /// No item may be lost where the future is dropped.
    fn take(&mut self) -> impl Future<Output = Result<u64, String>>;
}

/// Drives a stream.
#[derive(Debug)]
pub struct StreamWorker<S> {
    streams: S,
    load: Load,
    span: Span,
}

/// What came of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    warm_up: u64,
    items: u64,
    /// When the first item that counts could come, and when the last had.
    begin: Reading,
    end: Reading,
}

impl Arrived {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            warm_up: self.warm_up + other.warm_up,
            items: self.items + other.items,
            begin: std::cmp::min_by_key(self.begin, other.begin, |reading| reading.at),
            end: std::cmp::max_by_key(self.end, other.end, |reading| reading.at),
        }
    }
}

impl<S: Streams> StreamWorker<S> {
    /// Sends and takes items until the time is over.
    ///
    /// # Errors
    /// The stream failed: the kind of failure.
    pub async fn run(self) -> Result<Arrived, String> {
        let Self { streams, load, span } = self;
        let most = load.calls.unwrap_or(u64::MAX);
        match load.method {
            Method::Ticks => taken(streams.ticks(most).await?, &load, span).await,
            // It does not end by itself before the measurement does.
            Method::Relay => taken(streams.relay(Source::new(most, span.end + GRACE)).await?, &load, span).await,
            Method::Sink | Method::Sum => sent(streams, &load, span).await,
            method => Err(format!("{method} is no stream")),
        }
    }
}

/// Runs the one stream of a load, for programs that have no more: as [`run_streams`].
///
/// # Cancel safety
/// Dropping the future ends the stream.
pub async fn run_stream<S: Streams>(
    load: &Load,
    streams: S,
    spawn: impl FnMut(&mut JoinSet<Result<Arrived, String>>, StreamWorker<S>),
) -> Report {
    let one = Load { in_flight: 1, ..load.clone() };
    if load.connections != 1 {
        return report(&one, None, BTreeMap::from([("there is one connection for streams".to_owned(), 1)]));
    }
    run_streams(&one, vec![streams], spawn).await
}

/// Runs the streams of a load: `spawn` is to spawn [`StreamWorker::run`] into the set, each worker with one of `streams`.
///
/// # Cancel safety
/// Dropping the future ends the streams.
pub async fn run_streams<S: Streams>(
    load: &Load,
    streams: Vec<S>,
    mut spawn: impl FnMut(&mut JoinSet<Result<Arrived, String>>, StreamWorker<S>),
) -> Report {
    let mut failed = BTreeMap::new();
    if load.rate.is_some() || load.in_flight == 0 {
        failed.insert("streams have no rate, and do not rest".to_owned(), 1);
        return report(load, None, failed);
    }
    let span = Span::from_now(load);
    let mut workers = JoinSet::new();
    for (streams, calls) in shared(load.calls, streams) {
        spawn(&mut workers, StreamWorker { streams, load: Load { calls, ..load.clone() }, span });
    }
    let mut arrived: Option<Arrived> = None;
    let mut fails = |kind: String, times: usize| *failed.entry(kind).or_default() += times as u64;
    loop {
        match timeout_at((span.end + GRACE).into(), workers.join_next()).await {
            Ok(None) => break,
            Ok(Some(Ok(Ok(one)))) => arrived = Some(arrived.map_or(one, |others| others.and(one))),
            Ok(Some(Ok(Err(kind)))) => fails(kind, 1),
            Ok(Some(Err(_))) => fails("a panic".to_owned(), 1),
            Err(_) => {
                fails("the stream did not end in time".to_owned(), workers.len());
                break;
            }
        }
    }
    report(load, arrived, failed)
}

/// Who sends or takes how many items, where they are counted: each as many as the others, or one more. With fewer items
/// than streams the last have nothing to do.
fn shared<S>(items: Option<u64>, streams: Vec<S>) -> impl Iterator<Item = (S, Option<u64>)> {
    let count = streams.len() as u64;
    let shares = (0..count).map(move |at| items.map(|items| items / count + u64::from(at < items % count)));
    streams.into_iter().zip(shares).filter(|(_, share)| *share != Some(0))
}

fn report(load: &Load, arrived: Option<Arrived>, failed: BTreeMap<String, u64>) -> Report {
    match arrived {
        Some(Arrived { warm_up, items, begin, end }) => {
            Report::of_items(load, warm_up, items, &end.since(&begin), failed)
        }
        None => Report::of_items(load, 0, 0, &Cost::default(), failed),
    }
}

/// Takes items, all of them or those of the time.
async fn taken(mut items: impl Items, load: &Load, span: Span) -> Result<Arrived, String> {
    let endless = load.calls.is_none();
    let warm_up = if endless { take(&mut items, endless, span.begin).await? } else { 0 };
    let begin = Reading::now();
    let items = take(&mut items, endless, span.end).await?;
    if items == 0 {
        return Err("nothing came".to_owned());
    }
    Ok(Arrived { warm_up, items, begin, end: Reading::now() })
}

/// Takes items until a time, or until the stream ends, which an `endless` one does not.
async fn take(items: &mut impl Items, endless: bool, until: Instant) -> Result<u64, String> {
    let (mut taken, mut look) = (0, LOOK);
    let over = sleep_until(until.into());
    pin!(over);
    loop {
        let more = tokio::select! {
            biased; // the timer is not looked at while items are there
            more = items.take() => more?,
            () = &mut over => return Ok(taken),
        };
        match more {
            0 if endless => return Err("the stream has ended".to_owned()),
            0 => return Ok(taken),
            more => taken += more,
        }
        if taken >= look {
            if Instant::now() >= until {
                return Ok(taken);
            }
            look = taken + LOOK;
        }
    }
}

/// Sends items in two streams, one to warm up and one that is measured until the server has counted all of it: what is on
/// its way when a stream ends has not arrived.
async fn sent(mut streams: impl Streams, load: &Load, span: Span) -> Result<Arrived, String> {
    let (warms_up, most) = (load.calls.is_none(), load.calls.unwrap_or(u64::MAX));
    let warm_up = if warms_up { counted(&mut streams, load, Source::new(most, span.begin)).await? } else { 0 };
    let begin = Reading::now();
    let until = begin.at + Duration::from_secs_f64(load.seconds);
    let items = counted(&mut streams, load, Source::new(most, until)).await?;
    Ok(Arrived { warm_up, items, begin, end: Reading::now() })
}

/// Sends items in a stream: how many, if the server has counted as much.
async fn counted(streams: &mut impl Streams, load: &Load, source: Source) -> Result<u64, String> {
    let shown = source.shown();
    let counted = streams.sink(source).await?;
    let sent = shown.load(Relaxed);
    let each = if load.method == Method::Sum { 1 } else { load.size as u64 };
    if counted == sent * each { Ok(sent) } else { Err("a wrong count".to_owned()) }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;
    use crate::cli::tests::load;

    /// A stream of its own: what is sent comes back in twos, and is counted as `bytes` each.
    #[derive(Clone)]
    struct Fake {
        bytes: u64,
        /// Items that come at most, whatever is asked for.
        most: u64,
    }

    struct Twos {
        source: Source,
        left: u64,
    }

    impl Items for Twos {
        async fn take(&mut self) -> Result<u64, String> {
            yield_now().await;
            let taken = self.source.by_ref().take(self.left.min(2) as usize).count() as u64;
            self.left -= taken;
            Ok(taken)
        }
    }

    impl Streams for Fake {
        type Items = Twos;

        async fn ticks(self, items: u64) -> Result<Twos, String> {
            Ok(Twos { source: Source::new(items, Instant::now() + GRACE * 60), left: self.most })
        }

        async fn sink(&mut self, source: Source) -> Result<u64, String> {
            yield_now().await;
            Ok(source.count() as u64 * self.bytes)
        }

        async fn relay(self, source: Source) -> Result<Twos, String> {
            Ok(Twos { source, left: self.most })
        }
    }

    async fn report(arguments: &str, fake: Fake) -> Report {
        run_stream(&load(arguments), fake, |tasks, worker| drop(tasks.spawn(worker.run()))).await
    }

    /// Runs streams, each in a task.
    macro_rules! spawned {
        ($load:expr, $streams:expr) => {
            run_streams($load, $streams, |tasks, worker| drop(tasks.spawn(worker.run()))).await
        };
    }

    fn whole() -> Fake {
        Fake { bytes: 16, most: u64::MAX }
    }

    #[tokio::test]
    async fn as_many_items_count_as_were_asked_for() {
        for method in ["ticks", "sink", "relay"] {
            let report = report(&format!("--method {method} --size 16 --calls 1001 --seconds 60"), whole()).await;
            assert_eq!((report.calls, report.warm_up, report.errors.len()), (1_001, 0, 0), "{method}");
        }
    }

    #[tokio::test]
    async fn items_that_come_while_all_warms_up_are_told_from_those_that_are_measured() {
        for method in ["ticks", "sink", "relay"] {
            let report = report(&format!("--method {method} --size 16 --seconds 0.05"), whole()).await;
            assert!(report.errors.is_empty() && report.warm_up > 0 && report.calls > 0, "{method}: {report:?}");
            let per_second = report.calls as f64 / report.seconds;
            assert!((report.calls_per_second - per_second).abs() < 1.0, "{method}");
        }
    }

    #[tokio::test]
    async fn a_stream_that_ends_before_its_time_has_failed() {
        for method in ["ticks", "relay"] {
            let report = report(&format!("--method {method} --seconds 60"), Fake { bytes: 16, most: 1_000 }).await;
            assert_eq!(report.calls, 0);
            assert_eq!(report.errors.into_keys().collect::<Vec<_>>(), ["the stream has ended"], "{method}");
        }
    }

    #[tokio::test]
    async fn a_server_that_counts_other_than_what_was_sent_has_failed() {
        for (method, bytes, wrong) in [("sink", 16, 0), ("sink", 15, 1), ("sum", 1, 0), ("sum", 16, 1)] {
            let report = report(&format!("--method {method} --size 16 --calls 10"), Fake { bytes, most: 0 }).await;
            let errors = report.errors.get("a wrong count").copied().unwrap_or_default();
            assert_eq!((errors, report.calls), (wrong, 10 * (1 - wrong)), "{method}, {bytes} each");
        }
    }

    #[tokio::test]
    async fn what_is_no_stream_or_more_than_one_is_refused() {
        for arguments in ["--method echo", "--method ticks --connections 2", "--method ticks --rate 10"] {
            assert_eq!(report(arguments, whole()).await.errors.len(), 1, "{arguments}");
        }
        let resting = load("--method ticks --in-flight 0");
        assert_eq!(spawned!(&resting, vec![whole()]).errors.len(), 1);
    }

    #[tokio::test]
    async fn several_streams_count_together_and_share_the_items_that_are_asked_for() {
        for method in ["ticks", "sink", "relay"] {
            let arguments = |more| format!("--method {method} --size 16 --in-flight 3 --seconds 60 {more}");
            for items in [1, 2, 3, 1_000] {
                let load = load(&arguments(format!("--calls {items}")));
                let report = spawned!(&load, load.each([whole()]));
                assert_eq!((report.calls, report.in_flight, report.errors.len()), (items, 3, 0), "{method}");
            }
            let load = load(&arguments("--calls 10".to_owned()));
            let report = spawned!(&load, vec![whole(), Fake { bytes: 15, most: 0 }, whole()]);
            assert_eq!(report.calls, 4 + 3, "{method}: the 3 of the middle one do not count");
            assert_eq!(report.errors.values().sum::<u64>(), 1, "{method}: {:?}", report.errors);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_stream_is_counted_until_its_time_is_over() {
        let load = load("--method ticks --seconds 3600");
        let report = spawned!(&load, vec![Slow]);
        // The timer goes on meanwhile, the clock on the wall stands still; the two are not the same to a millisecond.
        assert!(report.errors.is_empty() && (3_599..=3_600).contains(&report.calls), "{report:?}");
    }

    /// An item each second.
    struct Slow;

    impl Items for Slow {
        async fn take(&mut self) -> Result<u64, String> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(1)
        }
    }

    impl Streams for Slow {
        type Items = Self;

        async fn ticks(self, _: u64) -> Result<Self, String> {
            Ok(self)
        }

        async fn sink(&mut self, _: Source) -> Result<u64, String> {
            Err("it only ticks".to_owned())
        }

        async fn relay(self, _: Source) -> Result<Self, String> {
            Ok(self)
        }
    }

    /// Nothing ever comes.
    struct Silent;

    impl Items for Silent {
        async fn take(&mut self) -> Result<u64, String> {
            std::future::pending().await
        }
    }

    impl Streams for Silent {
        type Items = Self;

        async fn ticks(self, _: u64) -> Result<Self, String> {
            Ok(self)
        }

        async fn sink(&mut self, _: Source) -> Result<u64, String> {
            std::future::pending().await
        }

        async fn relay(self, _: Source) -> Result<Self, String> {
            Ok(self)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_stands_still_is_given_up() {
        for method in ["ticks", "sink", "relay"] {
            let load = load(&format!("--method {method} --seconds 2"));
            let report = run_stream(&load, Silent, |tasks, worker| drop(tasks.spawn(worker.run()))).await;
            assert_eq!((report.calls, report.errors.len()), (0, 1), "{method}");
        }
    }
}
