//! Streams whose other side speaks by hand: does not read, breaks off, says what it may not. Each costs its own call what
//! it must, and nobody else anything. Over pipes, on which no time passes but by the clock that stands still.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{future::join_all, stream};
use rpc_core::{
    ByteIo, ChannelConfig, Code, Delivery, Limits, Server, Streaming,
    link::{ByteReader, ByteWriter},
    service,
    wire::{Flags, Head, Hello, InitialCredits, Kind},
};
use rpc_tests::{
    Desk, LaboratoryClient, LaboratoryServer, RawPeer, StreamsClient, StreamsServer, request_of, watched, within,
};
use tokio::{
    io::DuplexStream,
    sync::{Semaphore, mpsc},
    task::{JoinHandle, yield_now},
    time::sleep,
};

const SECOND: Duration = Duration::from_secs(1);
/// Bytes that a pipe holds.
const PIPE: usize = 4 << 10;

/// Limits under which a connection sends as soon as it has something to send, and holds little.
fn narrow(limits: Limits) -> Limits {
    limits.send_buffer(32 << 10)
}

/// A hello that gives every stream credit for one item.
fn one_item() -> Hello {
    let credits = InitialCredits { stream_bytes: 1 << 20, stream_items: 1, connection_bytes: 1 << 30 };
    Hello { credits, ..Hello::default() }
}

/// Gives every one of these calls credit for another item.
async fn give_each(peer: &mut RawPeer<DuplexStream>, calls: &[u32]) {
    for call in calls {
        peer.send(Head { extra: 1, ..Head::new(Kind::Credit, *call) }.word(1 << 20), b"").await;
    }
}

/// A client by hand of this server.
async fn client_by_hand(hello: &Hello, server: Server) -> (RawPeer<DuplexStream>, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let serving = tokio::spawn(async move { server.serve_io(ByteIo::new(theirs)).await.unwrap() });
    let mut peer = RawPeer::new(ours);
    peer.send_bytes(&hello.encode()).await;
    peer.read_hello().await;
    (peer, serving)
}

/// A server by hand, and the streams and the laboratory of a client of it.
async fn server_by_hand(hello: &Hello, limits: Limits) -> (RawPeer<DuplexStream>, StreamsClient, LaboratoryClient) {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let connecting = tokio::spawn(ChannelConfig::new().limits(limits).connect_io(ByteIo::new(theirs)));
    let mut peer = RawPeer::new(ours);
    peer.read_hello().await;
    peer.send_bytes(&hello.encode()).await;
    let channel = within("the client", connecting).await.unwrap().unwrap();
    (peer, StreamsClient::new(channel.clone()), LaboratoryClient::new(channel))
}

/// The arguments of `lengths`.
fn lengths(len: u32, count: usize) -> Vec<u8> {
    [&(count as u64).to_le_bytes()[..], &len.to_le_bytes().repeat(count)].concat()
}

/// An item that is a load of so many bytes.
fn load(len: usize) -> Vec<u8> {
    [&(len as u64).to_le_bytes()[..], &vec![7; len]].concat()
}

