//! S-3: whatever becomes of the items that came to a server, what they have cost of the connection comes back to the last
//! byte. Each way of losing them happens so often that a small leak would show.

use futures_util::stream;
use rpc_core::{
    Code, Limits,
    wire::{Flags, HEAD, Head, Kind},
};
use rpc_tests::{StreamsClient, polled_times, watched, within};

use super::{Accounts, cancel, end, item, little, load, numbers, opened, request};
use crate::attack::{Peer, Target, attack};

/// What all streams may send together.
const WHOLE: usize = 1_000;
const ROUNDS: usize = 30;

/// A server, a peer and its accounts.
struct Ward<'a> {
    target: &'a Target,
    peer: Peer,
    accounts: Accounts,
}

impl Ward<'_> {
    async fn items(&mut self, head: Head, count: usize) {
        for _ in 0..count {
            self.accounts.send(&mut self.peer, head, &load(100)).await;
        }
    }

    /// The call ends with this code; its handler is gone.
    async fn ends(&mut self, call: u32, code: u32) {
        let (head, body) = self.accounts.terminal(&mut self.peer, call).await;
        assert_eq!(head.word, code, "{body:?}");
        self.target.desk().until_running(0).await;
        self.target.desk().clear();
    }

    async fn asks(&mut self, method: &str, arguments: &[u8]) {
        self.peer.send(request(1, method), arguments).await;
    }
}

/// Loses items in one way, again and again; then all credit is there, also for who uses it rightly.
async fn lost(limits: Limits, way: impl AsyncFn(&mut Ward<'_>)) {
    attack()
        .limits(limits.connection_stream_bytes(WHOLE as u32))
        .run(async |target| {
            let mut ward = Ward { target, peer: target.peer().await, accounts: Accounts::default() };
            for _ in 0..ROUNDS {
                way(&mut ward).await;
                ward.accounts.settle(&mut ward.peer).await;
                ward.accounts.assert_whole(WHOLE);
            }
            assert!(ward.accounts.spent > 2 * WHOLE, "{} were spent: a leak would not show", ward.accounts.spent);
            assert_eq!(target.served.stats.snapshot().untaken_bytes, 0);
            // As much as there ever was may be sent at once.
            let mut left = ward.accounts.left(WHOLE);
            ward.asks("turn_down", &numbers([1, 0])).await;
            while left > 0 {
                ward.items(item(1), 1).await;
                left -= (100 + HEAD) as i64;
            }
            target.desk().release(1);
            ward.ends(1, 0).await;
            ward.accounts.settle(&mut ward.peer).await;
            ward.accounts.assert_whole(WHOLE);
        })
        .await;
}

#[tokio::test]
async fn s03_items_of_a_cancelled_call_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        opened(ward.target, &mut ward.peer, 1).await;
        ward.items(item(1), 4).await;
        ward.peer.send(cancel(1), b"").await;
        // What was on its way.
        ward.items(item(1), 2).await;
        ward.ends(1, Code::Cancelled as u32).await;
        ward.items(item(1), 1).await;
    })
    .await;
}

