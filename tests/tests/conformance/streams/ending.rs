//! Streams that end otherwise than their sender meant: panics, items that do not decode, sides that know a method in another
//! shape. The call fails clearly, and nothing else does.

use std::panic::resume_unwind;

use futures_util::{StreamExt, stream};
use rpc_core::{CallError, Code, Delivery, Limits, Stream, Streaming, service};
use rpc_tests::{Desk, LaboratoryClient, Served, Setup, StreamsClient, poll_once, watched, within};
use serde::{Deserialize, Deserializer, Serialize};

use super::{by_hand, failure, some};

scenarios! {
    a_panic_in_a_stream_of_the_server_ends_its_call_only,
    a_panic_over_a_stream_of_the_caller_ends_its_call_only,
    a_panic_in_a_stream_of_the_caller_ends_its_call_only,
    an_item_of_the_server_that_does_not_decode_ends_its_call_only,
    an_item_of_the_caller_that_does_not_decode_is_an_error_of_the_methods_stream,
    an_item_that_cannot_be_encoded_ends_its_call_only,
    a_panic_in_decoding_an_item_takes_no_credit_with_it,
    a_reply_of_one_value_where_items_are_awaited_fails_clearly,
    items_where_one_value_is_awaited_fail_clearly,
    items_for_a_method_that_takes_none_are_dropped,
}

/// Everything else on the connection goes on.
async fn is_alive(served: &Served, laboratory: &LaboratoryClient) {
    served.desk.until_running(0).await;
    served.until("what the call left", |now| now.streams + now.untaken_bytes + now.held_bytes == 0).await;
    assert_eq!(laboratory.add(1, 2).await.unwrap(), 3);
}

async fn on_one_connection(setup: &Setup) -> (Served, StreamsClient, LaboratoryClient) {
    let served = setup.serve().await;
    let channel = setup.channel(&served).await;
    (served, StreamsClient::new(channel.clone()), LaboratoryClient::new(channel))
}

fn panicked<E>(error: &CallError<E>) {
    let status = error.status().expect("no error of its own");
    assert_eq!((status.code(), status.delivery()), (Code::Internal, Delivery::Failed), "{status}");
    assert_eq!(status.message(), "the handler panicked", "the text of a panic stays at home");
}

async fn a_panic_in_a_stream_of_the_server_ends_its_call_only(setup: Setup) {
    let (served, client, laboratory) = on_one_connection(&setup).await;
    let mut other = client.drip().await.unwrap();
    for behind in [0, 1, 200] {
        let mut items = client.break_behind(behind).await.unwrap();
        // What it had made may have gone down with it.
        let mut before = 0;
        let error = loop {
            match items.next().await.expect("it fails") {
                Ok(number) => assert_eq!(number, std::mem::replace(&mut before, number + 1)),
                Err(error) => break error,
            }
        };
        assert!(before <= behind && items.next().await.is_none());
        panicked(&error);
    }
    served.desk.release(1);
    assert_eq!(some(&mut other, 1).await, [0]);
    drop(other);
    is_alive(&served, &laboratory).await;
}

async fn a_panic_over_a_stream_of_the_caller_ends_its_call_only(setup: Setup) {
    let (served, client, laboratory) = on_one_connection(&setup).await;
    for behind in [0, 1, 200] {
        let (numbers, watched) = watched(stream::repeat(1));
        panicked(&client.break_over(behind, numbers).await.unwrap_err());
        watched.until_dropped().await;
    }
    is_alive(&served, &laboratory).await;
}

async fn a_panic_in_a_stream_of_the_caller_ends_its_call_only(setup: Setup) {
    let (served, client, laboratory) = on_one_connection(&setup).await;
    for behind in [0, 1, 200] {
        let loads = stream::iter(0..).map(move |n| {
            if n == behind {
                resume_unwind(Box::new("a caller's own fault"));
            }
            vec![1]
        });
        let error = client.hold_back(1, behind + 1, loads).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Cancelled), Delivery::Unknown), "{error}");
        assert!(error.to_string().contains("has ended before its end"), "{error}");
        is_alive(&served, &laboratory).await;
    }
    // And where items have come back already.
    let (sender, loads) = by_hand();
    let loads = loads.map(|fine: bool| if fine { vec![7] } else { resume_unwind(Box::new("a caller's own fault")) });
    let mut items = client.relay(loads).await.unwrap();
    sender.send(true).unwrap();
    assert_eq!(some(&mut items, 1).await, [[7]]);
    sender.send(false).unwrap();
    assert_eq!(failure(&mut items).await.code(), Some(Code::Cancelled));
    is_alive(&served, &laboratory).await;
}