#[tokio::test(start_paused = true)]
async fn a_server_asks_for_no_item_while_nobody_takes_what_it_has_sent() {
    const LEN: u32 = 16 << 10;
    let calls: Vec<u32> = (0..60).map(|n| 2 * n + 1).collect();
    let desk = Desk::default();
    let server = Server::new().limits(narrow(Limits::default())).add(StreamsServer::new(desk.clone()));
    let (mut peer, serving) = client_by_hand(&one_item(), server).await;
    for call in &calls {
        peer.send(request_of("test.Streams", *call, "lengths"), &lengths(LEN, 2)).await;
    }
    // Every stream has begun and has sent what it may.
    let mut came = 0;
    while came < calls.len() {
        came += usize::from(peer.receive().await.unwrap().0.kind == Kind::Item);
    }
    assert_eq!(desk.ledger().len(), calls.len());
    give_each(&mut peer, &calls).await;
    sleep(SECOND).await;
    let made = desk.ledger().len() - calls.len();
    assert!((1..=4).contains(&made), "{made} items were made for a peer that reads none");
    while came < 2 * calls.len() {
        came += usize::from(peer.receive().await.unwrap().0.kind == Kind::Item);
    }
    drop(peer);
    serving.await.unwrap();
    desk.until_running(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_asks_for_no_item_while_nobody_takes_what_it_has_sent() {
    const LEN: usize = 16 << 10;
    const CALLS: usize = 60;
    let (mut peer, client, _) = server_by_hand(&one_item(), narrow(Limits::default())).await;
    let made = Arc::new(AtomicUsize::new(0));
    let uploads = join_all((0..CALLS).map(|_| {
        let (client, made) = (client.clone(), made.clone());
        let loads = stream::repeat_with(move || {
            made.fetch_add(1, Ordering::Relaxed);
            vec![7; LEN]
        });
        tokio::spawn(async move { client.weigh(loads).await })
    }));
    let (mut calls, mut came) = (Vec::new(), 0);
    while came < CALLS {
        let head = peer.receive().await.unwrap().0;
        match head.kind {
            Kind::Request => calls.push(head.call),
            _ => came += 1,
        }
    }
    assert_eq!(made.load(Ordering::Relaxed), CALLS);
    give_each(&mut peer, &calls).await;
    sleep(SECOND).await;
    let more = made.load(Ordering::Relaxed) - CALLS;
    assert!((1..=4).contains(&more), "{more} items were made for a peer that reads none");
    while came < 2 * CALLS {
        assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Item);
        came += 1;
    }
    drop(peer);
    for ended in uploads.await {
        assert_eq!(ended.unwrap().unwrap_err().code(), Some(Code::Unavailable));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_falls_idle_before_anything_of_it_was_sent_says_so_and_gives_its_place_back() {
    let hello = Hello { calls_in_flight: 2, ..Hello::default() };
    let (mut peer, streams, laboratory) = server_by_hand(&hello, Limits::default().send_buffer(1)).await;
    // A long request that nobody reads fills the link.
    let first = tokio::spawn({
        let laboratory = laboratory.clone();
        async move { laboratory.bytes(vec![7; 100_000]).await }
    });
    sleep(SECOND).await;
    let error = streams.stay(1, 0).idle_timeout(SECOND).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent), "{error}");
    assert!(error.to_string().contains("`idle_timeout`"), "{error}");
    // The server wakes up. It hears nothing of the other.
    let (head, body) = peer.receive().await.unwrap();
    peer.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
    assert_eq!(first.await.unwrap().unwrap().len(), 100_000);
    let two = [1, 2].map(|id| {
        let laboratory = laboratory.clone();
        tokio::spawn(async move { laboratory.note(id).await })
    });
    let mut asked = Vec::new();
    for _ in &two {
        let (head, body) = peer.receive().await.unwrap();
        assert_eq!((head.kind, body.len()), (Kind::Request, 8));
        asked.push((head, body));
    }
    for (head, body) in asked {
        peer.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
    }
    for (call, id) in two.into_iter().zip(1..) {
        assert_eq!(call.await.unwrap().unwrap(), id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_items_where_one_value_is_awaited_ends_the_upload_with_its_call_and_no_other() {
    let (mut peer, streams, laboratory) = server_by_hand(&Hello::default(), Limits::default()).await;
    let (give, given) = mpsc::unbounded_channel();
    let numbers = stream::unfold(given, |mut given| async { Some((given.recv().await?, given)) });
    let (numbers, watched) = watched(numbers);
    let call = tokio::spawn(async move { streams.sum(0, numbers, 1).await });
    let id = peer.receive().await.unwrap().0.call;
    give.send(7).unwrap();
    assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Item);
    let items = |head: Head| Head { codec: 1, ..head };
    peer.send(items(Head::new(Kind::Begin, id)), b"").await;
    peer.send(items(Head::new(Kind::Item, id)), &7_u64.to_le_bytes()).await;
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
    assert!(error.to_string().contains("it is a stream of items"), "{error}");
    within("the upload", watched.until_dropped()).await;
    assert_eq!(watched.taken(), 1);
    let _ = give.send(8);
    assert_eq!(peer.receive().await.unwrap().0, Head::new(Kind::Cancel, id));
    // What the server has still to say of it, before it hears of that; then the id is free.
    peer.send(items(Head::new(Kind::Item, id)), &8_u64.to_le_bytes()).await;
    peer.send(Head { extra: 9, ..Head::new(Kind::Credit, id) }.word(9), b"").await;
    peer.send(Head::new(Kind::End, id), b"").await;
    for n in 0..3 {
        let call = tokio::spawn({
            let laboratory = laboratory.clone();
            async move { laboratory.note(n).await }
        });
        let (head, body) = peer.receive().await.unwrap();
        assert_eq!((head.kind, head.call), (Kind::Request, id), "the id is free");
        peer.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
        assert_eq!(call.await.unwrap().unwrap(), n);
    }
}

/// Has its items read by a task of its own.
#[service(name = "test.Elsewhere")]
trait Elsewhere {
    async fn hand_over(&self, loads: Streaming<Vec<u8>>);
}

struct Office {
    gate: Arc<Semaphore>,
    told: mpsc::UnboundedSender<(usize, Option<String>)>,
}

impl Elsewhere for Office {
    async fn hand_over(&self, mut loads: Streaming<Vec<u8>>) {
        let (gate, told) = (self.gate.clone(), self.told.clone());
        tokio::spawn(async move {
            let _open = gate.acquire_owned().await;
            let (mut count, mut failed) = (0, None);
            while let Some(load) = loads.next().await {
                match load {
                    Ok(_) => count += 1,
                    Err(status) => failed = Some(status.to_string()),
                }
            }
            let _ = told.send((count, failed));
        });
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_without_room_is_no_good_end_to_who_reads_elsewhere() {
    // The last item says that it is the last, or a frame of its own does; small items come together, large ones alone.
    for (len, own_end) in [(100, false), (100, true), (3_000, false), (3_000, true), (6_000, false), (6_000, true)] {
        let (gate, (told, mut telling)) = (Arc::new(Semaphore::new(0)), mpsc::unbounded_channel());
        let office = Office { gate: gate.clone(), told };
        let limits = Limits::default().request_bytes(3 * len);
        let server = Server::new().limits(limits).add(ElsewhereServer::new(office));
        let (mut peer, serving) = client_by_hand(&Hello::default(), server).await;
        peer.send(request_of("test.Elsewhere", 1, "hand_over"), b"").await;
        let item = |flags| RawPeer::frame(Head { codec: 1, ..Head::new(Kind::Item, 1) }.flags(flags), &load(len));
        let end = RawPeer::frame(Head::new(Kind::End, 1), b"");
        let frames = match own_end {
            true => [item(Flags::NONE), item(Flags::NONE), item(Flags::NONE), end].concat(),
            false => [item(Flags::NONE), item(Flags::NONE), item(Flags::END)].concat(),
        };
        peer.send_bytes(&frames).await;
        let (head, text) = peer.response(1).await;
        assert_eq!(head.word, Code::ResourceExhausted as u32, "{text:?}");
        assert!(String::from_utf8_lossy(&text).contains("`request_bytes`"), "{text:?}");
        gate.close();
        let (count, failed) = telling.recv().await.unwrap();
        assert!(count < 3 && failed.is_some(), "{count} of 3 items of {len} bytes came before a good end");
        drop(peer);
        serving.await.unwrap();
    }
}

/// Counts how often it is asked for bytes.
#[derive(Debug)]
struct Counted(Box<dyn ByteReader>, Arc<AtomicUsize>);

impl ByteReader for Counted {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.poll_read(cx, into)
    }
}

/// Takes bytes until it is broken.
#[derive(Debug)]
struct Breaking(Box<dyn ByteWriter>, Arc<AtomicBool>);

impl Breaking {
    fn whole(&self) -> io::Result<()> {
        if self.1.load(Ordering::Relaxed) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl ByteWriter for Breaking {
    fn try_write(&self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.whole()?;
        self.0.try_write(bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.whole()?;
        self.0.poll_write(cx, bytes)
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        self.0.poll_shutdown(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn credit_that_is_owed_to_a_peer_that_reads_no_more_keeps_nobody_busy() {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (polls, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let ByteIo { reader, writer, read } = ByteIo::new(theirs);
    let io = ByteIo {
        reader: Box::new(Counted(reader, polls.clone())),
        writer: Box::new(Breaking(writer, broken.clone())),
        read,
    };
    let desk = Desk::default();
    let limits = Limits::default().connection_stream_bytes(1_000);
    let server = Server::new().limits(limits).add(LaboratoryServer::new(desk.clone()));
    let serving = tokio::spawn(async move { server.serve_io(io).await.unwrap() });
    let mut peer = RawPeer::new(ours).introduced().await;
    broken.store(true, Ordering::Relaxed);
    // Its answer finds that nobody reads. Then come items of a call that is not open.
    peer.send(Head::new(Kind::Ping, 0), b"").await;
    sleep(SECOND).await;
    peer.send(Head { codec: 1, ..Head::new(Kind::Item, 1) }, &[0; 900]).await;
    for _ in 0..1_000 {
        yield_now().await;
    }
    let before = polls.load(Ordering::Relaxed);
    for _ in 0..1_000 {
        yield_now().await;
    }
    let turns = polls.load(Ordering::Relaxed) - before;
    assert!(turns < 10, "{turns} turns in which nothing happened");
    // What comes is still taken.
    peer.send(request_of("test.Laboratory", 0, "log"), &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await;
    within("the oneway", desk.until_ran(1)).await;
    drop(peer);
    serving.await.unwrap();
}
