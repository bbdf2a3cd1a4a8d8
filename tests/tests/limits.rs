//! What a server holds for its peers, and how many of them it has: each bound is reached once, says its name, and lets the
//! next call through when there is room again.

use std::time::Duration;

use rpc_core::{
    ByteIo, Code, Delivery, Limits, Server, Snapshot,
    wire::{Flags, Head, Kind},
};
use rpc_tests::{Desk, LaboratoryServer, RawPeer, Served, Setup, request, tidy, within};
use tokio::{
    io::DuplexStream,
    task::JoinHandle,
    time::{Instant, sleep},
};

const FAILED: u32 = 8;
const TOO_SLOW: u32 = 7;

/// The arguments of `bytes`, so long that the frame has `len` bytes behind its length.
fn bytes_arguments(len: usize) -> Vec<u8> {
    let load = len - 16 - 8;
    [&(load as u64).to_le_bytes()[..], &vec![7; load]].concat()
}

/// The arguments of `hold`.
fn hold(id: u64, load: usize) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(load as u64).to_le_bytes(), &vec![7; load]].concat()
}

async fn serving<T: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Setup, Served) -> T) {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve_with(limits).await;
    within("the test", test(setup.clone(), served)).await;
    within("what the test left", tidy(&setup)).await;
}

async fn until(served: &Served, what: impl Fn(&Snapshot) -> bool) {
    while !what(&served.stats.snapshot()) {
        tokio::task::yield_now().await;
    }
}

/// The call was not run, because of this limit.
async fn is_refused(peer: &mut RawPeer, call: u32, limit: &str) {
    let (head, text) = peer.receive().await.expect("a response");
    assert_eq!((head.kind, head.call, head.word, head.flags), (Kind::Response, call, FAILED, Flags::NOT_RUN));
    assert!(String::from_utf8_lossy(&text).contains(&format!("`{limit}`")), "{text:?}");
}

async fn is_answered(peer: &mut RawPeer, call: u32) {
    let (head, text) = peer.receive().await.expect("a response");
    assert_eq!((head.kind, head.call, head.word), (Kind::Response, call, 0), "{text:?}");
}