#[tokio::test]
async fn s03_an_item_that_is_cut_short_by_the_end_of_its_call_gives_its_credit_back() {
    lost(Limits::default(), async |ward| {
        opened(ward.target, &mut ward.peer, 1).await;
        ward.items(item(1), 1).await;
        ward.items(item(1).flags(Flags::MORE), 3).await;
        ward.accounts.settle(&mut ward.peer).await;
        ward.peer.send(cancel(1), b"").await;
        ward.items(item(1).flags(Flags::MORE), 1).await;
        ward.ends(1, Code::Cancelled as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_that_a_method_drops_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        ward.asks("turn_down", &numbers([1, 1])).await;
        ward.items(item(1), 4).await;
        ward.target.desk().until_ran(1).await;
        // It is dropped now; whole items, and those in pieces, and the end.
        ward.items(item(1), 2).await;
        ward.items(item(1).flags(Flags::MORE), 1).await;
        ward.items(item(1), 1).await;
        ward.peer.send(end(1), b"").await;
        ward.target.desk().release(1);
        ward.ends(1, 0).await;
    })
    .await;
}

#[tokio::test]
async fn s03_an_item_of_which_a_part_had_come_when_its_reader_was_dropped_gives_its_credit_back() {
    lost(Limits::default(), async |ward| {
        ward.asks("turn_down", &numbers([1, 1])).await;
        // Both in one write: the part comes with the item whose taking ends the reading.
        ward.items(item(1), 1).await;
        ward.items(item(1).flags(Flags::MORE), 4).await;
        ward.target.desk().until_ran(1).await;
        ward.items(item(1), 1).await;
        ward.target.desk().release(1);
        ward.ends(1, 0).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_of_a_handler_that_has_ended_or_panicked_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        ward.asks("first", &numbers([1])).await;
        for _ in 0..10 {
            ward.accounts.send(&mut ward.peer, item(1), &[0; 8]).await;
        }
        ward.ends(1, 0).await;
        ward.asks("break_over", &numbers([2])).await;
        for _ in 0..10 {
            ward.accounts.send(&mut ward.peer, item(1), &[0; 8]).await;
        }
        ward.ends(1, Code::Internal as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_that_do_not_decode_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        ward.asks("ending", b"").await;
        ward.accounts.send(&mut ward.peer, item(1), &[0; 8]).await;
        ward.items(item(1), 3).await;
        ward.ends(1, 0).await;
        // Nor do they where they are of another codec, or compressed.
        ward.asks("ending", b"").await;
        ward.items(item(1).flags(Flags::COMPRESSED), 2).await;
        ward.ends(1, Code::ResourceExhausted as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_for_a_call_that_takes_none_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        // Never there, refused, without streams, with a stream the other way only.
        ward.items(item(1), 2).await;
        ward.asks("nowhere", b"").await;
        ward.items(item(1), 2).await;
        ward.ends(1, Code::Unimplemented as u32).await;
        ward.peer.send(rpc_tests::request(1, "note"), &numbers([1])).await;
        ward.items(item(1), 2).await;
        ward.items(item(1).flags(Flags::MORE), 1).await;
        ward.ends(1, 0).await;
        ward.asks("stay", &numbers([1, 0])).await;
        assert_eq!(ward.accounts.next(&mut ward.peer).await.0.kind, Kind::Begin);
        ward.items(item(1), 2).await;
        ward.target.desk().release(1);
        ward.ends(1, 0).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_of_a_call_whose_time_is_over_give_their_credit_back() {
    lost(Limits::default(), async |ward| {
        ward.peer.send(Head { extra: 1_000, ..request(1, "hold_back") }, &numbers([1, 1])).await;
        ward.items(item(1), 4).await;
        ward.items(item(1).flags(Flags::MORE), 1).await;
        ward.ends(1, Code::DeadlineExceeded as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_for_which_there_is_no_room_give_their_credit_back() {
    // With the arguments of the method there is room for three of them.
    lost(Limits::default().request_bytes(400), async |ward| {
        opened(ward.target, &mut ward.peer, 1).await;
        ward.items(item(1), 5).await;
        let (head, text) = ward.accounts.terminal(&mut ward.peer, 1).await;
        assert_eq!((head.kind, head.word), (Kind::Response, Code::ResourceExhausted as u32));
        assert!(String::from_utf8_lossy(&text).contains("the server's limit `request_bytes` of 400"), "{text:?}");
        ward.target.desk().until_running(0).await;
        ward.target.desk().clear();
        // And one that comes in pieces.
        opened(ward.target, &mut ward.peer, 1).await;
        ward.items(item(1).flags(Flags::MORE), 5).await;
        ward.items(item(1), 1).await;
        ward.ends(1, Code::ResourceExhausted as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_a_long_frame_of_an_item_for_which_there_is_no_room_gives_its_credit_back() {
    let limits = Limits::default().request_bytes(100 << 10).read_buffer(16 << 10);
    lost(limits, async |ward| {
        opened(ward.target, &mut ward.peer, 1).await;
        ward.accounts.send(&mut ward.peer, item(1), &load(300 << 10)).await;
        ward.ends(1, Code::ResourceExhausted as u32).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_that_come_behind_a_goaway_are_taken_and_give_their_credit_back() {
    attack()
        .limits(little(WHOLE as u32))
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            peer.send(request(1, "weigh"), b"").await;
            peer.send(request(3, "turn_down"), &numbers([3, 0])).await;
            target.desk().until_ran(3).await;
            // The peer winds down: it opens nothing more, and goes on with what it has opened.
            peer.send(Head::new(Kind::Goaway, 0), b"").await;
            assert_eq!(accounts.next(&mut peer).await.0.kind, Kind::Goaway);
            for _ in 0..ROUNDS {
                for call in [1, 3, 5] {
                    accounts.send(&mut peer, item(call), &load(100)).await;
                }
                target.served.until("what was taken", |now| now.untaken_bytes == 0).await;
                accounts.settle(&mut peer).await;
                accounts.assert_whole(WHOLE);
            }
            target.desk().release(1);
            assert_eq!(accounts.terminal(&mut peer, 3).await.0.word, 0);
            peer.send(end(1), b"").await;
            let (head, body) = accounts.terminal(&mut peer, 1).await;
            assert_eq!((head.word, &body[..]), (0, &numbers([ROUNDS as u64, ROUNDS as u64 * 92])[..]));
            assert_eq!(peer.receive().await, None, "nothing runs any more");
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s03_after_many_uploads_that_were_given_up_a_client_may_send_as_much_as_at_first() {
    attack()
        .over(&crate::attack::EVERYWHERE)
        .limits(little(WHOLE as u32))
        .run(async |target| {
            target.expect_peers(1);
            let client = StreamsClient::new(target.setup.channel(&target.served).await);
            for round in 0..300_usize {
                let loads = stream::iter(vec![vec![7_u8; 100]; 4]);
                tokio::select! {
                    _ = polled_times(1 + round % 3, client.turn_down(1, round as u64 % 3, loads)) => {}
                    () = target.desk().until_running(1) => {}
                }
                target.desk().until_running(0).await;
            }
            let (loads, watched) = watched(stream::repeat(vec![7_u8; 82]));
            let upload = tokio::spawn(async move { client.hold_back(2, 0, loads).await });
            // Each costs 106 or more, in any codec.
            within("what the server lets in", watched.until_taken(WHOLE / 120)).await;
            upload.abort();
            target.calm().await;
            target.desk().clear();
        })
        .await;
}
