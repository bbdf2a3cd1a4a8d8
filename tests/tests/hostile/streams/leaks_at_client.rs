//! S-3 the other way: whatever becomes of the items that came to a client, their credit comes back to the server; and what a
//! client was about to send of a call that is given up costs the others nothing.

use futures_util::{StreamExt, stream};
use rpc_core::{
    ChannelConfig, Limits,
    wire::{Flags, HEAD, Head, Hello, InitialCredits, Kind},
};
use rpc_tests::{RawPeer, StreamsClient, poll_once, server_over_a_pipe, watched, within};
use tokio::io::DuplexStream;

use super::{Accounts, begun, end, item, little, load, response, served_by_hand};
use crate::attack::{STREAMS, attack};

const WHOLE: usize = 1_000;
const ROUNDS: usize = 30;

/// A client, its server by hand, and the server's accounts.
struct Ward {
    client: StreamsClient,
    server: RawPeer<DuplexStream>,
    accounts: Accounts,
}

impl Ward {
    async fn items(&mut self, head: Head, count: usize) {
        for _ in 0..count {
            self.accounts.send(&mut self.server, head, &load(100)).await;
        }
    }

    /// The next frame is the cancel of a call, whose terminal frame is this one.
    async fn cancelled(&mut self, terminal: Head) {
        let (head, _) = self.accounts.next(&mut self.server).await;
        assert_eq!((head.kind, head.call), (Kind::Cancel, terminal.call));
        self.server.send(terminal, b"").await;
    }
}

/// Loses items in one way, again and again; then all credit is there.
async fn lost(way: impl AsyncFn(&mut Ward)) {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (server, client) = served_by_hand(little(WHOLE as u32)).await;
            let mut ward = Ward { client, server, accounts: Accounts::default() };
            for _ in 0..ROUNDS {
                way(&mut ward).await;
                ward.accounts.settle(&mut ward.server).await;
                ward.accounts.assert_whole(WHOLE);
            }
            assert!(ward.accounts.spent > 2 * WHOLE, "{} were spent: a leak would not show", ward.accounts.spent);
            // As much as there ever was may be sent at once.
            let mut left = ward.accounts.left(WHOLE);
            let (call, _items) = begun(&mut ward.server, &ward.client).await;
            while left > 0 {
                ward.items(item(call), 1).await;
                left -= (100 + HEAD) as i64;
            }
            ward.accounts.settle(&mut ward.server).await;
        })
        .await;
}

#[tokio::test]
async fn s03_items_that_a_client_drops_give_their_credit_back() {
    lost(async |ward| {
        for taken in [0, 1, 3] {
            let (call, mut items) = begun(&mut ward.server, &ward.client).await;
            ward.items(item(call), 3).await;
            for _ in 0..taken {
                within("an item", items.next()).await.unwrap().unwrap();
            }
            drop(items);
            // What was on its way.
            ward.items(item(call), 1).await;
            ward.cancelled(end(call)).await;
            ward.accounts.settle(&mut ward.server).await;
            ward.accounts.assert_whole(WHOLE);
        }
    })
    .await;
}

#[tokio::test]
async fn s03_items_that_a_client_drops_though_all_have_come_give_their_credit_back() {
    lost(async |ward| {
        for taken in [0, 1, 3] {
            let (call, mut items) = begun(&mut ward.server, &ward.client).await;
            ward.items(item(call), 3).await;
            ward.server.send(end(call), b"").await;
            ward.accounts.settle(&mut ward.server).await;
            for _ in 0..taken {
                within("an item", items.next()).await.unwrap().unwrap();
            }
            drop(items);
            ward.accounts.settle(&mut ward.server).await;
            ward.accounts.assert_whole(WHOLE);
        }
    })
    .await;
}

