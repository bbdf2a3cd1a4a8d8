//! Time limits of calls, with real time; what needs an exact clock is in `tests/clock.rs`.

use std::time::Duration;

use rpc_core::{Code, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Onward, RelayClient, RelayServer, Served, Setup};

scenarios! {
    a_deadline_ends_the_call_and_its_handler,
    a_deadline_of_zero_sends_nothing,
    a_deadline_in_the_past_of_any_size_runs_nothing_it_should_not,
    the_longest_durations_are_no_deadline_or_a_long_one,
    the_methods_and_the_channels_own_timeouts_hold,
    a_nested_call_inherits_the_time_that_is_left,
    a_deadline_passes_while_the_call_waits_for_a_place,
}

const SHORT: Duration = Duration::from_millis(10);

async fn a_deadline_ends_the_call_and_its_handler(setup: Setup) {
    let (served, client) = setup.pair().await;
    let error = client.wait(1).timeout(SHORT).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DeadlineExceeded));
    assert!(error.to_string().contains("deadline"), "{error}");
    served.desk.until_running(0).await;
    let error = client.watch(10).timeout(SHORT).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DeadlineExceeded));
    if served.desk.ran(10) == 1 {
        served.desk.until_ran(11).await;
    }
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
}

async fn a_deadline_of_zero_sends_nothing(setup: Setup) {
    let (served, client) = setup.pair().await;
    let error = client.note(1).timeout(Duration::ZERO).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
    client.log(1, vec![]).timeout(Duration::ZERO).await.unwrap_err();
    client.ping().await.unwrap();
    assert_eq!(served.desk.ran(1), 0);
}

async fn a_deadline_in_the_past_of_any_size_runs_nothing_it_should_not(setup: Setup) {
    let (served, client) = setup.pair().await;
    for nanos in [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let noted = client.note(nanos).timeout(Duration::from_nanos(nanos)).await;
        client.ping().await.unwrap();
        served.desk.assert_honest(nanos, Some(noted.map_err(|error| error.delivery())));
    }
}

async fn the_longest_durations_are_no_deadline_or_a_long_one(setup: Setup) {
    let (_served, client) = setup.pair().await;
    let day = Duration::from_secs(24 * 3_600);
    assert_eq!(client.context().timeout(Duration::MAX).await.unwrap().time_left, None);
    for timeout in [day, 2 * day, Duration::from_secs(u64::MAX), Duration::from_micros(u64::MAX), 70 * day] {
        let left = client.context().timeout(timeout).await.unwrap().time_left;
        assert!(left.is_none_or(|left| left <= day.as_micros() as u64), "{left:?} of {timeout:?}");
    }
    let left = client.context().timeout(Duration::from_secs(72 * 60)).await.unwrap().time_left.unwrap();
    assert!((71 * 60 * 1_000_000..=72 * 60 * 1_000_000).contains(&left), "{left} µs of 72 minutes");
}

async fn the_methods_and_the_channels_own_timeouts_hold(setup: Setup) {
    let served = setup.serve().await;
    let limits = Limits { call_timeout: Duration::from_secs(7), ..Limits::default() };
    let client = setup.client_with(&served, limits).await;
    let left = client.context().await.unwrap().time_left.unwrap();
    assert!(left <= 7_000_000, "{left} µs");
    let error = client.hasty(1).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DeadlineExceeded));
}

/// A relay before a laboratory.
async fn relay(setup: &Setup) -> (Served, Served, RelayClient) {
    let inner = setup.serve().await;
    let laboratory: LaboratoryClient = setup.client(&inner).await;
    let outer = setup.serve_at(&setup.address(), |server| server.add(RelayServer::new(laboratory))).await;
    let relay = RelayClient::new(setup.channel(&outer).await);
    (inner, outer, relay)
}

async fn a_nested_call_inherits_the_time_that_is_left(setup: Setup) {
    let (inner, _outer, relay) = relay(&setup).await;
    let second = Duration::from_secs(1);
    for how in [Onward::Inheriting, Onward::Unbounded] {
        let left = relay.time_left(how).timeout(second).await.unwrap().expect("it has a deadline");
        assert!(left <= 1_000_000, "{left} µs, {how:?}");
    }
    let left = relay.time_left(Onward::Detached).timeout(second).await.unwrap().expect("the channel's");
    assert!(left > 1_000_000, "{left} µs");
    // The caller's deadline stops the whole chain. All of it ends at one instant: the relay may still say so.
    let ended = relay.wait(1, Onward::Unbounded).timeout(SHORT).await;
    assert!(!matches!(ended, Ok(None)), "the nested call has succeeded");
    inner.desk.until_running(0).await;
}

async fn a_deadline_passes_while_the_call_waits_for_a_place(setup: Setup) {
    let served = setup.serve_with(Limits { calls_in_flight: 1, ..Limits::default() }).await;
    let client = setup.client(&served).await;
    let first = rpc_tests::poll_once(client.wait(1)).await;
    served.desk.until_ran(1).await;
    let error = client.note(2).timeout(SHORT).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
    served.desk.release(1);
    first.await.unwrap();
    client.ping().await.unwrap();
    assert_eq!(served.desk.ran(2), 0);
}
