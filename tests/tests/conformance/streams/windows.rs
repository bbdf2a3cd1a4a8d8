//! Credit: nobody sends more than the other side takes, and who waits goes on as soon as it does. The numbers are each
//! side's own, or the call's.

use futures_util::{StreamExt, stream};
use rpc_core::{Code, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Seeded, Setup, StreamsClient, watched};

use super::{all, by_hand, some};

scenarios! {
    a_server_makes_no_more_items_than_its_client_lets_it,
    a_call_says_how_many_items_may_come,
    a_client_makes_no_more_items_than_its_server_lets_it,
    bytes_are_bounded_as_items_are,
    an_item_waits_where_others_have_used_up_the_credit_since_it_was_asked_for,
    streams_that_share_little_credit_and_little_room_all_end,
    many_streams_that_nobody_reads_stop_no_other_call,
    many_streams_that_no_method_takes_stop_no_other_call,
    a_reply_that_nobody_reads_for_a_while_stops_no_upload,
    a_call_that_waits_for_a_place_gets_it_when_a_stream_ends,
    a_call_whose_items_could_not_come_is_not_sent,
    a_server_that_takes_no_streams_says_so_and_gives_them_all_the_same,
}

/// Many times the turns that anybody needs who can go on.
async fn let_all_happen(laboratory: &LaboratoryClient) {
    for n in 0..50 {
        assert_eq!(laboratory.add(n, 1).await.unwrap(), n + 1);
        // A call that is answered where it runs is no turn for others.
        tokio::task::yield_now().await;
    }
}

/// A client of the streams and one of the laboratory, on one connection.
async fn both(setup: &Setup, server: Limits, client: Limits) -> (rpc_tests::Served, StreamsClient, LaboratoryClient) {
    let served = setup.serve_with(server).await;
    let channel = setup.config().limits(client).connect(&served.url).await.unwrap();
    (served, StreamsClient::new(channel.clone()), LaboratoryClient::new(channel))
}

async fn a_server_makes_no_more_items_than_its_client_lets_it(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default(), Limits::default().stream_items(7)).await;
    let mut items = client.count(1_000).await.unwrap();
    served.desk.until_entries(7).await;
    let_all_happen(&laboratory).await;
    assert_eq!(served.desk.ledger().len(), 7);
    for taken in 1..30 {
        assert_eq!(some(&mut items, 1).await, [taken - 1]);
        // Less than half of them may be taken before anything is said of it.
        served.desk.until_entries(taken as usize + 4).await;
        let_all_happen(&laboratory).await;
        let made = served.desk.ledger().len() as u64;
        assert!((taken + 4..=taken + 7).contains(&made), "{made} were made when {taken} were taken");
    }
    assert!(all(items).await.into_iter().eq(29..1_000));
}

async fn a_call_says_how_many_items_may_come(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default(), Limits::default().stream_items(3)).await;
    for window in [1, 2, 50] {
        served.desk.clear();
        let mut items = client.count(1_000).window(1 << 20, window).await.unwrap();
        served.desk.until_entries(window as usize).await;
        let_all_happen(&laboratory).await;
        assert_eq!(served.desk.ledger().len(), window as usize);
        assert_eq!(some(&mut items, 1).await, [0]);
        assert!(all(items).await.into_iter().eq(1..1_000));
    }
    // As far as there are numbers.
    let items = client.count(2_000).window(u32::MAX, u32::MAX).await.unwrap();
    assert!(all(items).await.into_iter().eq(0..2_000));
    // It says nothing of what goes the other way.
    assert_eq!(client.sum(1, stream::iter(0..100), 1).window(1, 1).await.unwrap(), 4_951);
}

async fn a_client_makes_no_more_items_than_its_server_lets_it(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default().stream_items(7), Limits::default()).await;
    let (loads, watched) = watched(stream::iter(0..100).map(|n| vec![n; 3]));
    let call = tokio::spawn(async move { client.hold_back(1, 10, loads).await });
    served.desk.until_ran(1).await;
    watched.until_taken(14).await;
    let_all_happen(&laboratory).await;
    let made = watched.taken();
    assert!((14..=17).contains(&made), "{made} were made when 10 were taken");
    served.desk.release(1);
    assert_eq!(call.await.unwrap().unwrap(), 100);
}

async fn bytes_are_bounded_as_items_are(setup: Setup) {
    let bounded = || Limits::default().stream_bytes(1_000);
    let (served, client, laboratory) = both(&setup, bounded(), bounded()).await;
    // Each costs its head of 16 and more than its 100 bytes, in any codec; the last one may be begun with one byte left.
    let items = client.lengths(vec![100; 200]).await.unwrap();
    served.desk.until_entries(2).await;
    let_all_happen(&laboratory).await;
    let made = served.desk.ledger().len();
    assert!((2..=9).contains(&made), "{made} items were made of which nobody has taken any");
    assert_eq!(all(items).await.len(), 200);

    let (loads, watched) = watched(stream::iter(vec![vec![7; 100]; 200]));
    let call = tokio::spawn(async move { client.hold_back(1, 0, loads).await });
    served.desk.until_ran(1).await;
    watched.until_taken(2).await;
    let_all_happen(&laboratory).await;
    let made = watched.taken();
    assert!((2..=9).contains(&made), "{made} items were made of which nobody has taken any");
    served.desk.release(1);
    assert_eq!(call.await.unwrap().unwrap(), 200);
}

