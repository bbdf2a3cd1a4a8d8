//! S-2 and S-9: very many items of nothing, or pieces of nothing, and credit in the smallest pieces. Each frame of an item
//! costs its head, so that no flood is free.

use futures_util::{StreamExt, stream};
use rpc_core::{
    Code, Limits,
    wire::{Flags, HEAD, Kind},
};
use rpc_tests::{RawPeer, within};

use super::{
    Accounts, UNEXPECTED, begun, cancel, credit, end, item, little, load, numbers, opened, request, served_by_hand,
};
use crate::attack::{STREAMS, attack};

/// Frames that are sent in one write.
const AT_ONCE: usize = 500;

#[tokio::test]
async fn s02_an_item_of_nothing_costs_its_head() {
    attack()
        .limits(Limits::default().stream_bytes(100 * HEAD as u32).stream_items(u32::MAX))
        .run(async |target| {
            let mut peer = target.peer().await;
            opened(target, &mut peer, 1).await;
            for _ in 0..100 {
                peer.send(item(1), b"").await;
            }
            Accounts::default().settle(&mut peer).await;
            assert_eq!(target.served.stats.snapshot().untaken_bytes, 100 * HEAD);
            peer.send(item(1), b"").await;
            peer.ends_with_error(UNEXPECTED).await;
            target.desk().until_running(0).await;
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s02_a_flood_of_items_that_nobody_takes_is_dropped_and_given_back() {
    const WHOLE: usize = 10_000;
    attack()
        .limits(little(WHOLE as u32))
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            peer.send(request(1, "turn_down"), &numbers([1, 0])).await;
            target.desk().until_ran(1).await;
            for (what, body) in [("nothing", &b""[..]), ("a byte", b"1")] {
                let flood = RawPeer::frame(item(1), body).repeat(AT_ONCE);
                for _ in 0..40 {
                    peer.send_bytes(&flood).await;
                    accounts.spent += AT_ONCE * (HEAD + body.len());
                    accounts.settle(&mut peer).await;
                    accounts.assert_whole(WHOLE);
                }
                assert_eq!(target.served.stats.snapshot().untaken_bytes, 0, "{what}");
            }
            target.desk().release(1);
            assert_eq!(accounts.terminal(&mut peer, 1).await.0.word, 0);
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s02_as_many_items_of_nothing_as_are_taken_come_through() {
    const ITEMS: usize = 20_000;
    attack()
        .limits(Limits::default().stream_items(64))
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            peer.send(request(1, "weigh"), b"").await;
            let (mut left, mut sent) = (64, 0);
            while sent < ITEMS {
                while left > 0 && sent < ITEMS {
                    accounts.send(&mut peer, item(1), &[0; 8]).await;
                    (left, sent) = (left - 1, sent + 1);
                }
                let before = accounts.given.get(&1).map_or(0, |given| given.1);
                while sent < ITEMS && accounts.given.get(&1).map_or(0, |given| given.1) == before {
                    let frame = peer.receive().await.expect("credit");
                    assert_eq!(accounts.count(frame), None);
                }
                left += accounts.given.get(&1).map_or(0, |given| given.1) - before;
            }
            peer.send(end(1), b"").await;
            let (head, body) = accounts.terminal(&mut peer, 1).await;
            assert_eq!((head.word, &body[..]), (0, &numbers([ITEMS as u64, 0])[..]));
        })
        .await;
}

#[tokio::test]
async fn s02_a_flood_of_items_for_a_client_that_takes_none_is_dropped_and_given_back() {
    const WHOLE: usize = 10_000;
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = served_by_hand(little(WHOLE as u32)).await;
            let mut accounts = Accounts::default();
            let (call, items) = begun(&mut server, &client).await;
            drop(items);
            assert_eq!(accounts.next(&mut server).await.0.kind, Kind::Cancel);
            let flood = RawPeer::frame(item(call), b"").repeat(AT_ONCE);
            for _ in 0..40 {
                server.send_bytes(&flood).await;
                accounts.spent += AT_ONCE * HEAD;
                accounts.settle(&mut server).await;
                accounts.assert_whole(WHOLE);
            }
            server.send(end(call), b"").await;
            // One that takes them has them all, as far as it lets them come.
            let (call, mut items) = begun(&mut server, &client).await;
            for _ in 0..100 {
                server.send(item(call), &[0; 8]).await;
            }
            server.send(end(call), b"").await;
            assert_eq!(within("the items", items.by_ref().count()).await, 100);
        })
        .await;
}

