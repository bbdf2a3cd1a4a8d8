//! S-4 and S-6 to S-8: streams beside each other: one that nobody reads, a hundred in pieces, two ends that wait for each
//! other, and one that says little for a long time.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use rpc_core::{
    Code, Limits,
    wire::{Flags, HEAD, Head, Hello, InitialCredits, Kind},
};
use rpc_tests::{Seeded, StreamsClient, within};
use tokio::time::{Instant, sleep};

use super::{Accounts, begun, cancel, credit, end, item, load, numbers, request, served_by_hand};
use crate::attack::{EVERYWHERE, Peer, STREAMS, Target, attack};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// A peer that lets a server send so much.
async fn peer_with(target: &Target, credits: InitialCredits) -> Peer {
    let mut peer = target.dial().await;
    peer.send_bytes(&Hello { credits, ..Hello::default() }.encode()).await;
    peer.read_hello().await;
    peer
}

/// Asks for a stream of these lengths; its items begin.
async fn lengths(peer: &mut Peer, accounts: &mut Accounts, call: u32, lengths: &[u32]) {
    let mut arguments = numbers([lengths.len() as u64]);
    arguments.extend(lengths.iter().flat_map(|len| len.to_le_bytes()));
    peer.send(request(call, "lengths"), &arguments).await;
    let (head, _) = accounts.next(peer).await;
    assert_eq!((head.kind, head.call), (Kind::Begin, call));
}

#[tokio::test]
async fn s04_a_stream_that_its_peer_does_not_take_stops_no_other() {
    attack()
        .run(async |target| {
            // All that the peer takes together is used up by the first stream, which goes no further.
            let credits = InitialCredits { stream_bytes: 1 << 20, stream_items: 50, connection_bytes: 500 };
            let (mut peer, mut accounts) = (peer_with(target, credits).await, Accounts::default());
            lengths(&mut peer, &mut accounts, 1, &[92; 30]).await;
            accounts.settle(&mut peer).await;
            assert_eq!(accounts.items[&1].len(), 5, "the last begins with 36 bytes left");
            for call in [3, 5] {
                lengths(&mut peer, &mut accounts, call, &[42; 20]).await;
                for taken in 1..=20 {
                    accounts.settle(&mut peer).await;
                    assert_eq!(accounts.items[&call].len(), taken, "one is out, and no other");
                    peer.send(credit(call, 50 + HEAD as u32, 1), b"").await;
                }
                let (head, _) = accounts.terminal(&mut peer, call).await;
                assert_eq!((head.kind, head.word), (Kind::End, 0));
            }
            // What they have cost is given back: the first goes on where it was.
            assert_eq!(accounts.items[&1].len(), 5);
            peer.send(credit(0, 1 << 20, 0), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 1).await.0.word, 0);
            assert_eq!(accounts.items[&1].len(), 30);
        })
        .await;
}

#[tokio::test]
async fn s04_forty_streams_that_their_peer_does_not_take_hold_what_it_allows_and_stop_no_other() {
    attack()
        .run(async |target| {
            let credits = InitialCredits { stream_bytes: 300, stream_items: 50, connection_bytes: 1_000 };
            let (mut peer, mut accounts) = (peer_with(target, credits).await, Accounts::default());
            for call in 0..40 {
                lengths(&mut peer, &mut accounts, 2 * call + 1, &[92; 30]).await;
            }
            accounts.settle(&mut peer).await;
            let sent: usize = accounts.items.values().map(Vec::len).sum();
            // 9 while anything is left of what all share, and each of the others its first.
            assert!((40..=49).contains(&sent), "{sent} items were sent");
            assert!(accounts.items.len() == 40 && accounts.items.values().all(|items| items.len() <= 3));
            for _ in 0..20 {
                peer.send(rpc_tests::request(101, "ping"), b"").await;
                assert_eq!(accounts.terminal(&mut peer, 101).await.0.word, 0);
            }
            lengths(&mut peer, &mut accounts, 101, &[0]).await;
            accounts.settle(&mut peer).await;
            assert_eq!(accounts.items[&101].len(), 1);
            // Whether another one follows is asked when one may.
            peer.send(credit(101, 8 + HEAD as u32, 1), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 101).await.0.word, 0);
            accounts.items.remove(&101);
            // Given up, they are gone.
            for call in 0..40 {
                peer.send(cancel(2 * call + 1), b"").await;
            }
            for _ in 0..40 {
                assert_eq!(accounts.next(&mut peer).await.0.word, Code::Cancelled as u32);
            }
        })
        .await;
}

