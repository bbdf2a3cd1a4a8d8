//! What takes how long, by a clock that stands still while anything happens: over `mem`, where nothing is the kernel's.

use std::time::Duration;

use rpc_core::{Code, Limits};
use rpc_tests::{Onward, RelayClient, RelayServer, Setup, poll_once, tidy};
use tokio::time::{Instant, timeout};

const HOUR: Duration = Duration::from_secs(3_600);

/// Runs a test, which may take long by its own clock and must not take for ever; afterwards nothing may be left.
async fn over_mem(test: impl AsyncFnOnce(&Setup)) {
    let setup = Setup::over("mem://{unique}");
    timeout(1_000_000 * HOUR, test(&setup)).await.expect("the test waits for nothing");
    tidy(&setup).await;
}

/// Timers fire at whole milliseconds, rounded up.
fn about(took: Duration, expected: Duration) {
    assert!((expected..expected + Duration::from_millis(3)).contains(&took), "{took:?} instead of {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn a_oneway_ends_at_its_deadline_and_what_it_spawned_sees_it() {
    over_mem(async |setup| {
        let (served, client) = setup.pair().await;
        let start = Instant::now();
        client.watch_silently(1).timeout(HOUR).await.unwrap();
        served.desk.until_ran(2).await;
        about(start.elapsed(), HOUR);
        served.desk.until_running(0).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_nearest_of_all_timeouts_counts() {
    over_mem(async |setup| {
        let served = setup.serve().await;
        let limits = Limits { call_timeout: Duration::from_secs(3), ..Limits::default() };
        let client = setup.client_with(&served, limits).await;
        let start = Instant::now();
        client.wait(1).await.unwrap_err();
        about(start.elapsed(), Duration::from_secs(3));
        let start = Instant::now();
        client.hasty(1).await.unwrap_err();
        about(start.elapsed(), Duration::from_millis(20));
        let start = Instant::now();
        client.hasty(1).timeout(Duration::from_secs(5)).await.unwrap_err();
        about(start.elapsed(), Duration::from_secs(5));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_deadline_waits_for_days() {
    over_mem(async |setup| {
        let (served, client) = setup.pair().await;
        let call = poll_once(client.wait(1).timeout(Duration::MAX)).await;
        served.desk.until_ran(1).await;
        tokio::time::advance(100 * HOUR).await;
        assert_eq!(served.desk.running(), 1);
        served.desk.release(1);
        assert_eq!(call.await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_cuts_deadlines_to_the_longest_it_honours() {
    over_mem(async |setup| {
        let served = setup.serve_with(Limits { deadline: HOUR, ..Limits::default() }).await;
        let client = setup.client(&served).await;
        let start = Instant::now();
        let error = client.wait(1).timeout(5 * HOUR).await.unwrap_err();
        assert_eq!(error.code(), Some(Code::DeadlineExceeded));
        about(start.elapsed(), HOUR);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_spawns_inherits_deadline_and_cancellation_where_it_is_told_to() {
    over_mem(async |setup| {
        let inner = setup.serve().await;
        let laboratory = setup.client(&inner).await;
        let outer = setup.serve_at(&setup.address(), |server| server.add(RelayServer::new(laboratory))).await;
        let relay = RelayClient::new(setup.channel(&outer).await);
        let second = Duration::from_secs(1);
        assert!(relay.time_left(Onward::Spawned).timeout(second).await.unwrap().is_some_and(|left| left <= 1_000_000));
        assert_eq!(relay.time_left(Onward::Elsewhere).timeout(second).await.unwrap(), None);
        let left = relay.time_left(Onward::SpawnedDetached).timeout(second).await.unwrap();
        assert!(left.is_some_and(|left| left > 29_000_000), "{left:?}");

        // The caller gives up: so does what is told to, at once, and its task goes on.
        let start = Instant::now();
        let calls = [(1, Onward::Spawned), (11, Onward::SpawnedDetached), (21, Onward::Elsewhere)];
        for (id, how) in calls {
            let call = poll_once(relay.wait(id, how)).await;
            inner.desk.until_ran(id).await;
            drop(call);
        }
        inner.desk.until_running(2).await;
        inner.desk.until_ran(2).await;
        about(start.elapsed(), Duration::ZERO);
        tokio::time::sleep(HOUR).await;
        assert_eq!((inner.desk.running(), inner.desk.ledger()), (2, vec![1, 2, 11, 21]));
        inner.desk.release(2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_as_soon_as_the_last_call_has() {
    over_mem(async |setup| {
        let (served, client) = setup.pair().await;
        let call = poll_once(client.wait(1).timeout(Duration::MAX)).await;
        served.desk.until_ran(1).await;
        // Long enough for every timer of an idle connection to be disarmed.
        tokio::time::advance(HOUR).await;
        served.drain();
        tokio::time::advance(Duration::from_secs(10)).await;
        let start = Instant::now();
        served.desk.release(1);
        served.stop().await;
        about(start.elapsed(), Duration::ZERO);
        assert_eq!(call.await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_gives_handlers_the_drain_timeout_and_no_more() {
    over_mem(async |setup| {
        let served = setup.serve_with(Limits { drain_timeout: Duration::from_secs(9), ..Limits::default() }).await;
        let client = setup.client(&served).await;
        let call = poll_once(client.wait(1)).await;
        served.desk.until_ran(1).await;
        let start = Instant::now();
        served.stop().await;
        about(start.elapsed(), Duration::from_secs(9));
        assert_eq!(call.await.unwrap_err().code(), Some(Code::Unavailable));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_channel_ends_its_connection_at_once() {
    over_mem(async |setup| {
        let (served, client) = setup.pair().await;
        let call = poll_once(client.watch(1)).await;
        served.desk.until_ran(1).await;
        let start = Instant::now();
        drop(call);
        drop(client);
        tidy(setup).await;
        about(start.elapsed(), Duration::ZERO);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_sets_no_timer() {
    over_mem(async |setup| {
        let (_served, client) = setup.pair().await;
        client.ping().await.unwrap();
        tokio::time::advance(HOUR).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        // Nothing is left to wait for: the clock jumps straight to this one.
        let start = Instant::now();
        tokio::time::sleep(1_000 * HOUR).await;
        assert_eq!(start.elapsed(), 1_000 * HOUR);
        client.ping().await.unwrap();
    })
    .await;
}
