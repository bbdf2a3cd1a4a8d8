//! What travels beside items: metadata with the request, before the first item and with the end.

use futures_util::stream;
use rpc_core::{CallError, Code, Delivery, Limits, Metadata};
use rpc_tests::{LaboratoryClient, Seen, Setup, StreamsClient, watched};

use super::{all, failure, some};

scenarios! {
    metadata_comes_with_the_request_before_the_items_and_with_the_end,
    a_method_sees_the_metadata_beside_its_stream,
    a_detailed_call_says_what_came_before_the_items,
    metadata_comes_with_a_failure_too,
    metadata_above_the_servers_limit_is_refused,
    metadata_above_the_clients_limit_fails_the_call_and_no_other,
    metadata_reaches_over_frames,
}

fn pairs(metadata: &Metadata) -> Vec<(&str, &[u8])> {
    metadata.iter().collect()
}

async fn metadata_comes_with_the_request_before_the_items_and_with_the_end(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let call = client.context().metadata("tenant", "eu").metadata("token", [0, 255]).metadata("empty", "");
    let mut items = call.await.unwrap();
    assert_eq!(pairs(items.metadata()), [("tenant", &b"eu"[..])]);
    assert!(items.end_metadata().is_none() && items.status().is_none(), "it has not ended");
    let seen: Vec<Seen> = some(&mut items, 1).await;
    assert_eq!((&*seen[0].service, &*seen[0].method), ("test.Streams", "context"));
    let expected = [("tenant", &b"eu"[..]), ("token", &[0, 255]), ("empty", b"")];
    assert!(seen[0].metadata.iter().map(|(key, value)| (&**key, &**value)).eq(expected), "{seen:?}");
    assert!(items.next().await.is_none());
    assert_eq!(pairs(items.end_metadata().expect("it has ended")), expected[1..]);
    // The next one has none of it.
    let mut items = client.context().await.unwrap();
    assert!(some(&mut items, 1).await[0].metadata.is_empty());
    assert!(items.next().await.is_none());
    assert!(items.metadata().is_empty() && items.end_metadata().is_some_and(Metadata::is_empty));
    served.desk.until_running(0).await;
}

async fn a_method_sees_the_metadata_beside_its_stream(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let call = client.metadata_of(stream::iter([1, 2])).metadata("tenant", "eu").detailed();
    let response = call.await.unwrap();
    assert_eq!(response.value, [("tenant".to_owned(), b"eu".to_vec())]);
    assert_eq!(pairs(&response.metadata), [("tenant", &b"eu"[..])]);
}

async fn a_detailed_call_says_what_came_before_the_items(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let response = client.context().metadata("a", "1").metadata("b", "2").detailed().await.unwrap();
    assert_eq!((pairs(&response.metadata), response.attempts), (vec![("a", &b"1"[..])], 1));
    assert_eq!(*response.peer, *served.url);
    let mut items = response.value;
    assert_eq!(some(&mut items, 1).await.len(), 1);
    assert!(items.next().await.is_none());
    assert_eq!(pairs(items.end_metadata().unwrap()), [("b", &b"2"[..])]);
}

/// Fails, with metadata, before its stream or behind its items.
#[rpc_core::service(name = "test.Doomed")]
trait Doomed {
    async fn fail(&self, behind: Option<u32>) -> Result<impl rpc_core::Stream<Item = Result<u32, u8>>, u8>;
}

impl Doomed for () {
    async fn fail(&self, behind: Option<u32>) -> Result<impl rpc_core::Stream<Item = Result<u32, u8>>, u8> {
        rpc_core::Context::respond_with("before", "1").expect("it is metadata");
        let last = |_| {
            rpc_core::Context::respond_with("behind", "2").expect("it is metadata");
            Err(8)
        };
        behind.map(|behind| stream::iter((0..behind).map(Ok).chain((0..1).map(last)))).ok_or(7)
    }
}

async fn metadata_comes_with_a_failure_too(setup: Setup) {
    let served = setup.serve_at(&setup.address(), |server| server.add(DoomedServer::new(()))).await;
    let client = DoomedClient::new(setup.channel(&served).await);
    assert!(matches!(client.fail(None).await, Err(CallError::App(7))));
    let mut items = client.fail(Some(3)).await.unwrap();
    assert_eq!(some(&mut items, 3).await, [0, 1, 2]);
    assert!(matches!(failure(&mut items).await, CallError::App(8)));
    assert_eq!(pairs(items.metadata()), [("before", &b"1"[..])]);
    assert_eq!(pairs(items.end_metadata().unwrap()), [("behind", &b"2"[..])]);
}

async fn metadata_above_the_servers_limit_is_refused(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let error = client.stay(1, 0).metadata("large", vec![0; 17_000]).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::Refused), "{error}");
    // What has followed the request is dropped.
    let (loads, watched) = watched(stream::repeat(vec![1; 100]));
    let error = client.hold_back(2, 0, loads).metadata("large", vec![0; 17_000]).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Refused, "{error}");
    watched.until_dropped().await;
    assert!(all(client.count(0).await.unwrap()).await.is_empty());
    assert!(served.desk.ledger().is_empty());
}

async fn metadata_above_the_clients_limit_fails_the_call_and_no_other(setup: Setup) {
    let served = setup.serve().await;
    let channel = setup.config().limits(Limits::default().metadata_bytes(100)).connect(&served.url).await.unwrap();
    let (client, laboratory) = (StreamsClient::new(channel.clone()), LaboratoryClient::new(channel));
    for _ in 0..3 {
        // Before the items.
        let error = client.context().metadata("large", vec![1; 200]).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
        assert!(error.to_string().contains("the response cannot be read"), "{error}");
        // With the end of them.
        let mut items = client.context().metadata("a", "").metadata("large", vec![1; 200]).await.unwrap();
        some(&mut items, 1).await;
        let error = failure(&mut items).await;
        assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
        served.desk.until_running(0).await;
        assert_eq!(laboratory.add(1, 2).await.unwrap(), 3);
    }
}

async fn metadata_reaches_over_frames(setup: Setup) {
    let cut = || Limits::default().frame(64).send_buffer(200);
    let served = setup.serve_with(cut()).await;
    let client = setup.streams(&served, cut()).await;
    let mut items = client.context().metadata("before", [1; 1_000]).metadata("behind", [2; 1_000]).await.unwrap();
    assert_eq!(pairs(items.metadata()), [("before", &[1; 1_000][..])]);
    assert_eq!(some(&mut items, 1).await[0].metadata.len(), 2);
    assert!(items.next().await.is_none());
    assert_eq!(pairs(items.end_metadata().unwrap()), [("behind", &[2; 1_000][..])]);
}
