//! Time limits of calls with streams, with real time; what needs an exact clock is in `tests/streams`.

use std::{convert::Infallible, time::Duration};

use futures_util::{StreamExt, stream};
use rpc_core::{CallError, Code, Delivery, Limits, Stream, Streaming, service};
use rpc_tests::{Served, Setup, StreamsClient, poll_once, watched};
use tokio::sync::mpsc;

use super::{all, failure, some};

scenarios! {
    a_deadline_holds_for_the_items_to_the_last,
    a_deadline_holds_for_what_is_sent_to_the_last,
    a_deadline_of_zero_sends_nothing,
    the_methods_own_timeout_holds_for_its_items,
    a_stream_that_stands_still_for_too_long_ends,
    an_upload_that_stands_still_for_too_long_ends,
    streams_inherit_the_deadline_of_the_call_they_are_made_for,
    streams_made_for_a_call_end_with_it,
}

const SHORT: Duration = Duration::from_millis(20);

async fn a_deadline_holds_for_the_items_to_the_last(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    // It may pass before the items begin: then all of the call fails.
    let late = match client.stay(1, 3).timeout(SHORT).await {
        Ok(mut items) => {
            assert_eq!(some(&mut items, 3).await, [0, 1, 2]);
            failure(&mut items).await
        }
        Err(late) => late,
    };
    assert_eq!((late.code(), late.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{late}");
    assert!(late.to_string().contains("the deadline"), "{late}");
    served.desk.until_running(0).await;
    // One that never ends, and is read all the time.
    let late = match client.count(u64::MAX).timeout(SHORT).await {
        Ok(mut items) => loop {
            match items.next().await.expect("it fails") {
                Ok(_) => {}
                Err(late) => break late,
            }
        },
        Err(late) => late,
    };
    assert_eq!(late.code(), Some(Code::DeadlineExceeded), "{late}");
    served.desk.until_running(0).await;
    assert!(all(client.count(3).await.unwrap()).await.into_iter().eq(0..3));
}

async fn a_deadline_holds_for_what_is_sent_to_the_last(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let quiet = stream::iter([1, 2]).chain(stream::pending()).boxed();
    for numbers in [quiet, stream::repeat(1).boxed()] {
        let (numbers, watched) = watched(numbers);
        let late = client.sum(0, numbers, 1).timeout(SHORT).await.unwrap_err();
        assert_eq!((late.code(), late.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{late}");
        watched.until_dropped().await;
        served.desk.until_running(0).await;
    }
    assert_eq!(client.sum(1, stream::iter([1]), 1).await.unwrap(), 2);
}

async fn a_deadline_of_zero_sends_nothing(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (loads, watched) = watched(stream::repeat(vec![1]));
    let errors = [
        client.stay(1, 0).timeout(Duration::ZERO).await.unwrap_err(),
        client.hold_back(2, 0, loads).timeout(Duration::ZERO).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent), "{error}");
    }
    watched.until_dropped().await;
    assert_eq!(watched.taken(), 0);
    assert!(all(client.count(0).await.unwrap()).await.is_empty());
    assert!(served.desk.ledger().is_empty());
}

async fn the_methods_own_timeout_holds_for_its_items(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let late = match client.stay_briefly(1, 0).await {
        Ok(mut items) => failure(&mut items).await,
        Err(late) => late,
    };
    assert_eq!(late.code(), Some(Code::DeadlineExceeded), "{late}");
    served.desk.until_running(0).await;
}

fn stood_still(error: &CallError<Infallible>) {
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{error}");
    let text = error.to_string();
    assert!(text.contains("no item has come or gone for ") && text.contains("the limit `idle_timeout`"), "{text}");
}

async fn a_stream_that_stands_still_for_too_long_ends(setup: Setup) {
    let served = setup.serve().await;
    let client = setup.streams(&served, Limits::default().idle_timeout(SHORT)).await;
    let calls = [client.stay(1, 2), client.stay(1, 2).idle_timeout(SHORT / 2), client.stay_awake(1, 2)];
    for call in calls {
        let error = match call.await {
            Ok(mut items) => {
                assert_eq!(some(&mut items, 2).await, [0, 1]);
                failure(&mut items).await
            }
            Err(error) => error,
        };
        stood_still(&error);
        served.desk.until_running(0).await;
    }
}

async fn an_upload_that_stands_still_for_too_long_ends(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (numbers, watched) = watched(stream::iter([1, 2]).chain(stream::pending()));
    stood_still(&client.sum(0, numbers, 1).idle_timeout(SHORT).await.unwrap_err());
    watched.until_dropped().await;
    served.desk.until_running(0).await;
}

/// Asks other streams for its own calls.
#[service(name = "test.Pipes")]
trait Pipes {
    /// Gives on what `stay` gives, and why it has failed.
    async fn pipe(&self, id: u64) -> impl Stream<Item = Result<u64, String>>;
    /// Gives to `hold_back` what it is given.
    async fn pump(&self, id: u64, loads: Streaming<Vec<u8>>) -> u64;
    /// Reads what `stay` gives in a task of its own, and says how that ended.
    async fn watch(&self, id: u64, detached: bool);
}

struct Pipe {
    streams: StreamsClient,
    watched: mpsc::UnboundedSender<Option<Watched>>,
}

type Watched = Result<u64, CallError<Infallible>>;

impl Pipes for Pipe {
    async fn pipe(&self, id: u64) -> impl Stream<Item = Result<u64, String>> {
        let items = self.streams.stay(id, 1).timeout(Duration::MAX).await.expect("it begins");
        items.map(|item| item.map_err(|error| error.to_string()))
    }

    async fn pump(&self, id: u64, loads: Streaming<Vec<u8>>) -> u64 {
        let loads = loads.filter_map(|load| std::future::ready(load.ok()));
        self.streams.hold_back(id, 1, loads).timeout(Duration::MAX).await.expect("it ends")
    }

    async fn watch(&self, id: u64, detached: bool) {
        let (streams, watched) = (self.streams.clone(), self.watched.clone());
        rpc_core::spawn(async move {
            let call = streams.stay(id, 1).timeout(Duration::MAX);
            let items = if detached { call.detached().await } else { call.await };
            let mut items = items.map_or_else(|error| stream::iter([Err(error)]).boxed(), StreamExt::boxed);
            while let Some(item) = items.next().await {
                let _ = watched.send(Some(item));
            }
            let _ = watched.send(None);
        });
        std::future::pending().await
    }
}

/// The streams, the pipes before them, and what they watch.
async fn pipes(setup: &Setup) -> (Served, Served, PipesClient, mpsc::UnboundedReceiver<Option<Watched>>) {
    let inner = setup.serve().await;
    let (watched, watching) = mpsc::unbounded_channel();
    let pipe = Pipe { streams: setup.streams(&inner, Limits::default()).await, watched };
    let outer = setup.serve_at(&setup.address(), |server| server.add(PipesServer::new(pipe))).await;
    let pipes = PipesClient::new(setup.channel(&outer).await);
    (inner, outer, pipes, watching)
}

async fn streams_inherit_the_deadline_of_the_call_they_are_made_for(setup: Setup) {
    let (inner, _outer, pipes, mut watching) = pipes(&setup).await;
    // All of it ends at one instant: what comes first may be that the inner one is late.
    if let Ok(mut items) = pipes.pipe(1).timeout(SHORT).await {
        let failure = loop {
            match items.next().await.expect("it fails") {
                Ok(number) => assert_eq!(number, 0),
                Err(failure) => break failure,
            }
        };
        assert!(failure.to_string().contains("deadline"), "{failure}");
    }
    inner.desk.until_running(0).await;
    let (loads, watched) = watched(stream::repeat(vec![1]));
    pipes.pump(2, loads).timeout(SHORT).await.unwrap_err();
    watched.until_dropped().await;
    inner.desk.until_running(0).await;
    // For its deadline, or because what it is made for has ended by it.
    pipes.watch(3, false).timeout(SHORT).await.unwrap_err();
    if inner.desk.ran(3) == 1 {
        while let Some(Some(watched)) = watching.recv().await {
            let late = watched.map_err(|late| late.code());
            assert!([Ok(0), Err(Some(Code::DeadlineExceeded)), Err(Some(Code::Cancelled))].contains(&late), "{late:?}");
        }
    }
    inner.desk.until_running(0).await;
}

async fn streams_made_for_a_call_end_with_it(setup: Setup) {
    let (inner, outer, pipes, mut watching) = pipes(&setup).await;
    let mut items = pipes.pipe(1).await.unwrap();
    assert_eq!(some(&mut items, 1).await, [0]);
    drop(items);
    inner.desk.until_running(0).await;
    let (loads, watched) = watched(stream::repeat(vec![1]));
    let call = poll_once(pipes.pump(2, loads)).await;
    inner.desk.until_ran(2).await;
    drop(call);
    watched.until_dropped().await;
    inner.desk.until_running(0).await;
    // In a task that belongs to the call, which goes on.
    let calls = [poll_once(pipes.watch(3, false)).await, poll_once(pipes.watch(4, true)).await];
    for _ in &calls {
        assert!(matches!(watching.recv().await, Some(Some(Ok(0)))));
    }
    drop(calls);
    let error = watching.recv().await.unwrap().expect("it is cancelled").unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Cancelled), Delivery::Unknown), "{error}");
    assert!(error.to_string().contains("test.Streams/stay"), "{error}");
    assert!(watching.recv().await.unwrap().is_none());
    inner.desk.until_running(1).await;
    outer.until("the handlers", |now| now.calls_in_flight == 0).await;
    inner.desk.release(1);
    assert!(watching.recv().await.unwrap().is_none(), "what is detached ends as it does");
}
