//! Peers that take nothing, or go on with nothing, over a pipe that holds little. The clock moves only when everybody waits:
//! a task that went round without getting on would stop it for good.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use rpc_core::{
    ByteIo, ChannelConfig, Code, CodecId, Delivery, Limits, Server,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{
    Desk, LaboratoryClient, RawPeer, StreamsClient, StreamsServer, poll_once, request_of, server_over_a_pipe, watched,
};
use tokio::{
    io::DuplexStream,
    task::JoinHandle,
    time::{Instant, sleep},
};

const HOUR: Duration = Duration::from_secs(3_600);
/// What the pipe holds.
const PIPE: usize = 4 << 10;

/// A peer of a server of streams.
async fn server(limits: Limits) -> (RawPeer<DuplexStream>, Desk, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let desk = Desk::default();
    let server = Server::new().add(StreamsServer::new(desk.clone())).limits(limits);
    let serving = tokio::spawn(async move { server.serve_io(ByteIo::new(theirs)).await.unwrap() });
    let mut peer = RawPeer::new(ours);
    // It lets come whatever there is, and does not read it.
    let credits =
        rpc_core::wire::InitialCredits { stream_bytes: 1 << 30, stream_items: 1 << 30, connection_bytes: 1 << 30 };
    peer.send_bytes(&Hello { credits, ..Hello::default() }.encode()).await;
    peer.read_hello().await;
    (peer, desk, serving)
}

/// A client of streams, whose server lets it send whatever there is.
async fn client(limits: Limits, calls_in_flight: u32) -> (RawPeer<DuplexStream>, StreamsClient, LaboratoryClient) {
    let credits =
        rpc_core::wire::InitialCredits { stream_bytes: 1 << 30, stream_items: 1 << 30, connection_bytes: 1 << 30 };
    let hello = Hello { credits, calls_in_flight, ..Hello::default() };
    let (server, channel) = server_over_a_pipe(PIPE, hello, ChannelConfig::new().limits(limits)).await;
    (server, StreamsClient::new(channel.clone()), LaboratoryClient::new(channel))
}

fn request(call: u32, method: &str) -> Head {
    request_of("test.Streams", call, method)
}

fn item(call: u32) -> Head {
    Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Item, call) }
}

