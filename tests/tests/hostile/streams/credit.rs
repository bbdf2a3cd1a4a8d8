//! S-1: items beyond what the receiver has given, credit that gives nothing, too much, or to nobody.

use rpc_core::{
    Code, Delivery, Limits,
    wire::{Flags, HEAD, Head, Hello, InitialCredits, Kind},
};
use rpc_tests::within;

use super::{
    Accounts, UNEXPECTED, begun, cancel, credit, end, item, little, load, numbers, opened, request, response,
    served_by_hand,
};
use crate::attack::{Peer, STREAMS, Target, attack};

/// The most credit that there may be.
const MOST: u32 = i32::MAX as u32;

/// The peer is told that it has gone beyond its credit, and its handlers are stopped.
async fn is_let_go(target: &Target, mut peer: Peer, why: &str) {
    let text = peer.ends_with_error(UNEXPECTED).await;
    assert!(text.contains(why), "{text}");
    target.desk().until_running(0).await;
    target.desk().clear();
}

#[tokio::test]
async fn s01_an_item_beyond_the_credit_of_its_stream_ends_the_connection() {
    attack()
        .limits(Limits::default().stream_bytes(1_000).stream_items(3))
        .run(async |target| {
            // In items, however small.
            let mut peer = target.peer().await;
            assert_eq!((peer.theirs.credits.stream_bytes, peer.theirs.credits.stream_items), (1_000, 3));
            opened(target, &mut peer, 1).await;
            for _ in 0..4 {
                peer.send(item(1), &load(8)).await;
            }
            is_let_go(target, peer, "it is beyond the credit").await;
            // In bytes: an item may be begun with one byte left and is then sent whole, in whatever pieces.
            let mut peer = target.peer().await;
            opened(target, &mut peer, 1).await;
            let mut accounts = Accounts::default();
            accounts.send(&mut peer, item(1), &load(999 - HEAD)).await;
            let long = load(4_000);
            for piece in long.chunks(1_000) {
                let last = piece.as_ptr_range().end == long.as_ptr_range().end;
                let head = item(1).flags(if last { Flags::NONE } else { Flags::MORE });
                accounts.send(&mut peer, head, piece).await;
            }
            accounts.settle(&mut peer).await;
            peer.send(item(1), &load(8)).await;
            is_let_go(target, peer, "it is beyond the credit").await;
        })
        .await;
}

#[tokio::test]
async fn s01_an_item_beyond_the_credit_of_the_connection_ends_it() {
    attack()
        .limits(little(500))
        .run(async |target| {
            // Of which nothing is out may be begun, though it is used up.
            let mut peer = target.peer().await;
            let mut accounts = Accounts::default();
            for call in [1, 3, 5] {
                opened(target, &mut peer, call).await;
                accounts.send(&mut peer, item(call), &load(600)).await;
            }
            accounts.settle(&mut peer).await;
            assert_eq!(target.served.stats.snapshot().untaken_bytes, 3 * (600 + HEAD));
            peer.send(item(3), &load(8)).await;
            is_let_go(target, peer, "it is beyond the credit").await;
            // One of which something is out may while there is any left.
            let mut peer = target.peer().await;
            opened(target, &mut peer, 1).await;
            for len in [466, 500] {
                peer.send(item(1), &load(len)).await;
            }
            accounts.settle(&mut peer).await;
            peer.send(item(1), &load(8)).await;
            is_let_go(target, peer, "it is beyond the credit").await;
        })
        .await;
}

/// A call that gives items when it is released.
async fn drips(target: &Target, peer: &mut Peer, call: u32) {
    peer.send(request(call, "drip"), b"").await;
    assert_eq!(peer.receive().await.expect("it begins").0, Head::new(Kind::Begin, call));
    target.desk().until_running(1).await;
}

#[tokio::test]
async fn s01_credit_that_gives_nothing_or_too_much_ends_the_connection() {
    let InitialCredits { stream_bytes, stream_items, connection_bytes } = Hello::default().credits;
    for (what, credits) in [
        ("nothing to a stream", vec![credit(1, 0, 0)]),
        ("nothing to the connection", vec![credit(0, 0, 0)]),
        ("items to the connection, which counts none", vec![credit(0, 0, 9)]),
        ("bytes above all that may be had", vec![credit(1, MOST - stream_bytes + 1, 0)]),
        ("items above all that may be had", vec![credit(1, 0, MOST - stream_items + 1)]),
        ("bytes above all that may be had, to all", vec![credit(0, MOST - connection_bytes + 1, 0)]),
        ("more in one frame than there can be", vec![credit(1, u32::MAX, u32::MAX)]),
        ("more in one frame than there can be, to all", vec![credit(0, u32::MAX, 0)]),
        ("too much, little by little", vec![credit(1, MOST - stream_bytes, 0), credit(1, 1, 0)]),
        ("too much, little by little, to all", vec![credit(0, MOST - connection_bytes, 0), credit(0, 1, 0)]),
        ("to a call that cannot be", vec![credit(2, 1, 1)]),
    ] {
        attack()
            .over(&STREAMS[..1])
            .run(async |target| {
                let mut peer = target.peer().await;
                drips(target, &mut peer, 1).await;
                for credit in &credits {
                    peer.send(*credit, b"").await;
                }
                let why = peer.ends_with_error(UNEXPECTED).await;
                let expected = ["gives nothing", "above 2,147,483,647", "odd ids"];
                assert!(expected.iter().any(|part| why.contains(part)), "{what}: {why}");
                target.desk().until_running(0).await;
            })
            .await;
    }
}

