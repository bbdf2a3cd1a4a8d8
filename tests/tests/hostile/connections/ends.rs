//! K-5, K-8 and K-10: connections that end before they are accepted, in the middle of a hello, on both sides at once, on
//! one side only, and before what is written to them.

use std::{io::Write, net, time::Duration};

use rpc_core::{
    ChannelConfig, Code, Delivery,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{RawPeer, Setup, poll_once, request, server_by_hand, within};
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt as _},
    task::{JoinSet, yield_now},
};

use crate::attack::{STREAMS, attack};

#[tokio::test]
async fn k05_peers_that_reset_before_they_are_accepted_or_in_their_hello_cost_nobody_else() {
    attack()
        .over(&STREAMS[..1])
        .run(async |target| {
            let client = target.client().await;
            let address = target.served.url.strip_prefix("tcp://").expect("TCP");
            let hello = Hello::default().encode();
            for round in 0..20 {
                // Nothing waits here, and so nobody accepts before the end of the round.
                for cut in [0, 0, 0, 1, 7, 8, 16, hello.len() - 1] {
                    target.expect_peers(1);
                    let mut peer = net::TcpStream::connect(address).unwrap();
                    peer.write_all(&hello[..cut]).unwrap();
                    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
                }
                assert_eq!(client.note(round).await.unwrap(), round);
            }
            // Those that were accepted before they reset.
            for cut in 0..hello.len() {
                let mut peer = RawPeer::dial(&target.served.url).await;
                target.expect_peers(1);
                peer.send_bytes(&hello[..cut]).await;
                assert_eq!(client.note(cut as u64).await.unwrap(), cut as u64);
                peer.io.set_zero_linger().unwrap();
            }
            let late = target.client().await;
            assert_eq!(late.note(100).await.unwrap(), 100);
        })
        .await;
}

#[tokio::test]
async fn k08_both_sides_close_at_once_and_nothing_is_left() {
    attack()
        .run(async |target| {
            for round in 0..20 {
                // A peer that breaks the protocol is let go, and goes.
                let mut peer = target.peer().await;
                peer.send(request(1, "wait"), &argument(round)).await;
                target.desk().until_ran(round).await;
                peer.send(Head::new(Kind::Response, 9), b"").await;
                peer.io.shutdown().await.unwrap();
                drop(peer);
                target.desk().until_running(0).await;
            }
            let same = |url: &&str| url[..4] == target.served.url[..4];
            for round in 0..20 {
                // A server ends while its client goes.
                let setup = Setup::over(STREAMS.into_iter().find(same).unwrap());
                let served = setup.serve().await;
                let client = setup.client(&served).await;
                let waiting = poll_once(client.wait(round)).await;
                served.desk.until_running(1).await;
                drop(waiting);
                match round % 2 {
                    0 => drop(tokio::join!(served.stop(), async { drop(client) })),
                    _ => drop(tokio::join!(served.kill(), async { drop(client) })),
                }
                served.desk.until_running(0).await;
                setup.stop_all().await;
            }
        })
        .await;
}

/// The argument of `wait` and `note`.
fn argument(id: u64) -> [u8; 8] {
    id.to_le_bytes()
}

#[tokio::test]
async fn k08_what_was_sent_before_the_peer_ended_its_direction_runs_and_is_answered() {
    attack()
        .run(async |target| {
            for round in 0..20 {
                let mut peer = target.peer().await;
                let ids = round * 10..round * 10 + 5;
                let notes = (1..).step_by(2).zip(ids.clone());
                let notes = notes.map(|(call, id)| RawPeer::frame(request(call, "note"), &argument(id)));
                let mut bytes = notes.collect::<Vec<_>>().concat();
                // What waits is cancelled: that its peer reads on is not to be seen.
                bytes.extend(RawPeer::frame(request(101, "watch"), &argument(round * 10 + 5)));
                peer.send_bytes(&bytes).await;
                peer.io.shutdown().await.unwrap();
                for (call, (head, body)) in peer.responses(5).await {
                    let id = ids.start + u64::from(call / 2);
                    assert_eq!((head.word, &body[..]), (0, &id.to_le_bytes()[..]));
                }
                let last = peer.receive().await;
                assert!(last.is_none_or(|(head, _)| (head.call, head.word) == (101, Code::Cancelled as u32)));
                assert_eq!(peer.receive().await, None);
                target.desk().until_running(0).await;
                for id in ids {
                    assert_eq!(target.desk().ran(id), 1);
                }
                target.desk().until_ran(round * 10 + 6).await;
            }
        })
        .await;
}

#[tokio::test]
async fn k10_answers_to_peers_that_have_closed_end_nothing_but_their_connection() {
    attack()
        .run(async |target| {
            for round in 0..50 {
                let mut peer = target.peer().await;
                peer.send(request(1, "big"), &1_000_000_u32.to_le_bytes()).await;
                peer.send(request(3, "note"), &argument(round)).await;
                if round % 2 == 0 {
                    // It has begun to answer.
                    target.desk().until_ran(round).await;
                    peer.io.read_u8().await.unwrap();
                }
            }
        })
        .await;
}

#[tokio::test]
async fn k10_requests_to_a_server_that_has_closed_end_nothing_but_their_calls() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for round in 0..50 {
                let (server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
                // Far more than the kernel takes: some of it is yet to be written when the server has gone.
                let mut calls = JoinSet::new();
                for _ in 0..5 {
                    let client = client.clone();
                    calls.spawn(async move { client.bytes(vec![7; 1_000_000]).await });
                }
                for _ in 0..round {
                    yield_now().await;
                }
                if round % 2 == 0 {
                    server.io.set_zero_linger().unwrap();
                }
                drop(server);
                let log = client.log(1, vec![]);
                for ended in within("the calls", calls.join_all()).await {
                    let error = ended.unwrap_err();
                    let honest = [Delivery::NotSent, Delivery::Unknown].contains(&error.delivery());
                    assert!(error.code() == Some(Code::Unavailable) && honest, "{error}");
                }
                let _ = within("a oneway", log).await;
            }
        })
        .await;
}