/// The service as a later version might have it.
mod later {
    use super::{Fuse, Stream, Streaming, service};

    #[service(name = "test.Streams")]
    pub trait Streams {
        async fn count(&self, to: u64) -> impl Stream<Item = String>;
        async fn lengths(&self, lengths: Vec<u32>) -> impl Stream<Item = Fuse>;
        async fn ending(&self, numbers: Streaming<Vec<u16>>) -> (u64, Option<String>);
        async fn sum(&self, start: u64, numbers: Streaming<Fuse>, factor: u64) -> u64;
        async fn hold_back(&self, id: u64, take: u64, loads: Streaming<Fuse>) -> u64;
        /// A stream there.
        async fn stay(&self, id: u64, to: u64) -> u64;
        async fn nothings(&self, count: u32);
        async fn relay(&self, loads: Streaming<Vec<u8>>);
    }

    #[service(name = "test.Laboratory")]
    pub trait Laboratory {
        /// One value there.
        async fn add(&self, a: i64, b: i64) -> impl Stream<Item = i64>;
        async fn ping(&self) -> impl Stream<Item = ()>;
        async fn note(&self, id: u64, loads: Streaming<Vec<u8>>) -> u64;
        async fn wait(&self, id: u64, loads: Streaming<Vec<u8>>) -> impl Stream<Item = u64>;
    }
}

async fn with_later(setup: &Setup) -> (Served, LaboratoryClient, later::StreamsClient, later::LaboratoryClient) {
    let served = setup.serve().await;
    let channel = setup.channel(&served).await;
    let (streams, later) = (later::StreamsClient::new(channel.clone()), later::LaboratoryClient::new(channel.clone()));
    (served, LaboratoryClient::new(channel), streams, later)
}

async fn an_item_of_the_server_that_does_not_decode_ends_its_call_only(setup: Setup) {
    let (served, laboratory, later, _) = with_later(&setup).await;
    for _ in 0..3 {
        let mut items = later.count(10_000).await.unwrap();
        let error = loop {
            // In the binary codec 0 is the length of an empty text.
            match items.next().await.expect("it fails") {
                Ok(text) => assert_eq!(text, ""),
                Err(error) => break error,
            }
        };
        assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
        let text = error.to_string();
        assert!(text.contains("test.Streams/count") && text.contains("an item does not decode"), "{text}");
        assert!(items.next().await.is_none());
        is_alive(&served, &laboratory).await;
    }
}

async fn an_item_of_the_caller_that_does_not_decode_is_an_error_of_the_methods_stream(setup: Setup) {
    let (served, laboratory, later, _) = with_later(&setup).await;
    for _ in 0..3 {
        let (numbers, watched) = watched(stream::repeat(vec![1; 3]));
        let (count, why) = later.ending(numbers).await.unwrap();
        let why = why.expect("it is no end");
        assert_eq!(count, 0);
        assert!(why.contains("InvalidArgument") && why.contains("an item does not decode"), "{why}");
        watched.until_dropped().await;
        is_alive(&served, &laboratory).await;
    }
}

/// What breaks as it is told to: while it is encoded, or decoded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fuse {
    Unencodable,
    /// Goes as a number.
    Goes,
}

impl Serialize for Fuse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unencodable => Err(serde::ser::Error::custom("not in this way")),
            Self::Goes => 7_u64.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Fuse {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        resume_unwind(Box::new("it breaks"))
    }
}

/// Gives and takes what breaks.
#[service(name = "test.Fuses")]
trait Fuses {
    async fn give(&self, good: u32) -> impl Stream<Item = Fuse>;
    async fn take(&self, fuses: Streaming<Fuse>) -> u64;
    async fn hold(&self, fuses: Streaming<Fuse>);
}

impl Fuses for Desk {
    async fn give(&self, good: u32) -> impl Stream<Item = Fuse> {
        let fuses = (0..good).map(|_| Fuse::Goes).chain([Fuse::Unencodable]);
        stream::iter(fuses).inspect(|_| self.enter(1))
    }

    async fn take(&self, mut fuses: Streaming<Fuse>) -> u64 {
        let mut count = 0;
        while fuses.next().await.is_some() {
            count += 1;
        }
        count
    }

    async fn hold(&self, _fuses: Streaming<Fuse>) {
        std::future::pending().await
    }
}

async fn with_fuses(setup: &Setup, limits: impl Fn() -> Limits) -> (Served, LaboratoryClient, FusesClient, Desk) {
    let desk = Desk::default();
    let more = |server: rpc_core::Server| server.limits(limits()).add(FusesServer::new(desk.clone()));
    let served = setup.serve_at(&setup.address(), more).await;
    let channel = setup.config().limits(limits()).connect(&served.url).await.unwrap();
    (served, LaboratoryClient::new(channel.clone()), FusesClient::new(channel), desk)
}