async fn an_item_waits_where_others_have_used_up_the_credit_since_it_was_asked_for(setup: Setup) {
    let shared = || Limits::default().connection_stream_bytes(500);
    let (served, client, laboratory) = both(&setup, shared(), shared()).await;
    // The first stream has an item out and may send another when it has one; then the second takes all the credit.
    let mut slow = client.drip().await.unwrap();
    served.desk.release(1);
    served.desk.until_entries(1).await;
    let large = client.lengths(vec![1_000]).await.unwrap();
    served.desk.until_ran(1_000).await;
    let_all_happen(&laboratory).await;
    served.desk.release(1);
    let_all_happen(&laboratory).await;
    assert_eq!(all(large).await.len(), 1);
    assert_eq!(some(&mut slow, 2).await, [0, 1]);
    drop(slow);
    served.desk.until_running(0).await;

    let (sender, loads) = by_hand();
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.hold_back(10, 0, loads).await }
    });
    sender.send(vec![0; 10]).unwrap();
    served.desk.until_ran(10).await;
    let_all_happen(&laboratory).await;
    let (loads, watched) = watched(stream::iter([vec![1; 1_000]]));
    let large = tokio::spawn(async move { client.hold_back(20, 0, loads).await });
    watched.until_taken(1).await;
    let_all_happen(&laboratory).await;
    sender.send(vec![0; 10]).unwrap();
    drop(sender);
    let_all_happen(&laboratory).await;
    served.desk.release(2);
    assert_eq!((slow.await.unwrap().unwrap(), large.await.unwrap().unwrap()), (2, 1));
}

async fn streams_that_share_little_credit_and_little_room_all_end(setup: Setup) {
    let little = || {
        let credit = Limits::default().stream_bytes(300).stream_items(4).connection_stream_bytes(200);
        credit.frame(64).send_buffer(1)
    };
    let (_served, client, laboratory) = both(&setup, little(), little()).await;
    let streams: Vec<_> = (0..12_u64)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut seeded = Seeded::new(n);
                let lengths: Vec<u32> = (0..30).map(|_| seeded.below(150) as u32).collect();
                let loads = stream::iter(lengths.clone()).map(|len| vec![9; len as usize]);
                let loads = loads.then(async |load| {
                    tokio::task::yield_now().await;
                    load
                });
                let loads = loads.boxed();
                match n % 3 {
                    0 => assert_eq!(all(client.lengths(lengths).await.unwrap()).await.len(), 30),
                    1 => assert_eq!(client.weigh(loads).await.unwrap().0, 30),
                    _ => assert_eq!(all(client.relay(loads).await.unwrap()).await.len(), 30),
                }
            })
        })
        .collect();
    for n in 0..30 {
        assert_eq!(laboratory.add(n, n).await.unwrap(), 2 * n);
    }
    for stream in streams {
        stream.await.unwrap();
    }
}

/// More than the connection's credit, whichever way.
const STREAMS: usize = 45;
/// Items of 100 bytes, heads aside, that one stream may have made of which nobody has taken any: the last one may be begun
/// with one byte left.
const WINDOW: usize = 9;

fn shared() -> Limits {
    Limits::default().stream_bytes(1_000).connection_stream_bytes(5_000)
}

async fn many_streams_that_nobody_reads_stop_no_other_call(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default(), shared()).await;
    let mut unread = Vec::new();
    for _ in 0..STREAMS {
        unread.push(client.lengths(vec![100; 40]).await.unwrap());
    }
    let_all_happen(&laboratory).await;
    let made = served.desk.ledger().len();
    assert!((STREAMS..=STREAMS * WINDOW).contains(&made), "{made} items of {STREAMS} streams");
    // One that is read goes on, one item at a time, and so do those that end and those that begin.
    assert!(all(client.count(50).await.unwrap()).await.into_iter().eq(0..50));
    assert_eq!(client.sum(0, stream::iter(0..100), 1).await.unwrap(), 4_950);
    drop(unread.split_off(STREAMS / 2));
    served.desk.until_running(STREAMS / 2).await;
    for items in unread {
        assert_eq!(all(items).await.len(), 40);
    }
}

