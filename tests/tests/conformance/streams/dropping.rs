//! Either side gives a stream up, or all of it goes: the other side notices at once, and nothing is left.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use rpc_core::{Code, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Setup, StreamsClient, poll_once, polled_times, watched};

use super::{all, by_hand, failure, some};

scenarios! {
    dropping_the_items_stops_the_handler,
    dropping_the_call_before_its_items_begin_stops_the_handler,
    dropping_a_call_lets_go_of_what_it_sends,
    a_method_may_drop_its_stream_and_go_on,
    a_method_may_end_before_its_stream_and_a_stream_outlives_it_without_the_call,
    a_call_with_streams_may_be_dropped_at_every_await_point,
    a_stream_may_be_read_and_dropped_in_any_task,
    a_stream_outlives_the_client_that_it_came_from,
    a_stream_that_ends_is_never_cancelled,
    a_drain_lets_streams_end,
    a_drain_ends_the_streams_that_do_not_end_in_its_time,
    a_lost_connection_ends_streams_in_doubt,
    a_lost_client_stops_handlers_and_lets_go_of_what_it_sends,
    calls_with_streams_that_come_during_a_drain_do_not_run_and_know_it,
    a_channel_whose_server_was_restarted_streams_again,
}

async fn dropping_the_items_stops_the_handler(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    for taken in [0, 1, 5] {
        // One that says no more, and one that has much more to say.
        let (mut quiet, mut busy) = (client.stay(1, 5).await.unwrap(), client.count(u64::MAX).await.unwrap());
        some(&mut quiet, taken).await;
        some(&mut busy, taken).await;
        drop((quiet, busy));
        served.desk.until_running(0).await;
    }
    assert_eq!(all(client.count(2).await.unwrap()).await, [0, 1]);
}

async fn dropping_the_call_before_its_items_begin_stops_the_handler(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let call = poll_once(client.ponder(1)).await;
    served.desk.until_ran(1).await;
    drop(call);
    served.desk.until_running(0).await;
    // Nor does anything run of what was never polled.
    let (loads, watched) = watched(stream::repeat(vec![1]));
    drop(client.ponder(2));
    drop(client.hold_back(3, 0, loads));
    watched.until_dropped().await;
    assert!(all(client.count(0).await.unwrap()).await.is_empty());
    assert_eq!(served.desk.ledger(), [1]);
}

async fn dropping_a_call_lets_go_of_what_it_sends(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let few = stream::iter([vec![1], vec![2]]).chain(stream::pending()).boxed();
    for loads in [few, stream::repeat(vec![1; 100]).boxed()] {
        let (loads, watched) = watched(loads);
        let call = poll_once(client.hold_back(1, 2, loads)).await;
        served.desk.until_running(1).await;
        watched.until_taken(2).await;
        drop(call);
        watched.until_dropped().await;
        served.desk.until_running(0).await;
    }
    // And where its items are dropped, though none come any more.
    let (loads, watched) = watched(stream::iter([vec![1], vec![2]]).chain(stream::pending()));
    let mut items = client.relay(loads).await.unwrap();
    some(&mut items, 2).await;
    drop(items);
    watched.until_dropped().await;
    served.desk.until_running(0).await;
}

async fn a_method_may_drop_its_stream_and_go_on(setup: Setup) {
    let little = Limits::default().stream_items(3).connection_stream_bytes(300);
    let served = setup.serve_with(little).await;
    let client = setup.streams(&served, Limits::default()).await;
    for taken in [0, 1, 5] {
        let (loads, watched) = watched(stream::repeat(vec![1; 20]));
        let call = poll_once(client.turn_down(1, taken, loads)).await;
        served.desk.until_ran(1).await;
        watched.until_taken(3).await;
        assert_eq!(client.sum(0, stream::iter(0..100), 1).await.unwrap(), 4_950, "another stream goes on");
        served.desk.release(1);
        assert_eq!(call.await.unwrap(), taken);
        watched.until_dropped().await;
        served.desk.clear();
    }
    served.until("what was dropped", |now| now.untaken_bytes + now.held_bytes == 0).await;
}

/// Hands its stream to the test.
#[rpc_core::service(name = "test.Hands")]
trait Hands {
    async fn hand_over(&self, numbers: rpc_core::Streaming<u64>, wait: bool) -> u64;
}

impl Hands for tokio::sync::mpsc::UnboundedSender<rpc_core::Streaming<u64>> {
    async fn hand_over(&self, numbers: rpc_core::Streaming<u64>, wait: bool) -> u64 {
        self.send(numbers).expect("the test lives");
        if wait {
            std::future::pending::<()>().await;
        }
        1
    }
}

