//! How connections end, and what is owed when they do: no call is lost to a drain, no task outlives its connection, no
//! frame that is owed is forgotten.

use std::time::Duration;

use rpc_core::{
    ByteIo, Limits, Server,
    wire::{Found, HEAD, Head, Hello, Kind, Parsed, longest, next, parse_hello},
};
use rpc_tests::{Desk, LaboratoryClient, LaboratoryServer, RawPeer, Setup, request, tidy, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::oneshot,
    task::JoinHandle,
};

const UNEXPECTED: u32 = 6;

/// Serves a desk at a URL as soon as nobody else does, until the sender is dropped.
async fn serve(url: &str, desk: &Desk) -> (JoinHandle<()>, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    loop {
        let server = Server::new().add(LaboratoryServer::new(desk.clone())).listen(url);
        match server.bind().await {
            Ok(server) => return (tokio::spawn(server.serve_until(async { drop(stopped.await) })), stop),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn a_call_that_runs_comes_to_its_end_though_its_channel_has_gone_elsewhere() {
    let (url, desk) = ("mem://rpc-tests-gone-elsewhere", Desk::default());
    let (first, stop) = serve(url, &desk).await;
    let client = LaboratoryClient::connect(url).await.unwrap();
    let running = tokio::spawn({
        let client = client.clone();
        async move { client.wait(1).await }
    });
    within("the handler", desk.until_running(1)).await;
    drop(stop);
    let (_second, _stop) = within("the second server", serve(url, &desk)).await;
    within("a call of the second server", async { while client.add(1, 2).await.is_err() {} }).await;
    assert!(!running.is_finished(), "the call was lost with the channel's move");
    desk.release(1);
    assert_eq!(within("the call", running).await.unwrap().unwrap(), 1);
    within("the first server", first).await.unwrap();
}

/// What a server sends to a peer that first sends `bytes`, then reads nothing for `wait`, then everything.
async fn answers(bytes: Vec<u8>, wait: Duration) -> Vec<Head> {
    let (mut peer, ours) = tokio::io::duplex(64);
    let limits = Limits { send_buffer: 200, take_timeout: Duration::MAX, ..Limits::default() };
    let server = Server::new().add(LaboratoryServer::new(Desk::default())).limits(limits);
    let serving = tokio::spawn(server.serve_io(ByteIo::new(ours)));
    let (mut reader, mut writer) = tokio::io::split(&mut peer);
    writer.write_all(&Hello::default().encode()).await.unwrap();
    let mut arrived = Vec::new();
    while matches!(parse_hello(&arrived, 64 << 10).unwrap(), Parsed::Partial { .. }) {
        reader.read_buf(&mut arrived).await.unwrap();
    }
    let writing = async { writer.write_all(&bytes).await.unwrap() };
    let reading = async {
        // The clock is paused: this is the time that passes, and no time of the test's.
        tokio::time::sleep(wait).await;
        let Parsed::Hello { len, .. } = parse_hello(&arrived, 64 << 10).unwrap() else { unreachable!() };
        let mut frames = arrived.split_off(len);
        let mut heads = Vec::new();
        while !heads.iter().any(|head: &Head| head.kind == Kind::Pong && head.word == u32::MAX) {
            match next(&frames, longest(4 << 20)).unwrap() {
                Found::Frame { head, body } => {
                    heads.extend(head);
                    frames.drain(..body.end);
                }
                Found::Partial { .. } => assert!(reader.read_buf(&mut frames).await.unwrap() > 0, "closed early"),
            }
        }
        heads
    };
    let ((), heads) = tokio::join!(writing, reading);
    drop(peer);
    serving.await.unwrap().unwrap();
    heads
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_owed_outlast_any_idleness() {
    let mut bytes = RawPeer::frame(request(1, "big"), &2_000_u32.to_le_bytes()).to_vec();
    bytes.extend(RawPeer::frame(request(3, "no such method"), b""));
    for word in [1, 2, 3, u32::MAX] {
        bytes.extend(RawPeer::frame(Head::new(Kind::Ping, 0).word(word), b""));
    }
    for wait in [Duration::ZERO, Duration::from_secs(60)] {
        let heads = answers(bytes.clone(), wait).await;
        let seen: Vec<_> = heads.iter().map(|head| (head.kind, head.call, head.word)).collect();
        let pongs = [1, 2, 3, u32::MAX].map(|word| (Kind::Pong, 0, word));
        assert_eq!(seen, [&[(Kind::Response, 1, 0), (Kind::Response, 3, 12)][..], &pongs].concat(), "after {wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_before_a_connection_winds_down_leaves_however_slowly_the_peer_takes_it() {
    const LEN: usize = 2_000;
    let (theirs, ours) = tokio::io::duplex(64);
    let serving = tokio::spawn(Server::new().add(LaboratoryServer::new(Desk::default())).serve_io(ByteIo::new(ours)));
    let mut peer = RawPeer::new(theirs).introduced().await;
    peer.send(request(1, "big"), &(LEN as u32).to_le_bytes()).await;
    peer.send(Head::new(Kind::Goaway, 0), b"").await;
    // A small part at a time; the clock is paused.
    let (mut taken, mut part) = (Vec::new(), [0; 64]);
    while let Ok(len @ 1..) = within("the server", peer.io.read(&mut part)).await {
        taken.extend_from_slice(&part[..len]);
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    let (response, rest) = taken.split_at_checked(4 + HEAD + size_of::<u64>() + LEN).expect("all of the response");
    assert_eq!((response[4], rest.len()), (Kind::Response as u8, 4 + HEAD), "and the goaway");
    within("the server", serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn no_task_outlives_a_peer_that_has_said_its_last() {
    let setup = Setup::over("unix://{tmp}/{unique}.sock");
    let limits = Limits { send_buffer: 64 << 10, ..Limits::default() };
    let served = setup.serve_with(limits).await;
    let path = served.url.strip_prefix("unix://").unwrap();
    // At some of these counts the end is read while the last responses still wait for room.
    for count in 6..14 {
        let mut peer = UnixStream::connect(path).await.unwrap();
        let mut bytes = Hello::default().encode();
        for call in 0..count {
            bytes.extend(RawPeer::frame(request(2 * call + 1, "big"), &60_000_u32.to_le_bytes()));
        }
        peer.write_all(&bytes).await.unwrap();
        peer.shutdown().await.unwrap();
        // The server has all it will get, and sends what the system takes of the answers.
        let ready = within("the first answer", peer.readable()).await;
        ready.unwrap();
        let mut answers = Vec::new();
        let end = within("the end of the connection", peer.read_to_end(&mut answers)).await;
        assert!(end.unwrap() > 60_000, "{count} requests");
    }
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn an_id_is_taken_until_its_refusal_has_left() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve().await;
    let mut peer = RawPeer::client(&served.url).await;
    // All in one segment, and so in one turn: the first response fills the link before anything is flushed.
    let mut bytes = RawPeer::frame(request(1, "big"), &2_000_000_u32.to_le_bytes()).to_vec();
    bytes.extend(RawPeer::frame(request(3, "no such method"), b""));
    bytes.extend(RawPeer::frame(request(3, "wait"), &1_u64.to_le_bytes()));
    peer.send_bytes(&bytes).await;
    let (head, text) = within("the end", peer.receive_all()).await.pop().expect("an error frame");
    assert_eq!((head.kind, head.word), (Kind::Error, UNEXPECTED), "{text:?}");
    drop(peer);
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn a_server_that_pings_and_does_not_read_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let flooding = tokio::spawn(async move {
        let mut server = RawPeer::server(&listener, &Hello::default()).await;
        let pings = RawPeer::frame(Head::new(Kind::Ping, 0), b"").repeat(10_000);
        // Far more than the buffers of the system and of the link hold answers to: 200 MB of pings.
        for _ in 0..1_000 {
            if server.io.write_all(&pings).await.is_err() {
                return;
            }
        }
        panic!("the client takes pings for ever");
    });
    let client = LaboratoryClient::connect(&url).await.unwrap();
    let error = within("the call", client.ping()).await.unwrap_err();
    assert!(error.to_string().contains("the limit `pongs`"), "{error}");
    drop(client);
    within("the server", flooding).await.unwrap();
}
