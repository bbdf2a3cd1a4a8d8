//! Streams and time, by a clock that stands still while anything happens: which limit counts when, who is idle and who is
//! not, and which call a stream belongs to. Over `mem`, where nothing is the kernel's.

use std::{fmt::Display, time::Duration};

use futures_util::{StreamExt, stream};
use rpc_core::{CallError, Code, Context, Delivery, Limits, Streaming, service};
use rpc_tests::{LaboratoryClient, Setup, StreamsClient, poll_once, tidy};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Takes numbers with pauses, and gives how many there were.
#[service(name = "test.Slow")]
trait Slow {
    async fn take(&self, pauses: Pauses, numbers: Streaming<u64>) -> u64;
    #[rpc(timeout = "1h")]
    async fn take_for_an_hour(&self, pauses: Pauses, numbers: Streaming<u64>) -> u64;
}

/// Seconds before the first number, behind each, and behind the last.
type Pauses = (u64, u64, u64);

struct Taker;

impl Slow for Taker {
    async fn take(&self, (before, each, after): Pauses, mut numbers: Streaming<u64>) -> u64 {
        let mut count = 0;
        sleep(Duration::from_secs(before)).await;
        while let Some(Ok(_)) = numbers.next().await {
            count += 1;
            sleep(Duration::from_secs(each)).await;
        }
        sleep(Duration::from_secs(after)).await;
        count
    }

    async fn take_for_an_hour(&self, pauses: Pauses, numbers: Streaming<u64>) -> u64 {
        self.take(pauses, numbers).await
    }
}

/// Runs a test, which may take long by its own clock and must not take for ever; afterwards nothing may be left.
async fn over_mem(test: impl AsyncFnOnce(&Setup)) {
    let setup = Setup::over("mem://{unique}");
    timeout(1_000 * HOUR, test(&setup)).await.expect("the test waits for nothing");
    tidy(&setup).await;
}

/// A client of `Slow`, with the limits of its server and its own.
async fn slow(setup: &Setup, server: Limits, client: Limits) -> SlowClient {
    let served = setup.serve_at(&setup.address(), |add| add.limits(server).add(SlowServer::new(Taker))).await;
    SlowClient::new(setup.config().limits(client).connect(&served.url).await.unwrap())
}

/// Timers fire at whole milliseconds, rounded up.
fn about(took: Duration, expected: Duration) {
    assert!((expected..expected + Duration::from_millis(3)).contains(&took), "{took:?} instead of {expected:?}");
}