async fn a_method_may_end_before_its_stream_and_a_stream_outlives_it_without_the_call(setup: Setup) {
    let (sender, mut handed_over) = tokio::sync::mpsc::unbounded_channel();
    let served = setup.serve_at(&setup.address(), |server| server.add(HandsServer::new(sender))).await;
    let channel = setup.channel(&served).await;
    let (client, laboratory) = (HandsClient::new(channel.clone()), LaboratoryClient::new(channel));
    // Answered before anything of the stream was read.
    let (numbers, watched_numbers) = watched(stream::iter([1, 2]).chain(stream::pending()));
    assert_eq!(client.hand_over(numbers, false).await.unwrap(), 1);
    watched_numbers.until_dropped().await;
    let mut left = handed_over.recv().await.unwrap();
    let why = loop {
        match left.next().await.expect("it fails") {
            Ok(number) => assert!(number < 3),
            Err(status) => break status,
        }
    };
    assert_eq!(why.code(), Code::Cancelled, "{why}");
    drop(left);
    // Read by who is no handler, while the handler waits; then the caller goes.
    let (numbers, watched) = watched(stream::iter(0..10).chain(stream::pending()));
    let call = poll_once(client.hand_over(numbers, true)).await;
    let mut numbers = handed_over.recv().await.unwrap();
    assert!(some(&mut numbers, 10).await.into_iter().eq(0..10));
    drop(call);
    assert_eq!(failure(&mut numbers).await.code(), Code::Cancelled);
    watched.until_dropped().await;
    // And one that is still held when its connection has gone.
    let call = poll_once(client.hand_over(stream::repeat(1), true)).await;
    let mut numbers = handed_over.recv().await.unwrap();
    drop(call);
    drop((client, laboratory));
    served.until("the connection", |now| now.connections == 0).await;
    while numbers.next().await.is_some_and(|number| number.is_ok()) {}
}

async fn a_call_with_streams_may_be_dropped_at_every_await_point(setup: Setup) {
    let limits = || {
        let credit = Limits::default().stream_bytes(200).stream_items(3).connection_stream_bytes(300);
        credit.calls_in_flight(1).frame(64).send_buffer(200)
    };
    let served = setup.serve_with(limits()).await;
    for times in 0..14 {
        // A new channel, so that the call waits for the connection first.
        let channel = setup.config().limits(limits()).lazy(&served.url).unwrap();
        let (client, laboratory) = (StreamsClient::new(channel.clone()), LaboratoryClient::new(channel));
        let (loads, watched) = watched(stream::iter((0..20).map(|n| vec![n; 50])));
        polled_times(times, async {
            let mut items = client.relay(loads).await.unwrap();
            while let Some(item) = items.next().await {
                item.unwrap();
            }
        })
        .await;
        watched.until_dropped().await;
        let (numbers, watched) = rpc_tests::watched(stream::repeat(1));
        polled_times(times, client.first(9, numbers)).await;
        watched.until_dropped().await;
        assert_eq!(laboratory.add(1, 2).await.unwrap(), 3, "the one place is free");
        served.desk.until_running(0).await;
        served.until("what was dropped", |now| now.streams + now.untaken_bytes + now.held_bytes == 0).await;
        assert_eq!(client.sum(0, stream::iter(0..50), 1).await.unwrap(), 1_225);
    }
}

async fn a_stream_may_be_read_and_dropped_in_any_task(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let mut items = client.drip().await.unwrap();
    for n in 0..20 {
        // Whoever waited before has gone.
        assert!(polled_times(1, items.next()).await.is_none());
        let reading = tokio::spawn(async move { (some(&mut items, 1).await, items) });
        served.desk.release(1);
        let (numbers, back) = reading.await.unwrap();
        assert_eq!(numbers, [n]);
        items = back;
    }
    tokio::spawn(async move { drop(items) }).await.unwrap();
    served.desk.until_running(0).await;
}

async fn a_stream_outlives_the_client_that_it_came_from(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let mut items = client.drip().await.unwrap();
    drop(client);
    for n in 0..3 {
        served.desk.release(1);
        assert_eq!(some(&mut items, 1).await, [n]);
    }
    drop(items);
    served.until("the connection, which nobody uses", |now| now.connections == 0).await;
}

async fn a_stream_that_ends_is_never_cancelled(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    // Dropped when its end has come, or its failure, and not before.
    for _ in 0..50 {
        let mut items = client.count(3).await.unwrap();
        some(&mut items, 3).await;
        assert!(items.next().await.is_none());
        drop(items);
        let mut items = client.doubt(2, Some(1)).await.unwrap();
        some(&mut items, 1).await;
        failure(&mut items).await;
        drop(items);
        assert_eq!(client.sum(1, stream::empty(), 1).await.unwrap(), 1);
    }
    served.desk.until_running(0).await;
}