#[tokio::test]
async fn a_long_frame_that_finds_no_room_is_dropped_as_it_comes_and_refused() {
    const FRAME: usize = 1 << 20;
    let limits = Limits::default().request_bytes(300 << 10).read_buffer(16 << 10);
    serving(limits, |_, served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        let frame = RawPeer::frame(request(1, "bytes"), &bytes_arguments(FRAME));
        // Well before all of it has come.
        peer.send_bytes(&frame[..FRAME / 2]).await;
        is_refused(&mut peer, 1, "request_bytes").await;
        assert_eq!(served.stats.snapshot().held_bytes, 0);
        peer.send_bytes(&frame[FRAME / 2..]).await;
        // One in fragments is refused when its last fragment has come.
        let (first, last) = frame[20..].split_at(FRAME / 2);
        peer.send(request(3, "bytes").flags(Flags::MORE), first).await;
        peer.send(request(5, "ping"), b"").await;
        is_answered(&mut peer, 5).await;
        peer.send(request(3, "bytes"), last).await;
        is_refused(&mut peer, 3, "request_bytes").await;
        peer.send(request(1, "bytes"), &bytes_arguments(200 << 10)).await;
        is_answered(&mut peer, 1).await;
        assert_eq!((served.stats.snapshot().refused, served.stats.snapshot().held_bytes), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn what_all_connections_hold_together_is_bounded_and_a_long_frame_waits_in_what_has_come_of_it() {
    const FRAME: usize = 600 << 10;
    let limits = Limits::default().server_bytes(1 << 20).read_buffer(16 << 10);
    serving(limits, |_, served| async move {
        let mut slow = RawPeer::client(&served.url).await;
        let frame = RawPeer::frame(request(1, "bytes"), &bytes_arguments(FRAME));
        slow.send_bytes(&frame[..1_000]).await;
        slow.send_bytes(&frame[1_000..300 << 10]).await;
        until(&served, |now| now.held_bytes >= 300 << 10).await;
        slow.send_bytes(&frame[300 << 10..500 << 10]).await;
        until(&served, |now| now.held_bytes >= 500 << 10).await;
        let mut other = RawPeer::client(&served.url).await;
        other.send_bytes(&frame).await;
        is_refused(&mut other, 1, "server_bytes").await;
        slow.send_bytes(&frame[500 << 10..]).await;
        is_answered(&mut slow, 1).await;
        assert_eq!(served.stats.snapshot().held_bytes, 0);
        other.send_bytes(&frame).await;
        is_answered(&mut other, 1).await;
    })
    .await;
}

#[tokio::test]
async fn the_arguments_of_handlers_that_wait_count_until_these_end() {
    serving(Limits::default().request_bytes(100_000), |_, served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        for call in [1, 3] {
            peer.send(request(call, "hold"), &hold(call.into(), 40_000)).await;
            served.desk.until_ran(call.into()).await;
        }
        until(&served, |now| now.held_bytes == 2 * 40_016).await;
        peer.send(request(5, "hold"), &hold(5, 40_000)).await;
        is_refused(&mut peer, 5, "request_bytes").await;
        served.desk.release(1);
        assert_eq!(peer.receive().await.unwrap().0.word, 0);
        until(&served, |now| now.held_bytes == 40_016).await;
        peer.send(request(5, "hold"), &hold(5, 40_000)).await;
        served.desk.until_ran(5).await;
        served.desk.release(2);
        for _ in 0..2 {
            assert_eq!(peer.receive().await.unwrap().0.word, 0);
        }
        until(&served, |now| now.held_bytes == 0).await;
        assert_eq!(served.desk.ledger(), [1, 3, 5]);
    })
    .await;
}

#[tokio::test]
async fn responses_that_nobody_takes_are_held_up_to_their_bound_and_the_others_fail_with_its_name() {
    const CALLS: u32 = 60;
    const LOAD: usize = 256 << 10;
    const LIMIT: usize = 2 << 20;
    let limits = Limits::default().send_buffer(64 << 10).response_bytes(LIMIT);
    serving(limits, |_, served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        for call in 0..CALLS {
            peer.send(request(call * 2 + 1, "hold"), &hold(call.into(), LOAD)).await;
        }
        served.desk.until_running(CALLS as usize).await;
        served.desk.release_all();
        served.desk.until_running(0).await;
        until(&served, |now| now.held_bytes > LIMIT / 2).await;
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..CALLS {
            assert!(served.stats.snapshot().held_bytes <= LIMIT);
            let (head, body) = peer.receive().await.unwrap();
            let whole = head.word == 0 && body.len() == LOAD + 8;
            let dropped = head.word == FAILED && String::from_utf8_lossy(&body).contains("`response_bytes`");
            assert!(whole || dropped && head.flags == Flags::NONE, "{head:?}");
            assert_eq!(seen.insert(head.call, whole), None, "call {} was answered twice", head.call);
        }
        let whole = seen.values().filter(|whole| **whole).count();
        assert!(whole >= LIMIT / LOAD && whole < CALLS as usize, "{whole} responses came");
        until(&served, |now| now.held_bytes + now.buffered_bytes + now.calls_in_flight == 0).await;
    })
    .await;
}

#[tokio::test]
async fn no_more_handlers_wait_than_may_whoever_calls_them() {
    serving(Limits::default().running_handlers(3), |setup, served| async move {
        let mut peers = [RawPeer::client(&served.url).await, RawPeer::client(&served.url).await];
        for call in [1, 3] {
            peers[0].send(request(call, "wait"), &u64::from(call).to_le_bytes()).await;
            served.desk.until_ran(call.into()).await;
        }
        peers[1].send(request(0, "linger"), &5_u64.to_le_bytes()).await;
        served.desk.until_ran(5).await;
        for peer in &mut peers {
            peer.send(request(9, "wait"), &9_u64.to_le_bytes()).await;
            is_refused(peer, 9, "running_handlers").await;
        }
        // A oneway cannot be told.
        peers[1].send(request(0, "linger"), &9_u64.to_le_bytes()).await;
        let client = setup.client(&served).await;
        let error = client.wait(9).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::Refused));
        served.desk.release(3);
        is_answered(&mut peers[0], 1).await;
        is_answered(&mut peers[0], 3).await;
        served.desk.until_running(0).await;
        until(&served, |now| now.running_handlers == 0).await;
        peers[1].send(request(9, "note"), &10_u64.to_le_bytes()).await;
        is_answered(&mut peers[1], 9).await;
        assert_eq!(served.desk.ledger(), [1, 3, 5, 10]);
        // Two by hand, one that nobody heard of, and one that was sent twice.
        assert_eq!(served.stats.snapshot().refused, 5);
    })
    .await;
}

