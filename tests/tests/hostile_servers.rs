//! A client and servers that speak the protocol by hand: right, wrong, or not at all. The client says which it was, and
//! ends every call with what is true.

use std::time::Duration;

use rpc_core::{
    Channel, ChannelConfig, Code, CodecId, Delivery, Limits,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{LaboratoryClient, RawPeer, listen, poll_once, server_by_hand, within};
use tokio::io::AsyncWriteExt;

async fn plain() -> (RawPeer, LaboratoryClient) {
    server_by_hand(Hello::default(), ChannelConfig::new()).await
}

/// What a client says of a server that begins like this.
async fn refusal(first: &'static [u8], limits: Limits) -> String {
    let (listener, url) = listen().await;
    let answering = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.unwrap();
        io.write_all(first).await.unwrap();
        io
    });
    let connecting = ChannelConfig::new().limits(limits).connect(&url);
    let error = within("the client", connecting).await.unwrap_err().to_string();
    answering.await.unwrap();
    assert!(error.starts_with(&format!("cannot connect to `{url}`: ")) && !error.contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_named() {
    for (first, name) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP/1"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", "HTTP/2"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        (b"-ERR unknown command\r\n", "Redis"),
        (b"welcome\r\n", "welcome"),
    ] {
        let error = refusal(first, Limits::default()).await;
        assert!(error.contains(name), "{name} is not named: {error}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let limits = Limits { hello_timeout: Duration::from_millis(20), ..Limits::default() };
    for first in [&b""[..], b"\xf2RPC"] {
        let error = refusal(first, limits.clone()).await;
        assert!(error.contains("`hello_timeout`"), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_another_version_says_so() {
    let error = refusal(b"\xf2RPC\r\n\x1a\n\x02\0\x07\0\0\0\0\0", Limits::default()).await;
    assert!(error.contains("this side speaks 1, the peer 2 to 7"), "{error}");
}

#[tokio::test]
async fn codecs_are_agreed_on_or_both_lists_are_named() {
    let json_only = || Hello { codecs: vec![CodecId::JSON.0], ..Hello::default() };
    let (mut server, client) = server_by_hand(json_only(), ChannelConfig::new()).await;
    let call = poll_once(client.add(1, 2)).await;
    let (head, body) = server.receive().await.unwrap();
    assert_eq!((head.codec, &body[..]), (CodecId::JSON.0, &b"[1,2]"[..]));
    server.send(Head { codec: head.codec, ..Head::new(Kind::Response, head.call) }, b"3").await;
    assert_eq!(within("the call", call).await.unwrap(), 3);

    let (listener, url) = listen().await;
    let connecting = tokio::spawn(async move { ChannelConfig::new().codec(CodecId::BINARY).connect(&url).await });
    let _server = RawPeer::server(&listener, &json_only()).await;
    let error = within("the client", connecting).await.unwrap().unwrap_err().to_string();
    assert!(error.contains("this side has binary(1); the server has json(6)"), "{error}");
}

/// What becomes of a call when the server sends these frames, and which frame the client sends to it last.
async fn answered(bytes: Vec<u8>, config: ChannelConfig) -> (rpc_core::Status, Option<Head>) {
    let (mut server, client) = server_by_hand(Hello::default(), config).await;
    let call = poll_once(client.note(1)).await;
    server.receive().await.unwrap();
    server.send_bytes(&bytes).await;
    server.io.shutdown().await.unwrap();
    let error = within("the call", call).await.unwrap_err();
    let frames = server.receive_all().await;
    (error.status().unwrap().clone(), frames.last().map(|(head, _)| *head))
}

#[tokio::test]
async fn a_server_that_breaks_the_protocol_leaves_calls_in_doubt_and_is_told() {
    let frame = |kind, call| RawPeer::frame(Head::new(kind, call), b"").to_vec();
    for (what, code, bytes) in [
        ("a response that nobody asked for", 6, frame(Kind::Response, 3)),
        ("a response to call 0", 6, frame(Kind::Response, 0)),
        ("a response of the wrong parity", 6, frame(Kind::Response, 2)),
        ("an item", 6, frame(Kind::Item, 1)),
        ("a request", 6, frame(Kind::Request, 2)),
        ("an unknown kind", 4, [&16_u32.to_le_bytes()[..], &[11], &[0; 15]].concat()),
        ("a frame above the limit", 5, u32::MAX.to_le_bytes().to_vec()),
    ] {
        let (status, last) = answered(bytes, ChannelConfig::new()).await;
        assert_eq!((status.code(), status.delivery()), (Code::Unavailable, Delivery::Unknown), "{what}: {status}");
        assert!(status.to_string().contains("the server broke the protocol"), "{what}: {status}");
        assert_eq!(last.map(|head| (head.kind, head.word)), Some((Kind::Error, code)), "{what}");
    }
    let limits = Limits { message: 100, ..Limits::default() };
    let more = RawPeer::frame(Head::new(Kind::Response, 1).flags(Flags::MORE), &[0; 60]).repeat(2);
    let (status, last) = answered(more, ChannelConfig::new().limits(limits)).await;
    assert!(status.to_string().contains("`message` is 100"), "{status}");
    assert_eq!(last.map(|head| (head.kind, head.word)), Some((Kind::Error, 5)));
}

#[tokio::test]
async fn a_connection_that_ends_leaves_calls_in_doubt_and_says_where() {
    for (part, bytes) in [
        ("the peer closed the connection", vec![]),
        (
            "in the middle of a frame, 10 bytes into it",
            RawPeer::frame(Head::new(Kind::Response, 1), b"")[..10].to_vec(),
        ),
        ("3): bad\\nhello", RawPeer::frame(Head::new(Kind::Error, 0).word(3), b"bad\nhello").to_vec()),
    ] {
        let (status, _) = answered(bytes, ChannelConfig::new()).await;
        assert_eq!((status.code(), status.delivery()), (Code::Unavailable, Delivery::Unknown), "{status}");
        assert!(status.to_string().contains(part), "{part:?} is missing in {status}");
    }
}

#[tokio::test]
async fn a_call_that_is_too_late_is_cancelled_on_the_server() {
    let (mut server, client) = plain().await;
    let error = within("the call", client.note(1).timeout(Duration::from_millis(20))).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown));
    assert!(error.to_string().contains("the deadline of 20ms has passed"), "{error}");
    let request = server.receive().await.unwrap().0;
    let cancel = server.receive().await.unwrap().0;
    assert_eq!((cancel.kind, cancel.call), (Kind::Cancel, request.call));
}

#[tokio::test]
async fn an_id_is_not_used_again_before_its_terminal_frame() {
    let (mut server, client) = plain().await;
    drop(poll_once(client.note(1)).await);
    let cancelled = server.receive().await.unwrap().0;
    let cancel = server.receive().await.unwrap().0;
    assert_eq!((cancel.kind, cancel.call), (Kind::Cancel, cancelled.call));
    let second = poll_once(client.note(2)).await;
    assert_ne!(server.receive().await.unwrap().0.call, cancelled.call);
    server.send(Head::new(Kind::Response, cancelled.call), b"too late").await;
    server.send(Head::new(Kind::Ping, 0).word(9), b"").await;
    let pong = server.receive().await.unwrap().0;
    assert_eq!((pong.kind, pong.word), (Kind::Pong, 9));
    let third = poll_once(client.note(3)).await;
    assert_eq!(server.receive().await.unwrap().0.call, cancelled.call, "it was answered: it is free");
    drop((second, third));
}

#[tokio::test]
async fn after_its_goaway_a_client_begins_no_request() {
    // In fragments most of the calls have begun when the goaway comes; in one frame each most have not.
    for frame in [1_000, usize::MAX] {
        goaway_among_requests(Limits { frame, send_buffer: 4_000, ..Limits::default() }).await;
    }
}

async fn goaway_among_requests(limits: Limits) {
    let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new().limits(limits)).await;
    // More than a socket holds.
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.bytes(vec![0; 3 << 20]).await })
        })
        .collect();
    server.io.readable().await.unwrap();
    server.send(Head::new(Kind::Goaway, 0), b"").await;
    let mut begun = std::collections::BTreeSet::new();
    loop {
        let (head, _) = server.receive().await.unwrap();
        match head.kind {
            Kind::Goaway => break,
            kind => assert_eq!(kind, Kind::Request),
        }
        match head.flags.has(Flags::MORE) {
            true => begun.insert(head.call),
            false => begun.remove(&head.call),
        };
    }
    // What was begun may be finished; nothing begins, whatever room there is.
    for round in 0..10 {
        server.send(Head::new(Kind::Ping, 0).word(round), b"").await;
        loop {
            let (head, _) = server.receive().await.unwrap();
            match head.kind {
                Kind::Pong => break,
                _ => assert!(begun.contains(&head.call), "call {} begins after the goaway", head.call),
            }
            if !head.flags.has(Flags::MORE) {
                begun.remove(&head.call);
            }
        }
    }
    drop(server);
    for call in calls {
        let error = within("a call", call).await.unwrap().unwrap_err();
        assert_eq!(error.code(), Some(Code::Unavailable), "{error}");
    }
}

#[tokio::test]
async fn nobody_at_all_is_said_in_one_line_for_every_scheme() {
    for url in ["tcp://127.0.0.1:1", "unix:///nowhere/at-all.sock", "unix://@nobody-listens-here", "mem://nobody"] {
        let error = Channel::connect(url).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot connect to `{url}`: ")), "{error}");
        assert!(!error.is_address(), "{error}");
    }
    for (url, part) in [
        ("127.0.0.1:1", "no `://`"),
        ("carrier-pigeon://loft", "here are: tcp, unix, mem"),
        ("tcp://nowhere", "tcp://host:port"),
        ("unix://relative", "unix:///absolute/path"),
    ] {
        let error = Channel::connect(url).await.unwrap_err();
        assert!(error.is_address() && error.to_string().contains(part), "{error}");
    }
}
