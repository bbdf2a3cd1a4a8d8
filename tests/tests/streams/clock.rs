//! What takes how long, by a clock that stands still while anything happens: over `mem`, where nothing is the kernel's.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use rpc_core::{CallError, Code, Delivery, Limits, Streaming};
use rpc_tests::{Served, Setup, StreamsClient, poll_once, tidy, watched};
use tokio::{
    sync::mpsc,
    time::{Instant, advance, sleep, timeout},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Runs a test with the limits of a server and of its client, which may take long by its own clock and must not take for
/// ever; afterwards nothing may be left.
async fn over_mem(server: Limits, client: Limits, test: impl AsyncFnOnce(Served, StreamsClient)) {
    let setup = Setup::over("mem://{unique}");
    let served = setup.serve_with(server).await;
    let client = setup.streams(&served, client).await;
    timeout(1_000_000 * HOUR, test(served, client)).await.expect("the test waits for nothing");
    tidy(&setup).await;
}

async fn by_default(test: impl AsyncFnOnce(Served, StreamsClient)) {
    over_mem(Limits::default(), Limits::default(), test).await;
}

/// Timers fire at whole milliseconds, rounded up.
fn about(took: Duration, expected: Duration) {
    assert!((expected..expected + Duration::from_millis(3)).contains(&took), "{took:?} instead of {expected:?}");
}

/// Idle servers are looked at each second.
fn within_a_second_of(took: Duration, expected: Duration) {
    assert!((expected..expected + 2 * SECOND).contains(&took), "{took:?} instead of {expected:?} and a look");
}

/// The failure that comes next.
async fn failure<T: std::fmt::Debug, E>(items: &mut Streaming<T, CallError<E>>) -> (Option<Code>, String)
where
    CallError<E>: std::fmt::Display,
{
    let error = items.next().await.expect("it fails").expect_err("it fails");
    (error.code(), error.to_string())
}

async fn numbers<F: std::fmt::Debug>(items: &mut Streaming<u64, F>, count: usize) -> Vec<u64> {
    items.by_ref().take(count).map(Result::unwrap).collect().await
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_a_call_with_a_stream_is_exact_and_holds_for_all_of_it() {
    by_default(async |served, client| {
        for timeout in [Duration::from_millis(7), 20 * HOUR] {
            let start = Instant::now();
            let mut items = client.stay(1, 2).timeout(timeout).await.unwrap();
            sleep(timeout / 2).await;
            // What had come is there, though its time is over.
            if timeout < HOUR {
                sleep(timeout).await;
            }
            assert_eq!(numbers(&mut items, 2).await, [0, 1]);
            let (code, text) = failure(&mut items).await;
            assert_eq!(code, Some(Code::DeadlineExceeded));
            assert!(text.contains(&format!("the deadline of {timeout:?} has passed")), "{text}");
            if timeout >= HOUR {
                about(start.elapsed(), timeout);
            }
            served.desk.until_running(0).await;
        }
        let start = Instant::now();
        let error = client.sum(0, stream::pending(), 1).timeout(HOUR).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{error}");
        about(start.elapsed(), HOUR);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_ends_a_stream_at_its_deadline_whether_or_not_anybody_reads() {
    over_mem(Limits::default().deadline(HOUR), Limits::default().stream_items(2), async |served, client| {
        let start = Instant::now();
        let (mut standing, mut unread) = (client.stay(1, 1).await.unwrap(), client.count(100).await.unwrap());
        // Neither has a deadline but the client, and the server honours none that is longer than an hour.
        drop((standing, unread));
        served.desk.until_running(0).await;
        standing = client.stay(1, 1).timeout(5 * HOUR).await.unwrap();
        unread = client.count(100).timeout(5 * HOUR).await.unwrap();
        served.desk.until_running(2).await;
        served.desk.until_running(0).await;
        about(start.elapsed(), HOUR);
        assert_eq!(numbers(&mut standing, 1).await, [0]);
        assert_eq!(numbers(&mut unread, 2).await, [0, 1]);
        for items in [&mut standing, &mut unread] {
            assert_eq!(failure(items).await.0, Some(Code::DeadlineExceeded));
        }
        about(start.elapsed(), HOUR);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_default_timeout_bounds_what_comes_before_the_items_and_not_the_items() {
    over_mem(Limits::default(), Limits::default().call_timeout(7 * SECOND), async |served, client| {
        let start = Instant::now();
        let error = client.ponder(1).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{error}");
        assert!(error.to_string().contains("nothing came within 7s, the limit `call_timeout`"), "{error}");
        about(start.elapsed(), 7 * SECOND);
        served.desk.until_running(0).await;

        let mut items = client.stay(2, 2).await.unwrap();
        advance(100 * HOUR).await;
        assert_eq!(numbers(&mut items, 2).await, [0, 1]);
        advance(100 * HOUR).await;
        served.desk.release(1);
        assert!(items.next().await.is_none());
        // The call's own time is for all of it, and so is the method's.
        let start = Instant::now();
        let mut items = client.stay(3, 1).timeout(8 * SECOND).await.unwrap();
        numbers(&mut items, 1).await;
        assert_eq!(failure(&mut items).await.0, Some(Code::DeadlineExceeded));
        about(start.elapsed(), 8 * SECOND);
        let mut items = client.stay_briefly(4, 0).await.unwrap();
        assert_eq!(failure(&mut items).await.0, Some(Code::DeadlineExceeded));
        about(start.elapsed(), 8 * SECOND + Duration::from_millis(20));
        let mut items = client.stay_briefly(5, 0).timeout(Duration::MAX).await.unwrap();
        advance(HOUR).await;
        served.desk.release(1);
        assert!(items.next().await.is_none());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_default_timeout_bounds_what_comes_after_the_last_item_and_not_the_items() {
    over_mem(Limits::default(), Limits::default().call_timeout(7 * SECOND), async |served, client| {
        let (sender, receiver) = mpsc::unbounded_channel();
        let loads = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
        let call = tokio::spawn({
            let client = client.clone();
            async move { (client.hold_back(1, 2, loads).await, Instant::now()) }
        });
        for _ in 0..2 {
            advance(100 * HOUR).await;
            sender.send(vec![1]).unwrap();
        }
        served.desk.until_ran(1).await;
        advance(100 * HOUR).await;
        let start = Instant::now();
        drop(sender);
        let (outcome, ended) = call.await.unwrap();
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{error}");
        about(ended - start, 7 * SECOND);
        served.desk.until_running(0).await;
        // In time it is fine, and where the reply has begun it has all the time there is.
        let call = poll_once(client.hold_back(2, 9, stream::iter([vec![1]]))).await;
        served.desk.until_ran(2).await;
        advance(6 * SECOND).await;
        served.desk.release(1);
        assert_eq!(call.await.unwrap(), 1);
        let little = client.relay(stream::iter((0..3).map(|n| vec![n]))).window(1 << 20, 1);
        let mut items = little.await.unwrap();
        for n in 0..3 {
            sleep(HOUR).await;
            assert_eq!(items.next().await.unwrap().unwrap(), [n]);
        }
        assert!(items.next().await.is_none());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_stand_still_for_as_long_as_its_call_says_and_no_longer() {
    over_mem(Limits::default(), Limits::default().idle_timeout(3 * HOUR), async |served, client| {
        for (call, idle) in [
            (client.stay(1, 1), 3 * HOUR),
            (client.stay(1, 1).idle_timeout(HOUR), HOUR),
            (client.stay_awake(1, 1), Duration::from_millis(20)),
            (client.stay_awake(1, 1).idle_timeout(2 * HOUR), 2 * HOUR),
        ] {
            let mut items = call.await.unwrap();
            assert_eq!(numbers(&mut items, 1).await, [0]);
            let start = Instant::now();
            let (code, text) = failure(&mut items).await;
            assert_eq!(code, Some(Code::DeadlineExceeded));
            assert!(
                text.contains(&format!("no item has come or gone for {idle:?}, the limit `idle_timeout`")),
                "{text}"
            );
            about(start.elapsed(), idle);
            served.desk.until_running(0).await;
        }
        // One that goes on, however slowly, and one that has no such limit.
        let mut items = client.drip().idle_timeout(HOUR).await.unwrap();
        for n in 0..5 {
            let slowly = async {
                sleep(HOUR - SECOND).await;
                served.desk.release(1);
            };
            assert_eq!(tokio::join!(numbers(&mut items, 1), slowly).0, [n]);
        }
        drop(items);
        served.desk.until_running(0).await;
        let mut items = client.stay(1, 1).idle_timeout(Duration::MAX).await.unwrap();
        assert_eq!(numbers(&mut items, 1).await, [0]);
        sleep(100 * HOUR).await;
        served.desk.release(1);
        assert!(items.next().await.is_none());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_not_idle_while_its_reader_has_items_to_take() {
    by_default(async |served, client| {
        let mut items = client.stay(1, 4).idle_timeout(HOUR).await.unwrap();
        // Before the reader has looked at all, and when it has taken some of those that had come together.
        for n in 0..4 {
            sleep(10 * HOUR).await;
            assert_eq!(numbers(&mut items, 1).await, [n]);
        }
        sleep(10 * HOUR).await;
        // Now there is nothing to take: time counts, from here on.
        let start = Instant::now();
        assert_eq!(failure(&mut items).await.0, Some(Code::DeadlineExceeded));
        about(start.elapsed(), HOUR);
        served.desk.until_running(0).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_idle_where_nothing_goes_whatever_the_reason() {
    over_mem(Limits::default().stream_items(2), Limits::default(), async |served, client| {
        let start = Instant::now();
        let (loads, watched) = watched(stream::iter([vec![1]]).chain(stream::pending()));
        let error = client.hold_back(1, 1, loads).idle_timeout(HOUR).await.unwrap_err();
        assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
        about(start.elapsed(), HOUR);
        watched.until_dropped().await;
        // The server takes none.
        let start = Instant::now();
        let error = client.hold_back(2, 0, stream::repeat(vec![1])).idle_timeout(HOUR).await.unwrap_err();
        assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
        about(start.elapsed(), HOUR);
        served.desk.until_running(0).await;
        // One that goes on slowly.
        let slowly = stream::iter(0..5).then(|n| async move {
            sleep(HOUR - SECOND).await;
            n
        });
        assert_eq!(client.sum(0, slowly, 1).idle_timeout(HOUR).await.unwrap(), 10);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_ends_the_streams_that_stand_still_for_longer_than_it_allows() {
    over_mem(Limits::default().idle_timeout(HOUR), Limits::default(), async |served, client| {
        let start = Instant::now();
        let mut items = client.stay(1, 1).await.unwrap();
        assert_eq!(numbers(&mut items, 1).await, [0]);
        let (code, text) = failure(&mut items).await;
        assert_eq!(code, Some(Code::DeadlineExceeded));
        assert!(text.contains("no item has come or gone for 3600s, the server's limit `idle_timeout`"), "{text}");
        within_a_second_of(start.elapsed(), HOUR);
        served.desk.until_running(0).await;

        let start = Instant::now();
        let (numbers, watched) = watched(stream::iter([1]).chain(stream::pending()));
        let error = client.sum(0, numbers, 1).await.unwrap_err();
        assert!(error.to_string().contains("the server's limit `idle_timeout`"), "{error}");
        within_a_second_of(start.elapsed(), HOUR);
        watched.until_dropped().await;
        served.desk.until_running(0).await;
        // One that goes on, however slowly.
        let slowly = stream::iter(0..5).then(|n| async move {
            sleep(HOUR - 2 * SECOND).await;
            n
        });
        assert_eq!(client.sum(0, slowly, 1).await.unwrap(), 10);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_does_not_take_a_stream_for_idle_while_its_method_has_items_to_take_or_asks_for_none() {
    over_mem(Limits::default().idle_timeout(HOUR), Limits::default(), async |served, client| {
        for taken in [0, 1, 3] {
            // The others have come, and the method, which has some of them already, is in no hurry.
            let (loads, watched) = watched(stream::iter(vec![vec![1]; 3]).chain(stream::pending()));
            let call = poll_once(client.hold_back(1, taken, loads)).await;
            watched.until_taken(3).await;
            served.desk.until_ran(1).await;
            sleep(10 * HOUR).await;
            assert_eq!(served.desk.running(), 1, "{taken} of 3 were taken");
            let start = Instant::now();
            served.desk.release(1);
            let error = call.await.unwrap_err();
            assert!(error.to_string().contains("the server's limit `idle_timeout`"), "{error}");
            within_a_second_of(start.elapsed(), HOUR);
            served.desk.clear();
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_gives_streams_the_drain_timeout_and_ends_with_the_last_of_them() {
    over_mem(Limits::default().drain_timeout(9 * SECOND), Limits::default(), async |served, client| {
        let mut items = client.stay(1, 1).await.unwrap();
        let start = Instant::now();
        served.stop().await;
        about(start.elapsed(), 9 * SECOND);
        assert_eq!(numbers(&mut items, 1).await, [0]);
        assert_eq!(failure(&mut items).await.0, Some(Code::Unavailable));
    })
    .await;
    by_default(async |served, client| {
        let items = client.stay(1, 1).await.unwrap();
        advance(HOUR).await;
        served.drain();
        advance(10 * SECOND).await;
        let start = Instant::now();
        drop(items);
        served.stop().await;
        about(start.elapsed(), Duration::ZERO);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_a_stream_up_is_noticed_at_once() {
    by_default(async |served, client| {
        let start = Instant::now();
        let (loads, watched_loads) = watched(stream::iter([vec![1]]).chain(stream::pending()));
        let (more, watched_more) = watched(stream::iter([vec![1]]).chain(stream::pending()));
        let (items, mut relayed) = (client.stay(1, 1).await.unwrap(), client.relay(more).await.unwrap());
        let calls = (poll_once(client.ponder(2)).await, poll_once(client.hold_back(3, 1, loads)).await);
        relayed.next().await.unwrap().unwrap();
        served.desk.until_ran(3).await;
        served.desk.until_running(4).await;
        drop((items, relayed, calls));
        served.desk.until_running(0).await;
        watched_loads.until_dropped().await;
        watched_more.until_dropped().await;
        about(start.elapsed(), Duration::ZERO);
    })
    .await;
}