#[tokio::test]
async fn no_more_connections_are_let_in_than_may_and_the_next_one_when_one_has_gone() {
    for limits in [Limits::default().connections(2), Limits::default().connections_per_peer(2)] {
        serving(limits, |setup, served| async move {
            let first = setup.client(&served).await;
            // Whoever has not said hello yet counts too.
            let second = RawPeer::dial(&served.url).await;
            first.ping().await.unwrap();
            let error = setup.config().connect(&served.url).await.unwrap_err();
            assert!(
                error.to_string().contains("before its hello was complete") || error.to_string().contains("broke"),
                "{error}"
            );
            assert_eq!(served.stats.snapshot().connections_refused, 1);
            first.ping().await.unwrap();
            drop(second);
            let third = within("a place", async {
                loop {
                    if let Ok(channel) = setup.config().connect(&served.url).await {
                        break channel;
                    }
                }
            })
            .await;
            rpc_tests::LaboratoryClient::new(third).ping().await.unwrap();
        })
        .await;
    }
}

/// A peer of a server over a pipe of 4 KiB, on which no time passes but by the clock that stands still.
async fn over_a_pipe(limits: Limits) -> (RawPeer<DuplexStream>, Desk, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(4 << 10);
    let desk = Desk::default();
    let server = Server::new().add(LaboratoryServer::new(desk.clone())).limits(limits);
    let serving = tokio::spawn(async move { server.serve_io(ByteIo::new(theirs)).await.unwrap() });
    (RawPeer::new(ours).introduced().await, desk, serving)
}