#[tokio::test]
async fn s01_as_much_credit_as_may_be_had_and_credit_for_nobody_change_nothing() {
    let InitialCredits { stream_bytes, stream_items, connection_bytes } = Hello::default().credits;
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            drips(target, &mut peer, 1).await;
            peer.send(credit(1, MOST - stream_bytes, MOST - stream_items), b"").await;
            peer.send(credit(0, MOST - connection_bytes, 77), b"").await;
            // To calls that never were, that do not give anything, that are over.
            peer.send(rpc_tests::request(3, "wait"), &numbers([3])).await;
            target.desk().until_ran(3).await;
            opened(target, &mut peer, 5).await;
            for call in [3, 5, 7, u32::MAX] {
                peer.send(credit(call, MOST, MOST), b"").await;
                peer.send(credit(call, 1, 1), b"").await;
            }
            accounts.settle(&mut peer).await;
            peer.send(cancel(1), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 1).await.0.kind, Kind::End);
            peer.send(credit(1, MOST, MOST), b"").await;
            accounts.settle(&mut peer).await;
            peer.send(end(5), b"").await;
            target.desk().release(2);
            let mut answers = [accounts.next(&mut peer).await.0, accounts.next(&mut peer).await.0];
            answers.sort_by_key(|head| head.call);
            assert_eq!(
                answers.map(|head| (head.kind, head.call, head.word)),
                [(Kind::Response, 3, 0), (Kind::Response, 5, 0)]
            );
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s01_an_item_beyond_what_a_client_has_given_ends_its_connection() {
    let cases: [(&str, Limits, &[usize]); 4] = [
        ("items", Limits::default().stream_items(2), &[8, 8, 8]),
        ("bytes", Limits::default().stream_bytes(100), &[50, 50, 8]),
        ("bytes of all streams", little(100), &[50, 50, 8]),
        ("anything", Limits::default().connection_stream_bytes(0), &[8, 8]),
    ];
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for (what, limits, lens) in &cases {
                let (mut server, client) = served_by_hand(limits.clone()).await;
                let (call, mut items) = begun(&mut server, &client).await;
                let (other, _others) = begun(&mut server, &client).await;
                for len in &lens[..lens.len() - 1] {
                    server.send(item(call), &load(*len)).await;
                }
                // One of another stream may always be begun.
                server.send(item(other), &load(8)).await;
                Accounts::default().settle(&mut server).await;
                server.send(item(call), &load(lens[lens.len() - 1])).await;
                let why = server.ends_with_error(UNEXPECTED).await;
                assert!(why.contains("it is beyond the credit"), "{what}: {why}");
                // What came before is there.
                for _ in 1..lens.len() {
                    within("an item", items.next())
                        .await
                        .expect("an item")
                        .unwrap_or_else(|error| panic!("{what}: {error}"));
                }
                let error = within("the end", items.next()).await.expect("it fails").unwrap_err();
                assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
                assert!(error.to_string().contains("the server broke the protocol"), "{error}");
            }
        })
        .await;
}

#[tokio::test]
async fn s01_credit_that_no_server_may_give_ends_the_connection_of_a_client() {
    let InitialCredits { stream_bytes, connection_bytes, .. } = Hello::default().credits;
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for (what, credits) in [
                ("nothing to a stream", vec![credit(1, 0, 0)]),
                ("nothing to the connection", vec![credit(0, 0, 1)]),
                ("too much", vec![credit(1, MOST - stream_bytes, 0), credit(1, 1, 0)]),
                ("too much to all", vec![credit(0, MOST - connection_bytes, 0), credit(0, 1, 0)]),
                ("to a call that was never made", vec![credit(9, 1, 1)]),
                ("to a call that has ended", vec![response(1), credit(1, 1, 1)]),
            ] {
                let (mut server, client) = served_by_hand(Limits::default()).await;
                let upload = tokio::spawn(async move { client.sum(0, futures_util::stream::pending(), 1).await });
                assert_eq!(server.receive().await.unwrap().0.call, 1);
                for head in credits {
                    server.send(head, if head.kind == Kind::Response { &[0; 8] } else { b"" }).await;
                }
                let why = server.ends_with_error(UNEXPECTED).await;
                assert!(why.contains("credit frame"), "{what}: {why}");
                let ended = within("the call", upload).await.unwrap();
                assert!(what.contains("ended") == ended.is_ok(), "{what}: {ended:?}");
            }
        })
        .await;
}