async fn many_streams_that_no_method_takes_stop_no_other_call(setup: Setup) {
    let (served, client, laboratory) = both(&setup, shared(), Limits::default()).await;
    let uploads: Vec<_> = (0..STREAMS)
        .map(|n| {
            let client = client.clone();
            let (loads, watched) = watched(stream::iter(vec![vec![7; 100]; 40]));
            (watched, tokio::spawn(async move { client.hold_back(n as u64, 0, loads).await }))
        })
        .collect();
    served.desk.until_running(STREAMS).await;
    let_all_happen(&laboratory).await;
    let made: usize = uploads.iter().map(|(watched, _)| watched.taken()).sum();
    assert!((STREAMS..=STREAMS * WINDOW).contains(&made), "{made} items of {STREAMS} streams");
    assert_eq!(client.sum(0, stream::iter(0..50), 1).await.unwrap(), 1_225);
    assert!(all(client.count(50).await.unwrap()).await.into_iter().eq(0..50));
    served.desk.release(STREAMS);
    for (_, call) in uploads {
        assert_eq!(call.await.unwrap().unwrap(), 40);
    }
}

async fn a_reply_that_nobody_reads_for_a_while_stops_no_upload(setup: Setup) {
    let little = || Limits::default().stream_bytes(300).stream_items(4).connection_stream_bytes(300).send_buffer(300);
    let (served, client, laboratory) = both(&setup, little(), little()).await;
    let (loads, watched) = watched(stream::iter(0..200).map(|n| vec![n; 100]));
    let relayed = client.relay(loads).await.unwrap();
    watched.until_taken(3).await;
    let_all_happen(&laboratory).await;
    assert!(watched.taken() < 20, "{} items went that nobody takes", watched.taken());
    // Another one goes there and back on the same connection meanwhile.
    let other = all(client.relay(stream::iter(0..20).map(|n| vec![n; 100])).await.unwrap()).await;
    assert_eq!(other.len(), 20);
    assert!(all(relayed).await.into_iter().eq((0..200).map(|n| vec![n; 100])));
    served.desk.until_running(0).await;
}

async fn a_call_that_waits_for_a_place_gets_it_when_a_stream_ends(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default().calls_in_flight(2), Limits::default()).await;
    let mut streams = vec![client.count(3).await.unwrap(), client.stay(1, 0).await.unwrap()];
    // As many as may be are in flight: what has come of the first does not free its place, its end does.
    let waiting = tokio::spawn(async move { laboratory.add(1, 2).await });
    assert_eq!(waiting.await.unwrap().unwrap(), 3);
    assert_eq!(some(&mut streams[0], 3).await, [0, 1, 2]);
    // Not a number that is counted, for those are entered too.
    let (loads, watched) = watched(stream::repeat(vec![0; 10]));
    let upload = tokio::spawn({
        let client = client.clone();
        async move { client.turn_down(20, 1, loads).await }
    });
    served.desk.until_ran(20).await;
    let next = rpc_tests::poll_once(client.count(5)).await;
    // One place is free when its stream is dropped, another when the upload is answered.
    drop(streams);
    assert!(all(next.await.unwrap()).await.into_iter().eq(0..5));
    served.desk.release(1);
    assert_eq!(upload.await.unwrap().unwrap(), 1);
    watched.until_dropped().await;
    assert_eq!(all(client.count(2).await.unwrap()).await, [0, 1]);
}

async fn a_call_whose_items_could_not_come_is_not_sent(setup: Setup) {
    let (served, client, laboratory) = both(&setup, Limits::default(), Limits::default().stream_items(0)).await;
    let error = client.stay(1, 0).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::NotSent), "{error}");
    assert!(error.to_string().contains("`stream_items` is 0"), "{error}");
    for (bytes, items) in [(0, 1), (1, 0)] {
        let error = client.stay(1, 0).window(bytes, items).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::NotSent), "{error}");
    }
    // What goes the other way is not bounded by it, nor what has a window of its own.
    assert_eq!(client.sum(1, stream::iter(0..10), 1).await.unwrap(), 46);
    assert!(all(client.count(10).window(1, 1).await.unwrap()).await.into_iter().eq(0..10));
    laboratory.ping().await.unwrap();
    // The numbers below 10, each once.
    assert_eq!(served.desk.ledger().len(), 10);
}

async fn a_server_that_takes_no_streams_says_so_and_gives_them_all_the_same(setup: Setup) {
    for none in [Limits::default().stream_items(0), Limits::default().stream_bytes(0)] {
        let (served, client, laboratory) = both(&setup, none, Limits::default()).await;
        let (loads, watched) = watched(stream::repeat(vec![1]));
        let error = client.hold_back(1, 0, loads).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unimplemented), Delivery::NotSent), "{error}");
        assert!(error.to_string().contains("the server takes no streams"), "{error}");
        watched.until_dropped().await;
        assert_eq!((watched.taken(), served.desk.ran(1)), (0, 0));
        assert!(all(client.count(10).await.unwrap()).await.into_iter().eq(0..10));
        laboratory.ping().await.unwrap();
    }
}