#[tokio::test(start_paused = true)]
async fn who_takes_no_items_is_let_go_and_its_handler_with_it() {
    let (mut peer, desk, serving) = server(Limits::default().send_buffer(8 << 10)).await;
    peer.send(request(1, "count").flags(Flags::END), &u64::MAX.to_le_bytes()).await;
    let start = Instant::now();
    serving.await.unwrap();
    assert!((30..=33).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
    desk.until_running(0).await;
    // What the pipe and the buffers hold, and no more.
    let made = desk.ledger().len();
    assert!((PIPE / 24..2_000).contains(&made), "{made} items were made");
}

#[tokio::test(start_paused = true)]
async fn items_of_nothing_find_no_more_room_than_others() {
    let (mut peer, desk, serving) = server(Limits::default().send_buffer(8 << 10)).await;
    peer.send(request(1, "nothings").flags(Flags::END), &100_000_u32.to_le_bytes()).await;
    serving.await.unwrap();
    desk.until_running(0).await;
    let made = desk.ledger().len();
    assert!((PIPE / 20..3_000).contains(&made), "{made} items were made");
}

#[tokio::test(start_paused = true)]
async fn who_takes_items_slowly_is_not_let_go_and_no_more_are_made_than_find_room() {
    let (mut peer, desk, serving) = server(Limits::default().send_buffer(8 << 10)).await;
    peer.send(request(1, "count").flags(Flags::END), &u64::MAX.to_le_bytes()).await;
    assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Begin);
    for taken in 0..600_u64 {
        let (head, body) = peer.receive().await.unwrap();
        assert_eq!((head.kind, &body[..]), (Kind::Item, &taken.to_le_bytes()[..]));
        if taken % 60 == 0 {
            sleep(Duration::from_secs(20)).await;
            let made = desk.ledger().len() as u64;
            assert!(made < taken + 2_000, "{made} items were made when {taken} were taken");
        }
    }
    drop(peer);
    serving.await.unwrap();
    desk.until_running(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_item_in_pieces_that_stands_still_ends_its_call_and_no_other() {
    let (mut peer, desk, serving) = server(Limits::default()).await;
    for call in [1, 3] {
        peer.send(request(call, "weigh"), b"").await;
    }
    desk.until_running(2).await;
    peer.send(item(1).flags(Flags::MORE), &[0; 4]).await;
    let start = Instant::now();
    let (head, text) = peer.receive().await.unwrap();
    assert_eq!((head.kind, head.call, head.word), (Kind::Response, 1, Code::ResourceExhausted as u32));
    assert!(String::from_utf8_lossy(&text).contains("the server's limit `stall_timeout`"), "{text:?}");
    assert!((10..=13).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
    // The other one may say nothing for as long as it likes, between two items.
    sleep(100 * HOUR).await;
    peer.send(item(3).flags(Flags::END), &[0; 8]).await;
    let (head, _) = peer.receive().await.unwrap();
    assert_eq!((head.kind, head.call, head.word), (Kind::Response, 3, 0));
    drop(peer);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_no_items_stops_their_source_and_costs_its_client_nothing() {
    let (mut server, client, _) = client(Limits::default().send_buffer(8 << 10), 9).await;
    let (loads, watched) = watched(stream::iter(0_u64..).map(|n| n.to_le_bytes().to_vec()));
    let upload = tokio::spawn(async move { client.weigh(loads).await });
    sleep(100 * HOUR).await;
    let made = watched.taken();
    assert!((PIPE / 32..2_000).contains(&made), "{made} items were made");
    // It goes on when the server does.
    let (head, _) = server.receive().await.unwrap();
    assert_eq!(head.kind, Kind::Request);
    for n in 0_u64..2_000 {
        let (head, body) = server.receive().await.unwrap();
        assert_eq!((head.kind, &body[8..]), (Kind::Item, &n.to_le_bytes()[..]));
    }
    watched.until_taken(2_000).await;
    // Its answer finds it still sending.
    server.send(Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Response, head.call) }, &[7; 16]).await;
    assert_eq!(upload.await.unwrap().unwrap().0, u64::from_le_bytes([7; 8]));
    watched.until_dropped().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_time_is_over_before_it_found_room_was_not_sent_and_leaves_its_place() {
    let limits = || Limits::default().send_buffer(1 << 10);
    let second = Duration::from_secs(1);
    let (mut server, client, laboratory) = client(limits(), 2).await;
    // Far more than the pipe takes.
    let first = tokio::spawn({
        let laboratory = laboratory.clone();
        async move { laboratory.bytes(vec![7; 100_000]).timeout(Duration::MAX).await }
    });
    tokio::task::yield_now().await;
    for _ in 0..5 {
        let idle = client.count(1).idle_timeout(second).await.unwrap_err();
        let late = client.count(1).timeout(second).await.unwrap_err();
        let (loads, watched) = watched(stream::repeat(vec![1]));
        let sending = client.weigh(loads).idle_timeout(second).await.unwrap_err();
        for error in [idle, late, sending] {
            assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent), "{error}");
        }
        watched.until_dropped().await;
        assert_eq!(watched.taken(), 0);
    }
    // Were a place lost, the next call would wait for one for ever.
    let next = poll_once(laboratory.note(7)).await;
    let answer = async {
        let (head, body) = server.receive().await.unwrap();
        server.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
        let (head, body) = server.receive().await.unwrap();
        server.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
    };
    let (noted, ()) = tokio::join!(next, answer);
    assert_eq!(noted.unwrap(), 7);
    assert_eq!(first.await.unwrap().unwrap().len(), 100_000);
}