/// The frames of an item, in as many pieces as it happens.
fn pieces(seeded: &mut Seeded, call: u32, item_of: &[u8]) -> Vec<(Head, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut rest = item_of;
    while seeded.below(3) == 0 {
        let (piece, others) = rest.split_at(seeded.below(rest.len() + 1));
        frames.push((item(call).flags(Flags::MORE), piece.to_vec()));
        rest = others;
    }
    frames.push((item(call), rest.to_vec()));
    frames
}

/// Head and message.
type Frame = (Head, Vec<u8>);

/// The frames of so many streams, in an order in which they may come, and what each of them carries.
fn interleaved(seeded: &mut Seeded, calls: &[u32]) -> (Vec<Frame>, BTreeMap<u32, Vec<usize>>) {
    let mut carried = BTreeMap::new();
    let mut left: Vec<_> = calls
        .iter()
        .map(|call| {
            let lens: Vec<usize> = (0..seeded.below(8)).map(|_| 8 + seeded.below(300)).collect();
            let mut frames: Vec<_> = lens.iter().flat_map(|len| pieces(seeded, *call, &load(*len))).collect();
            frames.push((end(*call), Vec::new()));
            frames.reverse();
            carried.insert(*call, lens);
            frames
        })
        .collect();
    let mut frames = Vec::new();
    while !left.is_empty() {
        let at = seeded.below(left.len());
        frames.extend(left[at].pop());
        if left[at].is_empty() {
            left.swap_remove(at);
        }
    }
    (frames, carried)
}

#[tokio::test]
async fn s06_a_hundred_streams_in_pieces_among_each_other_come_as_they_went() {
    let seeded = Seeded::anew();
    attack()
        .run(async |target| {
            let (mut peer, mut accounts) = (target.peer().await, Accounts::default());
            let calls: Vec<u32> = (0..100).map(|n| 2 * n + 1).collect();
            let (frames, carried) = interleaved(&mut seeded.clone(), &calls);
            for call in calls {
                peer.send(request(call, "weigh"), b"").await;
            }
            for (head, body) in frames {
                match head.kind {
                    Kind::Item => accounts.send(&mut peer, head, &body).await,
                    _ => peer.send(head, &body).await,
                }
            }
            for _ in 0..100 {
                let (head, body) = accounts.next(&mut peer).await;
                let lens = &carried[&head.call];
                let expected = numbers([lens.len() as u64, lens.iter().map(|len| *len as u64 - 8).sum()]);
                assert_eq!((head.kind, head.word, &body[..]), (Kind::Response, 0, &expected[..]), "call {}", head.call);
            }
            accounts.settle(&mut peer).await;
            accounts.assert_whole(Limits::default().connection_stream_bytes as usize);
        })
        .await;
}

#[tokio::test]
async fn s06_a_hundred_streams_in_pieces_among_each_other_come_to_a_client_as_they_went() {
    let seeded = Seeded::anew();
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = served_by_hand(Limits::default()).await;
            let mut streams = BTreeMap::new();
            for _ in 0..100 {
                streams.extend([begun(&mut server, &client).await]);
            }
            let calls: Vec<u32> = streams.keys().copied().collect();
            let (frames, carried) = interleaved(&mut seeded.clone(), &calls);
            let reading: Vec<_> = streams
                .into_iter()
                .map(|(call, items)| {
                    let items = items.map(|item| item.expect("it ends well").len() + 8);
                    (call, tokio::spawn(items.collect::<Vec<_>>()))
                })
                .collect();
            for (head, body) in frames {
                server.send(head, &body).await;
            }
            for (call, reading) in reading {
                assert_eq!(within("a stream", reading).await.unwrap(), carried[&call], "call {call}");
            }
        })
        .await;
}

#[tokio::test]
async fn s06_a_hundred_relays_at_once_give_back_what_they_were_given() {
    let credit = || Limits::default().stream_bytes(500).stream_items(4).connection_stream_bytes(4_000);
    attack()
        .over(&EVERYWHERE)
        .limits(credit())
        .run(async |target| {
            target.expect_peers(1);
            let channel = target.setup.config().limits(credit().frame(200)).connect(&target.served.url).await.unwrap();
            let client = StreamsClient::new(channel);
            let relays: Vec<_> = (0..100_u64)
                .map(|n| {
                    let client = client.clone();
                    tokio::spawn(async move {
                        let mut seeded = Seeded::new(n);
                        let loads: Vec<Vec<u8>> = (0..20).map(|at| vec![at; seeded.below(400)]).collect();
                        let back = client.relay(stream::iter(loads.clone())).await.unwrap();
                        let back: Vec<_> = back.map(Result::unwrap).collect().await;
                        assert_eq!(back, loads, "relay {n}");
                    })
                })
                .collect();
            for relay in relays {
                within("a relay", relay).await.unwrap();
            }
            target.desk().clear();
        })
        .await;
}

