//! Streams that feed each other: what comes of one call goes into another, over one connection and over several, with little
//! credit. Nothing may wait for itself.

use futures_util::{StreamExt, stream};
use rpc_core::{Limits, Stream, Streaming};
use rpc_tests::{Served, Setup, StreamsClient, poll_once, tidy, within};

fn little() -> Limits {
    Limits::default().stream_bytes(300).stream_items(3).connection_stream_bytes(400).send_buffer(500)
}

async fn with_little(test: impl AsyncFn(&Setup, Served, StreamsClient)) {
    for url in ["tcp://127.0.0.1:0", "mem://{unique}", "duplex://{unique}", "cells://{unique}"] {
        let setup = Setup::over(url);
        let served = setup.serve_with(little()).await;
        let client = setup.streams(&served, little()).await;
        within("the test", test(&setup, served, client)).await;
        within("what is left", tidy(&setup)).await;
    }
}

fn whole<T, F>(items: Streaming<T, F>) -> impl Stream<Item = T> + Send + 'static
where
    T: Send + 'static,
    F: std::fmt::Debug + Send + 'static,
{
    items.map(|item| match item {
        Ok(item) => item,
        Err(error) => panic!("{error:?}"),
    })
}

#[tokio::test]
async fn what_comes_of_one_call_goes_into_the_next_of_the_same_connection() {
    with_little(async |_, _, client| {
        let mut loads = whole(client.lengths((0..100).collect()).await.unwrap()).boxed();
        for _ in 0..6 {
            loads = whole(client.relay(loads).await.unwrap()).boxed();
        }
        let lengths: Vec<_> = loads.map(|load| load.len()).collect().await;
        assert!(lengths.into_iter().eq(0..100));
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_goes_round_through_several_servers_comes_to_its_end() {
    with_little(async |setup, _served, first| {
        let mut clients = vec![first];
        for _ in 0..3 {
            let served = setup.serve_with(little()).await;
            clients.push(setup.streams(&served, little()).await);
        }
        let mut numbers = stream::iter(0..200).boxed();
        for client in clients.iter().chain(&clients) {
            let scaled = client.scale(Some(2), numbers).await.unwrap();
            numbers = whole(scaled).boxed();
        }
        let numbers: Vec<u64> = numbers.collect().await;
        assert!(numbers.into_iter().eq((0..200).map(|n| n << 8)));
    })
    .await;
}

#[tokio::test]
async fn who_reads_only_when_all_has_gone_waits_for_nobody_but_himself() {
    with_little(async |_, served, client| {
        // Far more than both sides hold together: the upload stands still, and nothing else does.
        let (loads, watched) = rpc_tests::watched(stream::iter(vec![vec![7; 50]; 500]));
        let relayed = client.relay(loads).await.unwrap();
        for _ in 0..10 {
            assert_eq!(client.sum(0, stream::iter(0..50), 1).await.unwrap(), 1_225);
        }
        assert!(watched.taken() < 100, "{} items went", watched.taken());
        let gathered = poll_once(client.gather(stream::iter(vec![vec![1; 50]; 30]))).await;
        assert_eq!(whole(relayed).count().await, 500);
        // This one reads all before it says anything.
        assert_eq!(whole(gathered.await.unwrap()).count().await, 30);
        served.desk.until_running(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_method_that_streams_from_another_server_passes_on_that_its_caller_is_slow_or_gone() {
    /// Gives on what another server counts.
    #[rpc_core::service(name = "test.Passing")]
    trait Passing {
        async fn count(&self, to: u64) -> impl Stream<Item = u64>;
    }
    impl Passing for StreamsClient {
        async fn count(&self, to: u64) -> impl Stream<Item = u64> {
            whole(Self::count(self, to).await.expect("it begins"))
        }
    }
    with_little(async |setup, inner, client| {
        let passing = |server: rpc_core::Server| server.limits(little()).add(PassingServer::new(client));
        let outer = setup.serve_at(&setup.address(), passing).await;
        let channel = setup.config().limits(little()).connect(&outer.url).await.unwrap();
        let mut items = PassingClient::new(channel).count(1_000).await.unwrap();
        inner.desk.until_entries(3).await;
        for n in 0..100 {
            assert_eq!(items.next().await.unwrap().unwrap(), n);
            let made = inner.desk.ledger().len() as u64;
            assert!(made <= n + 12, "{made} were made when {n} were taken: the windows are of 3 each");
        }
        drop(items);
        inner.desk.until_running(0).await;
    })
    .await;
}