#[tokio::test]
async fn s02_credit_in_the_smallest_pieces_is_counted_and_wakes_who_can_use_it() {
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            // As many as the peer's hello lets it have.
            peer.send(request(1, "count").flags(Flags::END), &numbers([1_000])).await;
            assert_eq!(accounts.next(&mut peer).await.0.kind, Kind::Begin);
            target.desk().until_entries(16).await;
            // Bytes alone let none of them come, nor does credit of the connection.
            let flood = [RawPeer::frame(credit(1, 1, 0), b""), RawPeer::frame(credit(0, 1, 0), b"")].concat();
            for _ in 0..20 {
                peer.send_bytes(&flood.repeat(AT_ONCE)).await;
                accounts.settle(&mut peer).await;
            }
            assert_eq!((accounts.items[&1].len(), target.desk().ledger().len()), (16, 16));
            for more in 1..=100 {
                peer.send(credit(1, 1, 1), b"").await;
                target.desk().until_entries(16 + more).await;
            }
            accounts.settle(&mut peer).await;
            assert_eq!(accounts.items[&1].len(), 116);
            peer.send(cancel(1), b"").await;
            accounts.terminal(&mut peer, 1).await;
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s09_every_piece_of_an_item_costs_its_head() {
    const WHOLE: usize = 3_000;
    attack()
        .limits(little(WHOLE as u32).stream_bytes(1_000))
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            opened(target, &mut peer, 1).await;
            let whole = load(50);
            for (at, byte) in whole.iter().enumerate() {
                let more = if at + 1 < whole.len() { Flags::MORE } else { Flags::NONE };
                accounts.send(&mut peer, item(1).flags(more), &[*byte]).await;
                // And as many that bring nothing, of which there is no end as long as they are paid for.
                if more == Flags::MORE {
                    accounts.send(&mut peer, item(1).flags(more), b"").await;
                }
            }
            accounts.settle(&mut peer).await;
            assert_eq!(accounts.spent, 50 + 99 * HEAD);
            assert_eq!(target.served.stats.snapshot().untaken_bytes, accounts.spent);
            peer.send(end(1), b"").await;
            target.desk().release(1);
            let (head, body) = accounts.terminal(&mut peer, 1).await;
            assert_eq!((head.word, &body[..]), (0, &numbers([1])[..]));
            accounts.settle(&mut peer).await;
            accounts.assert_whole(WHOLE);
            target.desk().clear();
            // It has used up what the stream had, though it is short.
            opened(target, &mut peer, 1).await;
            for at in 0..70 {
                peer.send(item(1).flags(if at < 69 { Flags::MORE } else { Flags::NONE }), b"").await;
            }
            peer.send(item(1), &load(8)).await;
            peer.ends_with_error(UNEXPECTED).await;
            target.desk().until_running(0).await;
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s09_pieces_of_nothing_without_end_hold_no_memory_and_stop_nobody() {
    const WHOLE: usize = 3_000;
    attack()
        .limits(little(WHOLE as u32))
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            opened(target, &mut peer, 1).await;
            let flood = RawPeer::frame(item(1).flags(Flags::MORE), b"").repeat(AT_ONCE);
            for _ in 0..40 {
                peer.send_bytes(&flood).await;
                accounts.spent += AT_ONCE * HEAD;
                accounts.settle(&mut peer).await;
                // The arguments of the method, and nothing else.
                assert_eq!(target.served.stats.snapshot().held_bytes, 16);
            }
            assert_eq!(target.served.stats.snapshot().untaken_bytes, accounts.spent);
            // Another stream has its items all the same.
            peer.send(request(3, "weigh"), b"").await;
            accounts.send(&mut peer, item(3).flags(Flags::END), &load(80)).await;
            assert_eq!(accounts.terminal(&mut peer, 3).await.0.word, 0);
            peer.send(cancel(1), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 1).await.0.word, Code::Cancelled as u32);
            accounts.settle(&mut peer).await;
            accounts.assert_whole(WHOLE);
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s09_a_client_sends_no_piece_beyond_its_credit() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            // Frames of 20 bytes: each item of 108 bytes costs 27 heads. What the server lets it have is 16 items.
            let (mut server, client) = served_by_hand(Limits::default().frame(20)).await;
            let mut accounts = Accounts::default();
            let loads = stream::iter(vec![vec![7; 100]; 40]).chain(stream::pending());
            let call = tokio::spawn(async move { client.weigh(loads).await });
            let id = loop {
                let (head, _) = server.receive().await.expect("a request");
                if head.kind == Kind::Request && !head.flags.has(Flags::MORE) {
                    break head.call;
                }
            };
            accounts.settle(&mut server).await;
            let pieces = &accounts.items[&id];
            assert_eq!(pieces.len(), 16 * 27, "16 items, of as many pieces");
            assert!(pieces.iter().all(|piece| piece.len() == 4));
            server.send(credit(id, 1, 2), b"").await;
            accounts.settle(&mut server).await;
            assert_eq!(accounts.items[&id].len(), 18 * 27, "two items more");
            call.abort();
        })
        .await;
}
