//! Whom a channel asks again: a call with a stream that a server has surely not run goes on to the next connection, as
//! others do; one that sends items does not, for those that have gone are gone.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use rpc_core::{
    ByteIo, Channel, ChannelConfig, Code, Delivery, Limits, Server,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{
    Answer, Desk, Door, LaboratoryServer, RawPeer, StreamsClient, StreamsServer, poll_once, watched, within,
};
use tokio::{io::DuplexStream, sync::mpsc};

/// A transport whose servers speak by hand: each connection is handed to the test.
#[derive(Clone, Debug)]
struct ByHand(mpsc::UnboundedSender<DuplexStream>);

impl Transport for ByHand {
    fn scheme(&self) -> &'static str {
        "hand"
    }

    fn dial<'a>(&'a self, _: &'a rpc_core::Address, _: &'a Limits) -> BoxFuture<'a, std::io::Result<Carrier>> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            self.0.send(theirs).map_err(|_| std::io::Error::from(std::io::ErrorKind::ConnectionRefused))?;
            Ok(Carrier::Bytes(ByteIo::new(ours)))
        })
    }

    fn listen<'a>(
        &'a self,
        _: &'a rpc_core::Address,
        _: &'a Limits,
    ) -> BoxFuture<'a, std::io::Result<Box<dyn Listener>>> {
        Box::pin(async { Err(std::io::ErrorKind::Unsupported.into()) })
    }
}

/// The servers that a channel dials, one after the other.
struct Servers(mpsc::UnboundedReceiver<DuplexStream>);

impl Servers {
    fn new() -> (Channel, Self) {
        let (dialled, servers) = mpsc::unbounded_channel();
        let channel = ChannelConfig::new().transport(ByHand(dialled)).lazy("hand://x").expect("a URL");
        (channel, Self(servers))
    }

    /// The next one, and the request that comes first.
    async fn asked(&mut self) -> (RawPeer<DuplexStream>, Head) {
        let mut server = RawPeer::new(within("a dial", self.0.recv()).await.expect("the channel lives"));
        server.read_hello().await;
        server.send_bytes(&Hello::default().encode()).await;
        let (head, _) = server.receive().await.expect("a request");
        assert_eq!(head.kind, Kind::Request);
        (server, head)
    }
}

/// Says that a call has surely not run, and that the server takes no more.
async fn turned_away(server: &mut RawPeer<DuplexStream>, request: Head) {
    server.send(Head::new(Kind::Goaway, 0), b"").await;
    let refusal = Head::new(Kind::Response, request.call).word(Code::Unavailable as u32).flags(Flags::NOT_RUN);
    server.send(refusal, b"the server is shutting down").await;
}

#[tokio::test]
async fn a_call_that_was_refused_goes_on_to_the_next_connection_and_its_stream_comes_from_there() {
    let (channel, mut servers) = Servers::new();
    let client = StreamsClient::new(channel);
    let asking = tokio::spawn(async move { client.count(5).detailed().await });
    let (mut first, request) = servers.asked().await;
    turned_away(&mut first, request).await;
    let (mut server, request) = servers.asked().await;
    server.send(Head::new(Kind::Begin, request.call), b"").await;
    server.send(Head { codec: request.codec, ..Head::new(Kind::Item, request.call) }, &7_u64.to_le_bytes()).await;
    server.send(Head::new(Kind::End, request.call), b"").await;
    let response = within("the call", asking).await.unwrap().unwrap();
    assert_eq!(response.attempts, 2);
    let items: Vec<u64> = response.value.map(Result::unwrap).collect().await;
    assert_eq!(items, [7]);
}

