//! S-5: items, ends and beginnings in an order in which they cannot come to a server.

use rpc_core::{
    Code,
    wire::{Flags, Head, Kind},
};
use rpc_tests::RawPeer;

use super::{Accounts, UNEXPECTED, cancel, credit, end, item, load, numbers, opened, request};
use crate::attack::{Peer, Target, attack};

fn frames(frames: &[(Head, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(head, body)| RawPeer::frame(*head, body)).collect()
}

/// Asks for `hold_back`, which takes nothing of its stream.
fn asks(flags: Flags) -> Vec<u8> {
    frames(&[(request(1, "hold_back").flags(flags), &numbers([1, 0]))])
}

#[tokio::test]
async fn s05_what_cannot_come_now_ends_the_connection() {
    let (load, part) = (&load(20)[..], &load(20)[..9]);
    let more = item(1).flags(Flags::MORE);
    let behind = |first: &[(Head, &[u8])]| [asks(Flags::NONE), frames(first)].concat();
    let cases = [
        ("an item before all of the request", [asks(Flags::MORE), frames(&[(item(1), load)])].concat()),
        ("an end before all of the request", [asks(Flags::MORE), frames(&[(end(1), b"")])].concat()),
        ("an item behind the end", behind(&[(end(1), b""), (item(1), load)])),
        ("an item behind the last one", behind(&[(item(1).flags(Flags::END), load), (item(1), load)])),
        ("an end behind the end", behind(&[(end(1), b""), (end(1), b"")])),
        ("an end behind the last item", behind(&[(item(1).flags(Flags::END), load), (end(1), b"")])),
        ("an item where the request was the end", [asks(Flags::END), frames(&[(item(1), load)])].concat()),
        ("an end where the request was the end", [asks(Flags::END), frames(&[(end(1), b"")])].concat()),
        ("an end in the middle of an item", behind(&[(more, part), (end(1), b"")])),
        ("the request again", behind(&[(request(1, "hold_back"), &numbers([1, 0]))])),
        ("a beginning", behind(&[(Head::new(Kind::Begin, 1), b"")])),
        ("a response", behind(&[(Head::new(Kind::Response, 1), b"")])),
        ("an item of no call", behind(&[(item(0), load)])),
        ("an item of a call that cannot be", behind(&[(item(2), load)])),
        ("an end of no call", behind(&[(end(0), b"")])),
    ];
    attack()
        .run(async |target| {
            for (what, bytes) in &cases {
                let mut peer = target.peer().await;
                peer.send_bytes(bytes).await;
                let (head, text) = peer.receive_all().await.pop().expect("an error frame");
                assert_eq!((head.kind, head.word), (Kind::Error, UNEXPECTED), "{what}: {text:?}");
                assert!(!text.is_empty(), "{what}");
                target.desk().until_running(0).await;
            }
        })
        .await;
}

#[tokio::test]
async fn s05_an_item_in_fragments_that_is_too_long_ends_the_connection() {
    attack()
        .limits(rpc_core::Limits::default().message(1_000))
        .run(async |target| {
            let mut peer = target.peer().await;
            opened(target, &mut peer, 1).await;
            for _ in 0..3 {
                peer.send(item(1).flags(Flags::MORE), &[0; 400]).await;
            }
            peer.ends_with_error(5).await;
            target.desk().until_running(0).await;
            target.desk().clear();
        })
        .await;
}

/// How many loads came, as the method says that was released.
async fn count(target: &Target, accounts: &mut Accounts, peer: &mut Peer, call: u32) -> u64 {
    target.desk().release(1);
    let (head, body) = accounts.terminal(peer, call).await;
    assert_eq!((head.kind, head.word), (Kind::Response, 0), "{body:?}");
    target.desk().clear();
    u64::from_le_bytes(body[..].try_into().expect("a number"))
}

#[tokio::test]
async fn s05_what_may_have_crossed_with_the_end_of_its_call_is_dropped() {
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            // Of calls that never were, were unary, were refused, have ended.
            peer.send(rpc_tests::request(3, "wait"), &numbers([3])).await;
            target.desk().until_ran(3).await;
            peer.send(request(5, "nowhere"), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 5).await.0.word, Code::Unimplemented as u32);
            peer.send(request(7, "count").flags(Flags::END), &numbers([0])).await;
            assert_eq!(accounts.next(&mut peer).await.0.kind, Kind::Begin);
            assert_eq!(accounts.terminal(&mut peer, 7).await.0.kind, Kind::End);
            for call in [1, 3, 5, 7, u32::MAX] {
                for flags in [Flags::NONE, Flags::MORE, Flags::END] {
                    accounts.send(&mut peer, item(call).flags(flags), &load(30)).await;
                }
                peer.send(end(call), b"").await;
                peer.send(end(call), b"").await;
            }
            accounts.settle(&mut peer).await;
            target.desk().release(1);
            assert_eq!(accounts.terminal(&mut peer, 3).await.0.word, 0);
            assert_eq!(target.served.stats.snapshot().untaken_bytes, 0);
            // All of them may mean another call now.
            for call in [1, 3, 5, 7, u32::MAX] {
                opened(target, &mut peer, call).await;
                accounts.send(&mut peer, item(call), &load(30)).await;
                accounts.send(&mut peer, item(call).flags(Flags::END), &load(30)).await;
                assert_eq!(count(target, &mut accounts, &mut peer, call).await, 2);
            }
        })
        .await;
}

