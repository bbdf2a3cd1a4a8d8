//! Callers give up.

use rpc_core::{Limits, service};
use rpc_tests::{LaboratoryClient, Setup, poll_once, polled_times};

scenarios! {
    dropping_a_call_cancels_its_handler,
    a_cancelled_call_keeps_its_place_until_its_handler_has_ended,
    dropping_a_call_before_its_first_poll_sends_nothing,
    a_call_may_be_dropped_at_every_await_point,
    a_call_may_be_dropped_at_every_await_point_of_a_long_message,
    a_spawned_task_sees_the_cancellation,
    a_call_that_ends_is_never_cancelled,
    dropping_a_call_that_waits_for_a_place_lets_the_next_one_pass,
}

async fn dropping_a_call_cancels_its_handler(setup: Setup) {
    let (served, client) = setup.pair().await;
    let call = poll_once(client.wait(1)).await;
    served.desk.until_running(1).await;
    drop(call);
    served.desk.until_running(0).await;
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
}

fn one_at_a_time() -> Limits {
    Limits { calls_in_flight: 1, ..Limits::default() }
}

async fn a_cancelled_call_keeps_its_place_until_its_handler_has_ended(setup: Setup) {
    // A handler that computes cannot be stopped, so it takes a thread of its own.
    let served = setup.serve_with(one_at_a_time()).await;
    let client = setup.client(&served).await;
    let call = poll_once(client.wait(1)).await;
    served.desk.until_running(1).await;
    drop(call);
    // Were the place free too early, this would be refused by the server.
    for id in 2..50 {
        drop(poll_once(client.wait(id)).await);
        assert_eq!(client.add(1, 2).await.unwrap(), 3);
        assert_eq!(served.desk.running(), 0, "a call has begun while a handler ran");
    }
}

async fn dropping_a_call_before_its_first_poll_sends_nothing(setup: Setup) {
    let (served, client) = setup.pair().await;
    drop(client.note(1));
    drop(client.note(1).detailed());
    drop(client.log(1, vec![]));
    client.note(2).await.unwrap();
    assert_eq!(served.desk.ledger(), [2]);
}

async fn a_call_may_be_dropped_at_every_await_point(setup: Setup) {
    let served = setup.serve_with(one_at_a_time()).await;
    for times in 0..8 {
        // A new channel, so that the call waits for the connection first.
        let client = LaboratoryClient::new(setup.config().lazy(&served.url).unwrap());
        let noted = polled_times(times, client.note(times as u64)).await.map(Result::unwrap);
        assert!(noted.is_none_or(|id| id == times as u64));
        tokio::select! {
            _ = polled_times(times, client.wait(100)) => {}
            () = served.desk.until_running(1) => {}
        }
        polled_times(times, client.log(200, vec![])).await;
        assert_eq!(client.add(1, 2).await.unwrap(), 3);
        served.desk.until_running(0).await;
        let ran = served.desk.ran(times as u64);
        assert!(ran == 1 || ran == 0 && noted.is_none(), "{ran} runs of a call that ended with {noted:?}");
    }
}

async fn a_call_may_be_dropped_at_every_await_point_of_a_long_message(setup: Setup) {
    let limits = || Limits { frame: 100, send_buffer: 300, ..one_at_a_time() };
    let served = setup.serve_with(limits()).await;
    let client = setup.client_with(&served, limits()).await;
    for times in 0..40 {
        let echoed = polled_times(times, client.bytes(vec![1; 2_000])).await;
        assert!(echoed.is_none_or(|echoed| echoed.unwrap() == [1; 2_000]));
        polled_times(times, client.log(0, vec![1; 2_000])).await;
        assert_eq!(client.add(1, 2).await.unwrap(), 3);
    }
}

async fn a_spawned_task_sees_the_cancellation(setup: Setup) {
    let (served, client) = setup.pair().await;
    let call = poll_once(client.watch(1)).await;
    served.desk.until_ran(1).await;
    assert_eq!(served.desk.ran(2), 0);
    drop(call);
    served.desk.until_ran(2).await;
}

/// Gives the context of its call away.
#[service]
trait Leaky {
    async fn leak(&self, waits: bool);
}

impl Leaky for tokio::sync::mpsc::UnboundedSender<rpc_core::Context> {
    async fn leak(&self, waits: bool) {
        if waits {
            tokio::task::yield_now().await;
        }
        self.send(rpc_core::Context::current().expect("a handler has a context")).expect("the test lives");
    }
}

async fn a_call_that_ends_is_never_cancelled(setup: Setup) {
    let (sender, mut contexts) = tokio::sync::mpsc::unbounded_channel();
    let served = setup.serve_at(&setup.address(), |server| server.add(LeakyServer::new(sender))).await;
    let leaky = LeakyClient::new(setup.channel(&served).await);
    for waits in [false, true, false, true] {
        leaky.leak(waits).await.unwrap();
    }
    drop(leaky);
    served.stop().await;
    while let Ok(context) = contexts.try_recv() {
        assert!(!context.is_cancelled());
    }
}

async fn dropping_a_call_that_waits_for_a_place_lets_the_next_one_pass(setup: Setup) {
    let served = setup.serve_with(one_at_a_time()).await;
    let client = setup.client(&served).await;
    let first = poll_once(client.wait(1)).await;
    let dropped = poll_once(client.wait(2)).await;
    let last = poll_once(client.note(3)).await;
    served.desk.until_ran(1).await;
    drop(dropped);
    served.desk.release(1);
    assert_eq!((first.await.unwrap(), last.await.unwrap()), (1, 3));
    assert_eq!(served.desk.ledger(), [1, 3]);
}
