//! D-1 to D-5 and D-8: times left of any size, deadlines that pass in any place, and very many at one instant. On the
//! wire a time left is an unsigned number of µs: there are no negative ones, no fractions and no infinities.

use std::time::Duration;

use rpc_core::{
    ChannelConfig, Code, Delivery, Limits,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{Onward, RawPeer, RelayClient, RelayServer, Setup, poll_once, request, server_by_hand, within};
use tokio::{task::JoinSet, time::Instant};

use crate::attack::{Attack, STREAMS, attack};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// The time left that says: see the block.
const IN_BLOCK: u32 = u32::MAX;

/// An attack where nothing is the kernel's and time passes only when nothing else does.
fn by_the_clock() -> Attack {
    attack().over(&["mem://{unique}"]).by_a_still_clock()
}

/// Timers fire at whole milliseconds, rounded up.
fn about(took: Duration, expected: Duration) {
    assert!((expected..expected + Duration::from_millis(3)).contains(&took), "{took:?} instead of {expected:?}");
}

/// A message with a long deadline of so many µs before its body.
fn with_deadline(micros: u64, body: &[u8]) -> Vec<u8> {
    [&[11, 0, 2, 8, 0][..], &micros.to_le_bytes(), body].concat()
}

#[tokio::test]
async fn d01_no_time_at_all_fails_at_once_and_starts_no_handler() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            for call in [1, 3, 5] {
                let head = Head { extra: IN_BLOCK, ..request(call, "note") }.flags(Flags::BLOCK);
                let oneway = Head { call: 0, ..head };
                peer.send(oneway, &with_deadline(0, &[0; 8])).await;
                peer.send(head, &with_deadline(0, &u64::from(call).to_le_bytes())).await;
                peer.is_refused(call, Code::DeadlineExceeded).await;
            }
            // The shortest time that there is may do or not; it runs once, or not at all.
            for call in (1..200).step_by(2) {
                peer.send(Head { extra: 1, ..request(call, "note") }, &u64::from(call).to_le_bytes()).await;
                let (head, _) = peer.response(call).await;
                let outcome = match (head.word, head.flags) {
                    (0, _) => Ok(()),
                    (4, Flags::NOT_RUN) => Err(Delivery::Refused),
                    (4, _) => Err(Delivery::Unknown),
                    other => panic!("call {call} ended with {other:?}"),
                };
                target.desk().assert_honest(call.into(), Some(outcome));
            }
            assert_eq!(target.desk().ran(0), 0);
        })
        .await;
}

#[tokio::test]
async fn d01_a_client_sends_nothing_for_a_call_without_time() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
            for _ in 0..3 {
                let note = client.note(1).timeout(Duration::ZERO).await.unwrap_err();
                let log = client.log(1, vec![]).timeout(Duration::ZERO).await.unwrap_err();
                for error in [note, log] {
                    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
                }
            }
            server.send(Head::new(Kind::Ping, 0), b"").await;
            assert_eq!(within("the pong", server.receive()).await.unwrap().0.kind, Kind::Pong);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn d02_a_call_ends_at_its_deadline_and_so_does_its_handler() {
    by_the_clock()
        .run(async |target| {
            let client = target.client().await;
            for timeout in [Duration::from_millis(1), 7 * SECOND, 2 * HOUR] {
                let start = Instant::now();
                let error = client.wait(1).timeout(timeout).await.unwrap_err();
                assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown));
                about(start.elapsed(), timeout);
                target.desk().until_running(0).await;
                about(start.elapsed(), timeout);
            }
        })
        .await;
}

#[tokio::test]
async fn d02_a_server_stops_a_handler_whose_time_is_over_and_says_so_once() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            peer.send(Head { extra: 1_000, ..request(1, "wait") }, &1_u64.to_le_bytes()).await;
            assert_eq!(peer.response(1).await.0.word, Code::DeadlineExceeded as u32);
            target.desk().until_running(0).await;
            // Its id is free, and its cancel comes too late.
            peer.send(Head::new(Kind::Cancel, 1), b"").await;
            peer.send(request(1, "note"), &2_u64.to_le_bytes()).await;
            assert_eq!(peer.response(1).await.0.word, 0);
        })
        .await;
}

#[tokio::test]
async fn d03_the_longest_times_are_cut_to_what_the_server_honours() {
    const DAY: u64 = 24 * 3_600 * 1_000_000;
    for (deadline, most) in [(24 * HOUR, DAY), (Duration::MAX, u64::MAX)] {
        attack()
            .limits(Limits { deadline, ..Limits::default() })
            .run(async |target| {
                let mut peer = target.peer().await;
                for micros in [1_000_000_000, u64::from(u32::MAX), DAY, DAY + 1, 1 << 53, i64::MAX as u64, u64::MAX] {
                    let head = Head { extra: IN_BLOCK, ..request(1, "context") }.flags(Flags::BLOCK);
                    peer.send(head, &with_deadline(micros, b"")).await;
                    let (head, body) = peer.response(1).await;
                    assert_eq!(head.word, 0, "{body:?}");
                    let (left, most) = (time_left(&body), micros.min(most));
                    // Where the clock cannot say it, there is none.
                    let honoured = left.is_none_or(|left| (most - 60_000_000..=most).contains(&left));
                    assert!(honoured, "{left:?} µs of {micros}");
                }
                // Without a block the head says just that many.
                peer.send(Head { extra: IN_BLOCK, ..request(1, "context") }, b"").await;
                let left = time_left(&peer.response(1).await.1);
                assert!(left.is_some_and(|left| left <= u64::from(u32::MAX)), "{left:?} µs");
                // A deadline that does not have its form costs its call.
                for entry in [&[0; 7][..], &[0; 9], &[]] {
                    let head = request(1, "note").flags(Flags::BLOCK);
                    let len = entry.len() as u8;
                    peer.send(head, &[&[3 + len, 0, 2, len, 0], entry, &[0; 8]].concat()).await;
                    peer.is_refused(1, Code::InvalidArgument).await;
                }
            })
            .await;
    }
}