#[tokio::test]
async fn s05_items_may_end_in_every_way_there_is() {
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            let (whole, first, last) = (load(40), &load(40)[..17], &load(40)[17..]);
            let (more, ends) = (item(1).flags(Flags::MORE), item(1).flags(Flags::END));
            for (what, expected, frames) in [
                ("an end alone", 0, vec![(end(1), &b""[..])]),
                ("an end behind items", 2, vec![(item(1), &whole[..]), (item(1), &whole), (end(1), b"")]),
                ("the last item", 2, vec![(item(1), &whole), (ends, &whole)]),
                ("the first that is the last", 1, vec![(ends, &whole)]),
                ("the last in pieces", 1, vec![(more.flags(Flags::MORE.with(Flags::END)), first), (ends, last)]),
                ("an end behind pieces", 1, vec![(more, first), (item(1), last), (end(1), b"")]),
                // The first piece says whether it is the last item; this last one is not asked.
                (
                    "pieces of nothing too",
                    1,
                    vec![(more, b""), (more, &whole), (more, b""), (ends, b""), (end(1), b"")],
                ),
            ] {
                peer.send(request(1, "hold_back"), &numbers([1, 0])).await;
                for (head, body) in frames {
                    match head.kind {
                        Kind::Item => accounts.send(&mut peer, head, body).await,
                        _ => peer.send(head, body).await,
                    }
                }
                target.desk().until_ran(1).await;
                assert_eq!(count(target, &mut accounts, &mut peer, 1).await, expected, "{what}");
            }
            // And with the request.
            peer.send(request(1, "hold_back").flags(Flags::END), &numbers([1, 0])).await;
            target.desk().until_ran(1).await;
            assert_eq!(count(target, &mut accounts, &mut peer, 1).await, 0);
        })
        .await;
}

#[tokio::test]
async fn s05_a_cancel_in_any_state_of_a_stream_ends_it_once() {
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            let states: [&[(Head, &[u8])]; 5] = [
                &[],
                &[(item(1), &[0; 8])],
                &[(item(1).flags(Flags::MORE), b"part")],
                &[(end(1), b"")],
                &[(item(1), &[0; 8]), (item(1).flags(Flags::END), &[0; 8])],
            ];
            for state in states {
                opened(target, &mut peer, 1).await;
                for (head, body) in state {
                    peer.send(*head, body).await;
                }
                for _ in 0..3 {
                    peer.send(cancel(1), b"").await;
                }
                // What was on its way; what was cut short is not completed.
                let ended = state.iter().any(|(head, _)| head.kind == Kind::End || head.flags.has(Flags::END));
                if !ended {
                    peer.send(item(1), &load(8)).await;
                }
                peer.send(credit(1, 1, 1), b"").await;
                let (head, _) = accounts.terminal(&mut peer, 1).await;
                assert_eq!((head.kind, head.word), (Kind::Response, Code::Cancelled as u32));
                target.desk().until_running(0).await;
                target.desk().clear();
            }
            // Of a call whose items have begun.
            for _ in 0..3 {
                peer.send(request(1, "stay"), &numbers([1, 3])).await;
                assert_eq!(accounts.next(&mut peer).await.0.kind, Kind::Begin);
                peer.send(cancel(1), b"").await;
                let (head, _) = accounts.terminal(&mut peer, 1).await;
                assert_eq!((head.kind, head.word), (Kind::End, Code::Cancelled as u32));
            }
            assert_eq!(accounts.items[&1].len(), 9, "what had come before the cancel was sent");
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s05_a_oneway_of_a_method_with_streams_is_dropped() {
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            for _ in 0..100 {
                peer.send(request(0, "stay"), &numbers([1, 3])).await;
                peer.send(request(0, "hold_back"), &numbers([2, 0])).await;
                peer.send(request(0, "relay").flags(Flags::END), b"").await;
            }
            accounts.settle(&mut peer).await;
            assert!(target.desk().ledger().is_empty() && accounts.items.is_empty());
            assert_eq!(target.served.stats.snapshot().streams, 0);
        })
        .await;
}