/// A relay whose items nobody takes any more: both ends wait for credit.
async fn clogged(target: &Target) -> (Peer, Accounts) {
    let credits = InitialCredits { stream_bytes: 300, stream_items: 3, connection_bytes: 1_000 };
    let (mut peer, mut accounts) = (peer_with(target, credits).await, Accounts::default());
    peer.send(request(1, "relay"), b"").await;
    assert_eq!(accounts.next(&mut peer).await.0.kind, Kind::Begin);
    let mut left = 5;
    while left > 0 {
        accounts.send(&mut peer, item(1), &load(50)).await;
        left -= 1;
        accounts.settle(&mut peer).await;
        left += std::mem::take(&mut accounts.given.entry(1).or_default().1);
    }
    assert_eq!(accounts.items[&1].len(), 3, "the server sends no more than it may");
    (peer, accounts)
}

#[tokio::test]
async fn s07_two_ends_that_wait_for_each_others_credit_go_on_as_soon_as_one_gives_some() {
    attack()
        .limits(Limits::default().stream_items(5))
        .run(async |target| {
            let (mut peer, mut accounts) = clogged(target).await;
            // Nothing else of the connection waits.
            for _ in 0..20 {
                peer.send(rpc_tests::request(3, "ping"), b"").await;
                assert_eq!(accounts.terminal(&mut peer, 3).await.0.word, 0);
            }
            peer.send(credit(1, 1_000, 100), b"").await;
            let mut more = 0;
            while more == 0 {
                let frame = peer.receive().await.expect("credit comes back");
                assert_eq!(accounts.count(frame), None);
                more = accounts.given.get(&1).map_or(0, |given| given.1);
            }
            peer.send(end(1), b"").await;
            assert_eq!(accounts.terminal(&mut peer, 1).await.0.word, 0);
            let sent = accounts.spent / (50 + HEAD);
            assert_eq!(accounts.items[&1].len(), sent, "all came back that went");
            target.desk().clear();
        })
        .await;
}

#[tokio::test]
async fn s07_two_ends_that_wait_for_each_other_for_too_long_are_parted() {
    let idle = Limits::default().stream_items(5).idle_timeout(Duration::from_secs(1));
    attack()
        .limits(idle)
        .run(async |target| {
            let (mut peer, mut accounts) = clogged(target).await;
            let (head, text) = accounts.terminal(&mut peer, 1).await;
            assert_eq!((head.kind, head.word), (Kind::End, Code::DeadlineExceeded as u32));
            assert!(String::from_utf8_lossy(&text).contains("the server's limit `idle_timeout`"), "{text:?}");
            target.desk().until_running(0).await;
            accounts.settle(&mut peer).await;
            target.desk().clear();
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn s08_a_stream_of_an_item_a_minute_outlives_every_sign_of_life_that_is_asked_for() {
    attack()
        .over(&["mem://{unique}"])
        .by_a_still_clock()
        .run(async |target| {
            let limits = Limits::default().ping_after(20 * SECOND).ping_timeout(10 * SECOND);
            target.expect_peers(1);
            let channel = target.setup.config().limits(limits).connect(&target.served.url).await.unwrap();
            let client = StreamsClient::new(channel);
            let start = Instant::now();
            let mut items = client.drip().idle_timeout(90 * SECOND).await.unwrap();
            let numbers = stream::iter(0..60).then(|n| async move {
                sleep(MINUTE).await;
                n
            });
            let upload = tokio::spawn({
                let client = client.clone();
                async move { client.sum(0, numbers, 1).idle_timeout(90 * SECOND).await }
            });
            for n in 0..60 {
                sleep(MINUTE).await;
                target.desk().release(1);
                assert_eq!(items.next().await.unwrap().unwrap(), n);
            }
            assert_eq!(upload.await.unwrap().unwrap(), 60 * 59 / 2);
            assert!(start.elapsed() >= HOUR);
            drop(items);
            target.calm().await;
            target.desk().clear();
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn s08_a_stream_whose_server_has_gone_silent_ends_when_its_client_asks_for_a_sign_of_life() {
    let limits = Limits::default().ping_after(20 * SECOND).ping_timeout(10 * SECOND);
    let (mut server, client) = served_by_hand(limits).await;
    let (call, mut items) = begun(&mut server, &client).await;
    server.send(item(call), &load(30)).await;
    assert!(items.next().await.unwrap().is_ok());
    let start = Instant::now();
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(Code::Unavailable));
    assert!(error.to_string().contains("`ping_timeout`"), "{error}");
    assert!((30..=33).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
}