#[tokio::test]
async fn a_call_whose_items_have_begun_is_never_sent_again() {
    let (channel, mut servers) = Servers::new();
    let client = StreamsClient::new(channel);
    let asking = tokio::spawn(async move { client.count(5).await });
    let (mut server, request) = servers.asked().await;
    server.send(Head::new(Kind::Begin, request.call), b"").await;
    let mut items = within("the call", asking).await.unwrap().unwrap();
    // However it ends then.
    let end = Head::new(Kind::End, request.call).word(Code::Unavailable as u32).flags(Flags::NOT_RUN);
    server.send(Head::new(Kind::Goaway, 0), b"").await;
    server.send(end, b"the server has stopped").await;
    let error = within("the end", items.next()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(Code::Unavailable));
    assert!(servers.0.try_recv().is_err(), "it was sent again");
}

#[tokio::test]
async fn a_call_that_sends_items_is_not_sent_again_once_they_follow_it() {
    let (channel, mut servers) = Servers::new();
    let client = StreamsClient::new(channel);
    let (loads, watched) = watched(stream::repeat(vec![1]));
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.weigh(loads).await }
    });
    let (mut server, request) = servers.asked().await;
    turned_away(&mut server, request).await;
    let error = within("the call", asking).await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Refused), "{error}");
    watched.until_dropped().await;
    assert!(servers.0.try_recv().is_err(), "it was sent again");
    // The next one goes elsewhere.
    let next = poll_once(client.weigh(stream::empty())).await;
    let answered = async {
        let (mut server, request) = servers.asked().await;
        server.send(Head { codec: request.codec, ..Head::new(Kind::Response, request.call) }, &[0; 16]).await;
        server
    };
    assert_eq!(tokio::join!(next, answered).0.unwrap(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_sends_items_waits_for_a_connection_with_all_of_them() {
    let (door, desk) = (Door::default(), Desk::default());
    let channel = ChannelConfig::new().transport(door.clone()).lazy("door://x").unwrap();
    let client = StreamsClient::new(channel);
    let (numbers, watched) = watched(stream::iter(0..100));
    let waiting = tokio::spawn(async move { client.sum(0, numbers, 1).wait_for_ready().await });
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(watched.taken(), 0, "nobody takes them yet");
    door.answer("x", Answer::Served(desk));
    assert_eq!(waiting.await.unwrap().unwrap(), 4_950);
}

#[tokio::test]
async fn a_client_in_the_same_process_streams_without_a_socket() {
    let desk = Desk::default();
    let mut drips = StreamsClient::in_process(desk.clone()).drip().await.unwrap();
    let client = StreamsClient::in_process(desk.clone());
    let counted: Vec<u64> = client.count(2_000).await.unwrap().map(Result::unwrap).collect().await;
    assert!(counted.into_iter().eq(0..2_000));
    assert_eq!(client.sum(1, stream::iter(0..2_000), 1).await.unwrap(), 1_999_001);
    let loads: Vec<_> = (0..50).map(|n| vec![n; 3_000]).collect();
    let relayed: Vec<_> = client.relay(stream::iter(loads.clone())).await.unwrap().map(Result::unwrap).collect().await;
    assert!(relayed == loads);
    // Nobody has the client that it came from.
    desk.release(1);
    assert_eq!(within("a drip", drips.next()).await.unwrap().unwrap(), 0);
    drop((drips, client));
    within("the handlers", desk.until_running(0)).await;
}

#[tokio::test]
async fn a_server_over_any_pair_of_pipes_streams() {
    let (ours, theirs) = tokio::io::duplex(100);
    let desk = Desk::default();
    let server = Server::new().add(LaboratoryServer::new(desk.clone())).add(StreamsServer::new(desk.clone()));
    let serving = tokio::spawn(async move { server.serve_io(ByteIo::new(theirs)).await });
    let client = StreamsClient::new(ChannelConfig::new().connect_io(ByteIo::new(ours)).await.unwrap());
    assert_eq!(client.sum(0, stream::iter(0..100), 1).await.unwrap(), 4_950);
    let items = client.count(100).await.unwrap();
    drop(client);
    // The stream keeps the connection until it has ended.
    assert_eq!(items.count().await, 100);
    within("the server", serving).await.unwrap().unwrap();
}