/// The time left in what the method `context` gives: it follows three texts.
fn time_left(seen: &[u8]) -> Option<u64> {
    let mut rest = seen;
    for _ in 0..3 {
        let (len, text) = rest.split_first_chunk().expect("a length");
        rest = &text[u64::from_le_bytes(*len) as usize..];
    }
    (rest[0] == 1).then(|| u64::from_le_bytes(*rest[1..].first_chunk().expect("a number")))
}

#[tokio::test(start_paused = true)]
async fn d04_calls_whose_deadline_passes_while_they_wait_for_a_place_are_not_sent() {
    by_the_clock()
        .limits(Limits { calls_in_flight: 1, ..Limits::default() })
        .run(async |target| {
            let client = target.client().await;
            let first = poll_once(client.wait(1).timeout(Duration::MAX)).await;
            target.desk().until_ran(1).await;
            let mut late = JoinSet::new();
            for id in 100..200 {
                let client = client.clone();
                late.spawn(async move { client.note(id).timeout(id as u32 * SECOND).await.map_err(|e| e.delivery()) });
            }
            for ended in late.join_all().await {
                assert_eq!(ended, Err(Delivery::NotSent));
            }
            // Those behind them get the place.
            let last = poll_once(client.note(2).timeout(HOUR)).await;
            target.desk().release(1);
            assert_eq!((first.await.unwrap(), last.await.unwrap()), (1, 2));
            assert_eq!(target.desk().ledger(), [1, 2]);
        })
        .await;
}

#[tokio::test]
async fn d04_calls_whose_deadline_passes_while_another_is_served_do_not_run() {
    attack()
        .run(async |target| {
            target.desk().compute_for(Duration::from_millis(5));
            let mut peer = target.peer().await;
            // All in one segment, and so in one turn.
            let mut bytes = RawPeer::frame(request(1, "compute"), &1_u64.to_le_bytes()).to_vec();
            for call in [3, 5, 7] {
                let note = Head { extra: 1_000, ..request(call, "note") };
                bytes.extend(RawPeer::frame(note, &u64::from(call).to_le_bytes()));
            }
            peer.send_bytes(&bytes).await;
            assert_eq!(peer.response(1).await.0.word, 0);
            for call in [3, 5, 7] {
                peer.is_refused(call, Code::DeadlineExceeded).await;
            }
            assert_eq!(target.desk().ledger(), [1]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn d05_nested_calls_share_the_deadline_unless_they_are_detached() {
    by_the_clock()
        .run(async |target| {
            let laboratory = target.client().await;
            let relays = Setup::over("mem://{unique}");
            let outer = relays.serve_at(&relays.address(), |server| server.add(RelayServer::new(laboratory))).await;
            let relay = RelayClient::new(relays.channel(&outer).await);
            for how in [Onward::Inheriting, Onward::Unbounded] {
                let start = Instant::now();
                let ended = relay.wait(1, how).timeout(SECOND).await;
                assert!(!matches!(ended, Ok(None)), "the nested call has succeeded");
                target.desk().until_running(0).await;
                about(start.elapsed(), SECOND);
                let left = relay.time_left(how).timeout(SECOND).await.unwrap().expect("it has a deadline");
                assert!(left <= 1_000_000, "{left} µs, {how:?}");
            }
            // Detached it goes on for its own 30 s; the handler that waits for it is told first what it asked for.
            let start = Instant::now();
            let text = relay.wait(1, Onward::Detached).timeout(60 * SECOND).await.unwrap().expect("it fails");
            about(start.elapsed(), 30 * SECOND);
            assert!(text.contains("30s"), "{text}");
            drop(relay);
            relays.stop_all().await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn d08_a_hundred_thousand_deadlines_at_one_instant_end_every_call_once() {
    const CONNECTIONS: usize = 100;
    const CALLS: u64 = 1_000;
    by_the_clock()
        .limits(Limits::default().running_handlers(CONNECTIONS * CALLS as usize + 1))
        .run(async |target| {
            let deadline = Instant::now() + HOUR;
            let mut calls = JoinSet::new();
            for connection in 0..CONNECTIONS as u64 {
                let client = target.client().await;
                for id in 0..CALLS {
                    let client = client.clone();
                    calls.spawn(async move {
                        let id = connection * CALLS + id;
                        let call = client.wait(id).timeout(deadline - Instant::now());
                        call.await.map_err(|error| (error.code(), error.delivery()))
                    });
                }
            }
            target.desk().until_running(CONNECTIONS * CALLS as usize).await;
            let ended = calls.join_all().await;
            about(deadline.elapsed(), Duration::ZERO);
            assert_eq!(ended.len(), CONNECTIONS * CALLS as usize);
            assert!(ended.iter().all(|ended| *ended == Err((Some(Code::DeadlineExceeded), Delivery::Unknown))));
            target.desk().until_running(0).await;
            let mut ledger = target.desk().ledger();
            ledger.sort_unstable();
            assert!(ledger.into_iter().eq(0..CONNECTIONS as u64 * CALLS), "a call did not run once");
        })
        .await;
}
