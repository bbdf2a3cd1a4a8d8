//! A client and servers that speak the protocol by hand: right, wrong, or not at all. The client says which it was, and
//! ends every call with what is true.

use std::time::Duration;

use rpc_core::{
    Channel, ChannelConfig, Code, CodecId, Delivery, Limits,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{LaboratoryClient, RawPeer, listen, poll_once, server_by_hand, within};

async fn plain() -> (RawPeer, LaboratoryClient) {
    server_by_hand(Hello::default(), ChannelConfig::new()).await
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
        ("carrier-pigeon://loft", "here are: tcp, unix, shm, mem"),
        ("tcp://nowhere", "tcp://host:port"),
        ("unix://relative", "unix:///absolute/path"),
    ] {
        let error = Channel::connect(url).await.unwrap_err();
        assert!(error.is_address() && error.to_string().contains(part), "{error}");
    }
}