/// The call stood still for too long; nothing says whether it has run.
fn stood_still<E: std::error::Error + 'static>(error: &CallError<E>)
where
    CallError<E>: Display,
{
    assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
    assert!(error.to_string().contains("`idle_timeout`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_time_of_the_calls_own_is_not_cut_behind_the_last_item() {
    over_mem(async |setup| {
        let client = slow(setup, Limits::default(), Limits::default().call_timeout(7 * SECOND)).await;
        let numbers = || stream::iter([1, 2]);
        assert_eq!(client.take((0, 0, 500), numbers()).timeout(600 * SECOND).await.unwrap(), 2);
        assert_eq!(client.take((0, 0, 50_000), numbers()).timeout(Duration::MAX).await.unwrap(), 2);
        assert_eq!(client.take_for_an_hour((0, 0, 3_000), numbers()).await.unwrap(), 2);
        // It holds to its end all the same.
        let start = Instant::now();
        let late = client.take((0, 0, 700), numbers()).timeout(600 * SECOND).await.unwrap_err();
        assert!(late.to_string().contains("the deadline of 600s"), "{late}");
        about(start.elapsed(), 600 * SECOND);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_time_of_its_own_a_call_has_call_timeout_behind_the_last_item() {
    over_mem(async |setup| {
        let client = slow(setup, Limits::default(), Limits::default().call_timeout(7 * SECOND)).await;
        let numbers = || {
            stream::iter([1, 2]).then(|number| async move {
                sleep(50 * SECOND).await;
                number
            })
        };
        assert_eq!(client.take((0, 0, 6), numbers()).await.unwrap(), 2);
        let start = Instant::now();
        let late = client.take((0, 0, 600), numbers()).await.unwrap_err();
        assert_eq!((late.code(), late.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{late}");
        assert!(late.to_string().contains("within 7s, the limit `call_timeout`"), "{late}");
        about(start.elapsed(), 107 * SECOND);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_method_that_has_taken_over_items_is_not_idle_until_it_has_handled_them() {
    over_mem(async |setup| {
        let client = slow(setup, Limits::default().idle_timeout(5 * SECOND), Limits::default()).await;
        // All ten are taken over at once, and handled one by one. Nothing comes meanwhile.
        for before in [0, 20] {
            let last = stream::once(async move {
                sleep(Duration::from_secs(before + 12)).await;
                10
            });
            let call = client.take((before, 1, 0), stream::iter(0..10).chain(last)).timeout(100 * SECOND);
            assert_eq!(call.await.unwrap(), 11);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_program_that_has_taken_over_items_is_not_idle_until_it_has_handled_them() {
    over_mem(async |setup| {
        let (_served, client) = setup.stream_pair().await;
        let handled_by = [(9, 1_100), (10, 1_000), (2, 17_000), (2, 19_000)];
        // It says that it has taken them one by one, or all together.
        for ((to, each), window) in handled_by.into_iter().flat_map(|times| [(times, 2), (times, 1_000)]) {
            let call = client.stay(1, to).idle_timeout(5 * SECOND).window(1 << 20, window);
            let mut items = call.await.unwrap();
            for number in 0..to {
                if number > 0 {
                    sleep(Duration::from_millis(each)).await;
                }
                assert_eq!(items.next().await.unwrap().unwrap(), number);
            }
            assert!(timeout(4 * SECOND, items.next()).await.is_err(), "it was busy with items all the time");
            stood_still(&timeout(HOUR, items.next()).await.expect("nothing comes").unwrap().unwrap_err());
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_idle_once_all_items_have_come_and_gone() {
    over_mem(async |setup| {
        let limits = || Limits::default().idle_timeout(5 * SECOND);
        let client = slow(setup, limits(), limits()).await;
        assert_eq!(client.take((0, 0, 20), stream::iter(0..10)).await.unwrap(), 10);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_items_have_waited_for_long_is_idle_when_they_are_taken_and_no_more_come() {
    over_mem(async |setup| {
        let (_served, client) = setup.stream_pair().await;
        let mut items = client.stay(1, 10).idle_timeout(5 * SECOND).await.unwrap();
        sleep(20 * SECOND).await;
        for number in 0..10 {
            assert_eq!(items.next().await.unwrap().unwrap(), number);
        }
        stood_still(&timeout(HOUR, items.next()).await.expect("it is idle").unwrap().unwrap_err());

        let client = slow(setup, Limits::default().idle_timeout(5 * SECOND), Limits::default()).await;
        let numbers = stream::iter(0..10).chain(stream::pending());
        let call = client.take((20, 0, 0), numbers).timeout(Duration::MAX);
        stood_still(&timeout(HOUR, call).await.expect("it is idle").unwrap_err());
    })
    .await;
}

/// Gives to another service a stream that makes calls of its own.
#[service(name = "test.Onward")]
trait Onward {
    /// Has the stream wait for this id.
    async fn pass_on(&self, id: u64, detached: bool);
}

struct Passing {
    streams: StreamsClient,
    laboratory: LaboratoryClient,
    /// Whether the stream has a context, and how long its calls have.
    seen: mpsc::UnboundedSender<(bool, Option<u64>)>,
}

impl Onward for Passing {
    async fn pass_on(&self, id: u64, detached: bool) {
        let (laboratory, seen) = (self.laboratory.clone(), self.seen.clone());
        let loads = stream::once(async move {
            let left = laboratory.context().timeout(Duration::MAX).await.expect("it answers").time_left;
            let _ = seen.send((Context::current().is_some(), left));
            // In a task that goes on when the stream ends with its call.
            rpc_core::spawn(async move { laboratory.wait(id).timeout(Duration::MAX).await });
            vec![1]
        });
        let call = self.streams.weigh(loads.chain(stream::pending())).timeout(Duration::MAX);
        let _ = if detached { call.detached().await } else { call.await };
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_the_stream_of_a_handlers_call_makes_belong_to_the_handlers_call_unless_it_is_detached() {
    over_mem(async |setup| {
        let inner = setup.serve_with(Limits::default()).await;
        let (streams, laboratory) = (setup.streams(&inner, Limits::default()).await, setup.client(&inner).await);
        let (seen, mut watching) = mpsc::unbounded_channel();
        let passing = Passing { streams, laboratory, seen };
        let outer = setup.serve_at(&setup.address(), |server| server.add(OnwardServer::new(passing))).await;
        let client = OnwardClient::new(setup.channel(&outer).await);

        let call = poll_once(client.pass_on(1, false).timeout(100 * SECOND)).await;
        let (here, left) = watching.recv().await.unwrap();
        assert!(here && left.is_some_and(|left| left <= 100_000_000), "{left:?}");
        inner.desk.until_ran(1).await;
        drop(call);
        inner.desk.until_running(0).await;

        let call = poll_once(client.pass_on(2, true).timeout(100 * SECOND)).await;
        assert_eq!(watching.recv().await.unwrap(), (false, None));
        inner.desk.until_ran(2).await;
        drop(call);
        // The upload ends with its call; what it began does not.
        inner.desk.until_running(1).await;
        sleep(HOUR).await;
        assert_eq!(inner.desk.running(), 1);
        inner.desk.release(1);
    })
    .await;
}