#[tokio::test(start_paused = true)]
async fn who_stops_in_the_middle_of_a_frame_is_told_and_let_go() {
    let whole = RawPeer::frame(request(1, "note"), &[0; 8]);
    for begun in [1, 10, 27] {
        let (mut peer, desk, serving) = over_a_pipe(Limits::default()).await;
        let start = Instant::now();
        peer.send_bytes(&whole[..begun]).await;
        let (head, text) = peer.receive().await.expect("an error frame");
        assert_eq!((head.kind, head.word), (Kind::Error, TOO_SLOW));
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("`stall_timeout`"), "{text}");
        assert!((10..=12).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
        assert_eq!(peer.receive().await, None);
        drop(peer);
        serving.await.unwrap();
        assert!(desk.ledger().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_in_fragments_that_stands_still_is_given_up_and_no_other_call_with_it() {
    let (mut peer, desk, serving) = over_a_pipe(Limits::default()).await;
    peer.send(request(1, "note").flags(Flags::MORE), &[0; 4]).await;
    peer.send(request(3, "wait"), &3_u64.to_le_bytes()).await;
    desk.until_running(1).await;
    sleep(Duration::from_secs(60)).await;
    // Its caller is alive: it was only not polled.
    peer.send(request(1, "note"), &[0; 4]).await;
    let (head, text) = peer.receive().await.unwrap();
    assert_eq!((head.call, head.word, head.flags), (1, FAILED, Flags::NOT_RUN));
    assert!(String::from_utf8_lossy(&text).contains("for 10 s, the server's limit `stall_timeout`"), "{text:?}");
    desk.release(1);
    assert_eq!(peer.receive().await.unwrap().0.call, 3);
    drop(peer);
    serving.await.unwrap();
    assert_eq!(desk.ledger(), [3]);
}

#[tokio::test(start_paused = true)]
async fn fragments_that_come_slowly_or_are_dropped_are_progress_too() {
    let limits = Limits::default().request_bytes(100 << 10).read_buffer(16 << 10);
    let (mut peer, desk, serving) = over_a_pipe(limits).await;
    peer.send(request(1, "note").flags(Flags::MORE), &[1]).await;
    for byte in &RawPeer::frame(request(1, "note"), &[0; 7]) {
        peer.send_bytes(&[*byte]).await;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!((peer.receive().await.unwrap().0.word, desk.ledger()), (0, vec![1]));
    for n in 0..8 {
        let more = if n < 7 { Flags::MORE } else { Flags::NONE };
        peer.send(request(1, "bytes").flags(more), &[0; 200 << 10]).await;
        sleep(Duration::from_secs(4)).await;
    }
    let (head, text) = peer.receive().await.unwrap();
    assert_eq!((head.word, head.flags), (FAILED, Flags::NOT_RUN));
    assert!(String::from_utf8_lossy(&text).contains("`request_bytes`"), "{text:?}");
    drop(peer);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_however_slowly_is_not_let_go() {
    let (mut peer, desk, serving) = over_a_pipe(Limits::default()).await;
    for byte in &RawPeer::frame(request(1, "note"), &1_u64.to_le_bytes()) {
        peer.send_bytes(&[*byte]).await;
        sleep(Duration::from_secs(8)).await;
    }
    for n in 0..8 {
        let more = if n < 7 { Flags::MORE } else { Flags::NONE };
        peer.send(request(3, "note").flags(more), &[1]).await;
        sleep(Duration::from_secs(8)).await;
    }
    // And nothing at all is as good as anything, between two messages.
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(peer.receive().await.unwrap().0.call, 1);
    assert_eq!(peer.receive().await.unwrap().0.call, 3);
    assert_eq!(desk.ledger().len(), 2);
    drop(peer);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_what_waits_for_it_is_let_go_and_its_handlers_with_it() {
    let (mut peer, desk, serving) = over_a_pipe(Limits::default()).await;
    peer.send(request(1, "wait"), &1_u64.to_le_bytes()).await;
    desk.until_running(1).await;
    let start = Instant::now();
    peer.send(request(3, "big"), &100_000_u32.to_le_bytes()).await;
    serving.await.unwrap();
    assert!((30..=32).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
    desk.until_running(0).await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_what_waits_for_it_however_slowly_is_not_let_go() {
    let (mut peer, _, serving) = over_a_pipe(Limits::default()).await;
    peer.send(request(3, "big"), &30_000_u32.to_le_bytes()).await;
    let mut left = 4 + 16 + 8 + 30_000;
    while left > 0 {
        sleep(Duration::from_secs(8)).await;
        let mut some = vec![0; left.min(2_000)];
        tokio::io::AsyncReadExt::read_exact(&mut peer.io, &mut some).await.unwrap();
        left -= some.len();
    }
    drop(peer);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_pings_too_often_is_told_and_let_go_and_who_does_not_may_go_on_for_ever() {
    let ping = RawPeer::frame(Head::new(Kind::Ping, 0), b"");
    let (mut peer, _, serving) = over_a_pipe(Limits::default().pings(10)).await;
    for _ in 0..100 {
        peer.send_bytes(&ping.repeat(10)).await;
        for _ in 0..10 {
            assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Pong);
        }
        sleep(Duration::from_millis(1_000)).await;
    }
    sleep(Duration::from_secs(1)).await;
    peer.send_bytes(&ping.repeat(11)).await;
    let (head, text) = peer.receive_all().await.pop().unwrap();
    assert_eq!((head.kind, head.word), (Kind::Error, TOO_SLOW));
    assert!(String::from_utf8_lossy(&text).contains("the limit `pings`"), "{text:?}");
    drop(peer);
    serving.await.unwrap();
}

#[tokio::test]
async fn a_server_that_computes_for_long_does_not_blame_those_whose_requests_wait() {
    serving(Limits::default().stall_timeout(Duration::from_secs(1)), |setup, served| async move {
        served.desk.compute_for(Duration::from_millis(5));
        let client = setup.client(&served).await;
        let calls: Vec<_> = (0..600)
            .map(|id| {
                let client = client.clone();
                tokio::spawn(async move { client.compute(id).await })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
    })
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_has_gone_holds_no_descriptor_whatever_still_runs_of_it() {
    const ROUNDS: u64 = 50;
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    serving(Limits::default().connections(2), |_, served| async move {
        let before = open();
        for id in 0..ROUNDS {
            let mut peer = RawPeer::client(&served.url).await;
            peer.send(request(0, "linger"), &id.to_le_bytes()).await;
            served.desk.until_ran(id).await;
            drop(peer);
            until(&served, |now| now.connections == 0).await;
        }
        assert_eq!(served.desk.running(), ROUNDS as usize);
        // Other tests of this process open some as well.
        let most = before + ROUNDS as usize / 2;
        while open() > most {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_takes_oneways_alone_sees_its_peers_go() {
    serving(Limits::default().calls_in_flight(0), |_, served| async move {
        let peer = RawPeer::client(&served.url).await;
        until(&served, |now| now.connections == 1).await;
        drop(peer);
        until(&served, |now| now.connections == 0).await;
    })
    .await;
}

#[tokio::test]
async fn those_who_take_all_there_is_leave_the_others_a_share() {
    serving(Limits::default().running_handlers(64).server_bytes(1 << 20), |setup, served| async move {
        let mut greedy = RawPeer::client(&served.url).await;
        for call in 0..64 {
            greedy.send(request(call * 2 + 1, "hold"), &hold(call.into(), 15 << 10)).await;
        }
        served.desk.until_running(64).await;
        greedy.send(request(201, "wait"), &0_u64.to_le_bytes()).await;
        greedy.is_refused(201, Code::ResourceExhausted).await;
        let other = setup.client(&served).await;
        for id in 0..100 {
            other.note(1_000 + id).await.unwrap();
        }
        served.desk.release_all();
        greedy.responses(64).await;
    })
    .await;
}