/// The numbers that a fuse goes as.
mod numbers {
    use super::{Stream, Streaming, service};

    #[service(name = "test.Fuses")]
    pub trait Fuses {
        async fn give(&self, good: u32) -> impl Stream<Item = u64>;
        async fn take(&self, fuses: Streaming<u64>) -> u64;
    }
}

async fn an_item_that_cannot_be_encoded_ends_its_call_only(setup: Setup) {
    let (served, laboratory, fuses, _) = with_fuses(&setup, Limits::default).await;
    let numbers = numbers::FusesClient::new(setup.channel(&served).await);
    let mut items = numbers.give(3).await.unwrap();
    assert_eq!(some(&mut items, 3).await, [7, 7, 7]);
    let error = failure(&mut items).await;
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
    assert!(error.to_string().contains("an item cannot be encoded: "), "{error}");
    is_alive(&served, &laboratory).await;

    let (items, watched) = watched(stream::iter([Fuse::Unencodable]).chain(stream::pending()));
    let error = fuses.take(items).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::Unknown), "{error}");
    assert!(error.to_string().contains("an item cannot be encoded: "), "{error}");
    watched.until_dropped().await;
    is_alive(&served, &laboratory).await;
}

async fn a_panic_in_decoding_an_item_takes_no_credit_with_it(setup: Setup) {
    const ROUNDS: usize = 40;
    let limits = || Limits::default().connection_stream_bytes(300);
    let (served, laboratory, fuses, desk) = with_fuses(&setup, limits).await;
    // Each time an item of 17 bytes or more comes.
    for _ in 0..ROUNDS {
        panicked(&fuses.take(stream::iter([Fuse::Goes; 2])).await.unwrap_err());
        is_alive(&served, &laboratory).await;
    }
    for _ in 0..ROUNDS {
        let fuses = fuses.clone();
        let panicked = tokio::spawn(async move { fuses.give(2).await.unwrap().next().await.is_some() }).await;
        assert!(panicked.unwrap_err().is_panic());
        is_alive(&served, &laboratory).await;
    }
    // Were any of it lost, one item would be let in at a time and no second one made.
    desk.clear();
    let items = fuses.give(1_000).await.unwrap();
    within("what the client lets in", desk.until_entries(6)).await;
    let (many, watched) = watched(stream::iter([Fuse::Goes; 5]).chain(stream::pending()));
    let upload = poll_once(fuses.hold(many)).await;
    within("what the server lets in", watched.until_taken(5)).await;
    drop((items, upload));
}

async fn a_reply_of_one_value_where_items_are_awaited_fails_clearly(setup: Setup) {
    let (served, laboratory, _, later) = with_later(&setup).await;
    let error = later.add(1, 2).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
    assert!(error.to_string().contains("it is one value, where items are awaited"), "{error}");
    let error = later.ping().await.unwrap_err();
    assert!(error.to_string().contains("it is one value, where items are awaited"), "{error}");
    let (loads, watched) = watched(stream::repeat(vec![1; 10]));
    served.desk.release(1);
    let error = later.wait(1, loads).await.unwrap_err();
    assert!(error.to_string().contains("it is one value, where items are awaited"), "{error}");
    watched.until_dropped().await;
    is_alive(&served, &laboratory).await;
}

async fn items_where_one_value_is_awaited_fail_clearly(setup: Setup) {
    let (served, laboratory, later, _) = with_later(&setup).await;
    // What has no bytes would decode as anything that has none.
    let one = later.stay(1, 50).await.unwrap_err();
    let nothing = later.nothings(50).await.unwrap_err();
    let (loads, watched) = watched(stream::repeat(vec![1; 10]));
    let both = later.relay(loads).await.unwrap_err();
    for error in [one, nothing, both] {
        assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
        assert!(error.to_string().contains("it is a stream of items"), "{error}");
    }
    watched.until_dropped().await;
    is_alive(&served, &laboratory).await;
}

async fn items_for_a_method_that_takes_none_are_dropped(setup: Setup) {
    let (served, laboratory, _, later) = with_later(&setup).await;
    let (loads, watched) = watched(stream::repeat(vec![1; 1_000]));
    assert_eq!(later.note(5, loads).await.unwrap(), 5);
    watched.until_dropped().await;
    assert_eq!(served.desk.ledger(), [5]);
    is_alive(&served, &laboratory).await;
}