#[tokio::test]
async fn s03_an_item_that_is_cut_short_gives_its_credit_back_to_a_server_too() {
    lost(async |ward| {
        // By who reads, and by the end of the call.
        let (call, items) = begun(&mut ward.server, &ward.client).await;
        ward.items(item(call), 1).await;
        ward.items(item(call).flags(Flags::MORE), 2).await;
        ward.accounts.settle(&mut ward.server).await;
        drop(items);
        ward.items(item(call).flags(Flags::MORE), 1).await;
        ward.cancelled(end(call)).await;
        let (call, mut items) = begun(&mut ward.server, &ward.client).await;
        ward.items(item(call).flags(Flags::MORE), 2).await;
        ward.server.send(end(call).word(1), b"").await;
        within("the end", items.next()).await.unwrap().unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn s03_items_of_a_call_that_was_given_up_before_they_began_give_their_credit_back() {
    lost(async |ward| {
        let client = ward.client.clone();
        let call = poll_once(client.lengths(vec![])).await;
        let id = ward.accounts.next(&mut ward.server).await.0.call;
        drop(call);
        ward.server.send(Head::new(Kind::Begin, id), b"").await;
        ward.items(item(id), 3).await;
        ward.items(item(id).flags(Flags::MORE), 1).await;
        ward.cancelled(end(id)).await;
        // It is over: it was of another shape, and they were in vain.
        let client = ward.client.clone();
        let call = poll_once(client.nothings(1)).await;
        let id = ward.accounts.next(&mut ward.server).await.0.call;
        ward.server.send(Head::new(Kind::Begin, id).flags(Flags::BLOCK), &[9, 0, 1]).await;
        ward.items(item(id), 3).await;
        within("the call", call).await.unwrap_err();
        ward.cancelled(end(id)).await;
    })
    .await;
}

#[tokio::test]
async fn s03_items_that_do_not_decode_give_their_credit_back_to_a_server_too() {
    lost(async |ward| {
        let (call, mut items) = begun(&mut ward.server, &ward.client).await;
        ward.items(item(call), 1).await;
        ward.accounts.send(&mut ward.server, item(call), &[1; 20]).await;
        ward.items(item(call), 2).await;
        within("an item", items.next()).await.unwrap().unwrap();
        within("the failure", items.next()).await.unwrap().unwrap_err();
        ward.cancelled(end(call)).await;
        ward.accounts.settle(&mut ward.server).await;
        ward.accounts.assert_whole(WHOLE);
        drop(items);
        let (call, mut items) = begun(&mut ward.server, &ward.client).await;
        ward.items(item(call), 1).await;
        ward.items(item(call).flags(Flags::COMPRESSED), 2).await;
        ward.cancelled(end(call)).await;
        within("an item", items.next()).await.unwrap().unwrap();
        within("the failure", items.next()).await.unwrap().unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn s03_items_where_one_value_is_awaited_give_their_credit_back() {
    lost(async |ward| {
        let client = ward.client.clone();
        let call = poll_once(client.sum(0, stream::pending(), 1)).await;
        let id = ward.accounts.next(&mut ward.server).await.0.call;
        ward.server.send(Head::new(Kind::Begin, id), b"").await;
        within("the call", call).await.unwrap_err();
        ward.items(item(id), 3).await;
        ward.cancelled(end(id)).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn s03_items_of_a_call_whose_time_is_over_give_their_credit_back_to_a_server_too() {
    let (server, client) = served_by_hand(little(WHOLE as u32)).await;
    let mut ward = Ward { client, server, accounts: Accounts::default() };
    for _ in 0..ROUNDS {
        let asking = tokio::spawn({
            let client = ward.client.clone();
            async move { client.lengths(vec![]).timeout(std::time::Duration::from_secs(1)).await.unwrap() }
        });
        let call = ward.accounts.next(&mut ward.server).await.0.call;
        ward.server.send(Head::new(Kind::Begin, call), b"").await;
        let mut items = asking.await.unwrap();
        ward.items(item(call), 3).await;
        ward.cancelled(end(call).word(4)).await;
        ward.items(item(call), 0).await;
        for _ in 0..3 {
            items.next().await.unwrap().unwrap();
        }
        items.next().await.unwrap().unwrap_err();
        drop(items);
        ward.accounts.settle(&mut ward.server).await;
        ward.accounts.assert_whole(WHOLE);
    }
}

#[tokio::test]
async fn s03_what_was_not_sent_of_a_call_that_is_given_up_costs_the_others_nothing() {
    const CREDITS: InitialCredits = InitialCredits { stream_bytes: 400, stream_items: 9, connection_bytes: 1_000 };
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let hello = Hello { credits: CREDITS, ..Hello::default() };
            let config = ChannelConfig::new().limits(Limits::default());
            let (mut server, channel) = server_over_a_pipe(64 << 10, hello, config).await;
            let (client, mut accounts) = (StreamsClient::new(channel), Accounts::default());
            // Each has one item out, of 124 bytes, which nobody gives back, and others that it may not send.
            let ask = async |server: &mut RawPeer<DuplexStream>, accounts: &mut Accounts, count: usize| {
                let (loads, watched) = watched(stream::iter(vec![vec![7; 100]; count]).chain(stream::pending()));
                let client = client.clone();
                let call = tokio::spawn(async move { client.weigh(loads).await });
                let id = accounts.next(server).await.0.call;
                within("its items", watched.until_taken(1)).await;
                accounts.settle(server).await;
                (id, call)
            };
            let mut open = Vec::new();
            for _ in 0..12 {
                open.push(ask(&mut server, &mut accounts, 1).await);
            }
            // The credit is used up: each has sent its one.
            assert!(accounts.items.values().all(|items| items.len() == 1) && accounts.items.len() == 12);
            for _ in 0..50 {
                let (id, call) = ask(&mut server, &mut accounts, 4).await;
                assert_eq!(accounts.items[&id].len(), 1, "the others wait");
                call.abort();
                let (head, _) = accounts.next(&mut server).await;
                assert_eq!((head.kind, head.call), (Kind::Cancel, id));
                server.send(response(id).word(1), b"").await;
                accounts.items.remove(&id);
            }
            // All that was sent is given back, and no more: all of it may be sent again.
            let sent = (12 + 50) * (108 + HEAD as u32);
            server.send(super::credit(0, sent, 0), b"").await;
            let mut bytes = 0;
            for _ in 0..3 {
                let (id, call) = ask(&mut server, &mut accounts, 4).await;
                open.push((id, call));
                bytes += accounts.items[&id].iter().map(|item| item.len() + HEAD).sum::<usize>();
            }
            // 400 bytes are 4 items of 124; the third stream finds what the two have left.
            assert_eq!(bytes, 9 * 124, "as many as begin while anything is left of 1,000 bytes");
            for (_, call) in open {
                call.abort();
            }
        })
        .await;
}