async fn a_drain_lets_streams_end(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (sender, loads) = by_hand();
    let (mut dripped, mut relayed) = (client.drip().await.unwrap(), client.relay(loads).await.unwrap());
    let upload = poll_once(client.hold_back(1, 2, stream::iter([vec![1], vec![2], vec![3]]))).await;
    served.desk.until_ran(1).await;
    served.desk.until_running(3).await;
    served.drain();
    let stopping = tokio::spawn({
        let served = served.clone();
        async move { served.stop().await }
    });
    for n in 0..20 {
        sender.send(vec![n]).unwrap();
        assert_eq!(some(&mut relayed, 1).await, [vec![n]]);
    }
    assert!(!stopping.is_finished(), "the server ended while streams were open");
    drop(sender);
    assert!(all(relayed).await.is_empty());
    served.desk.release(20);
    assert_eq!(upload.await.unwrap(), 3);
    some(&mut dripped, 3).await;
    assert!(!stopping.is_finished(), "the server ended while a stream was open");
    drop(dripped);
    stopping.await.unwrap();
}

async fn a_drain_ends_the_streams_that_do_not_end_in_its_time(setup: Setup) {
    let served = setup.serve_with(Limits::default().drain_timeout(Duration::from_millis(20))).await;
    let client = setup.streams(&served, Limits::default()).await;
    let mut begun = client.stay(1, 2).await.unwrap();
    let (loads, watched) = watched(stream::repeat(vec![1; 100]));
    // In this order: a call that finds no room goes on only when it is polled again.
    let (pending, upload) = (poll_once(client.ponder(3)).await, poll_once(client.hold_back(2, 0, loads)).await);
    served.desk.until_running(3).await;
    assert_eq!(some(&mut begun, 1).await, [0]);
    served.stop().await;
    assert_eq!(served.desk.running(), 0);
    // What had come before is there.
    assert_eq!(some(&mut begun, 1).await, [1]);
    let failures = [failure(&mut begun).await, upload.await.unwrap_err(), pending.await.unwrap_err()];
    for error in failures {
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
        assert!(error.to_string().contains("the server has stopped"), "{error}");
    }
    watched.until_dropped().await;
}

async fn a_lost_connection_ends_streams_in_doubt(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let mut begun = client.stay(1, 2).await.unwrap();
    let (loads, watched) = watched(stream::repeat(vec![1; 100]));
    // In this order: a call that finds no room goes on only when it is polled again.
    let (pending, upload) = (poll_once(client.ponder(3)).await, poll_once(client.hold_back(2, 0, loads)).await);
    served.desk.until_running(3).await;
    assert_eq!(some(&mut begun, 2).await, [0, 1]);
    served.kill().await;
    for error in [failure(&mut begun).await, upload.await.unwrap_err(), pending.await.unwrap_err()] {
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
        assert!(error.to_string().contains("test.Streams/"), "{error}");
    }
    watched.until_dropped().await;
    served.desk.until_running(0).await;
}

async fn a_lost_client_stops_handlers_and_lets_go_of_what_it_sends(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (loads, watched_loads) = watched(stream::repeat(vec![1; 100]));
    let (more, watched_more) = watched(stream::repeat(vec![1; 100]));
    let tasks = [
        tokio::spawn({
            let client = client.clone();
            async move { drop(client.hold_back(1, 0, loads).await) }
        }),
        tokio::spawn({
            let client = client.clone();
            async move { drop(client.relay(more).await.unwrap().collect::<Vec<_>>().await) }
        }),
        tokio::spawn(async move { drop(client.stay(3, 1).await.unwrap().collect::<Vec<_>>().await) }),
    ];
    served.desk.until_running(3).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    served.desk.until_running(0).await;
    watched_loads.until_dropped().await;
    watched_more.until_dropped().await;
    served.until("the connection", |now| now.connections == 0).await;
}

async fn calls_with_streams_that_come_during_a_drain_do_not_run_and_know_it(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let running = client.stay(1, 0).await.unwrap();
    served.drain();
    let mut refused = 0;
    for id in 100..120 {
        let (loads, watched) = watched(stream::iter([vec![1; id as usize]]));
        let call = client.relay(loads);
        let ended = match id % 2 {
            0 => call.await.map(|items| items.boxed()),
            _ => {
                drop(call);
                client.stay(id, 0).await.map(|_| stream::empty().boxed())
            }
        };
        match ended {
            Ok(mut items) => {
                assert_eq!(refused, 0, "a call ran after another was refused");
                while let Some(item) = items.next().await {
                    item.unwrap();
                }
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.code(), Some(Code::Unavailable), "{error}");
                assert!(matches!(error.delivery(), Delivery::NotSent | Delivery::Refused), "{error}");
                assert_eq!(served.desk.ran(id), 0);
            }
        }
        watched.until_dropped().await;
    }
    assert!(refused > 0, "no call was refused");
    drop(running);
}

async fn a_channel_whose_server_was_restarted_streams_again(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let url = served.url.clone();
    for _ in 0..3 {
        assert!(all(client.count(3).await.unwrap()).await.into_iter().eq(0..3));
        setup.stop_all().await;
        setup.serve_at(&url, |server| server).await;
    }
    assert_eq!(client.sum(0, stream::iter(0..10), 1).await.unwrap(), 45);
}
