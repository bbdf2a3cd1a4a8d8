//! A server and clients that speak the protocol by hand: right, wrong, cut off, or not at all. Whatever one of them
//! does, it is told why, and the others do not notice.

use rpc_core::{
    Code, Limits,
    wire::{Flags, Head, Kind},
};
use rpc_tests::{RawPeer, Served, Setup, request, tidy, within};

const UNEXPECTED: u32 = 6;

/// A server, whose laboratory must still serve others when the test is over, and leave nothing.
async fn serving<T: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Served) -> T) {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve_with(limits).await;
    let other = setup.client(&served).await;
    within("the test", test(served)).await;
    assert_eq!(within("a call of another client", other.add(1, 2)).await.unwrap(), 3);
    drop(other);
    within("what the test left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_call_by_hand_is_answered_as_specified() {
    serving(Limits::default(), |served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        let names: Vec<_> = peer.theirs.services.iter().map(|service| &*service.name).collect();
        assert_eq!((names, peer.theirs.calls_in_flight), (vec!["test.Laboratory", "test.Streams"], 1_024));
        peer.send(request(7, "note"), &5_u64.to_le_bytes()).await;
        let (head, body) = peer.response(7).await;
        assert_eq!((head.word, head.flags, head.codec, &body[..]), (0, Flags::NONE, 1, &5_u64.to_le_bytes()[..]));
        // Ids are free once they were answered, in any order.
        for call in [7, u32::MAX, 1, 7] {
            peer.send(request(call, "ping"), b"").await;
            assert_eq!(peer.response(call).await.0.word, 0);
        }
        peer.send(Head { codec: 99, ..request(3, "ping") }, b"").await;
        peer.is_refused(3, Code::Unimplemented).await;
        peer.send(request(3, "pong"), b"").await;
        peer.is_refused(3, Code::Unimplemented).await;
        peer.send(request(0, "pong"), b"").await;
        peer.send(Head { extra: 1_000, ..request(5, "wait") }, &6_u64.to_le_bytes()).await;
        assert_eq!(peer.response(5).await.0.word, Code::DeadlineExceeded as u32);
    })
    .await;
}

#[tokio::test]
async fn goaway_refuses_what_was_under_way_and_ends_what_comes_after_its_answer() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve().await;
    within("the test", async {
        let mut peer = RawPeer::client(&served.url).await;
        peer.send(request(1, "wait"), &1_u64.to_le_bytes()).await;
        served.desk.until_ran(1).await;
        served.drain();
        assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Goaway);
        peer.send(request(3, "note"), &3_u64.to_le_bytes()).await;
        peer.is_refused(3, Code::Unavailable).await;
        peer.send(Head::new(Kind::Goaway, 0), b"").await;
        served.desk.release(1);
        assert_eq!(peer.response(1).await.0.word, 0);
        assert_eq!(peer.receive().await, None, "the connection ends when nothing runs any more");
    })
    .await;
    within("what the test left", tidy(&setup)).await;

    let served = setup.serve().await;
    within("the test", async {
        let mut peer = RawPeer::client(&served.url).await;
        peer.send(request(1, "wait"), &1_u64.to_le_bytes()).await;
        served.desk.until_ran(1).await;
        served.drain();
        assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Goaway);
        peer.send(Head::new(Kind::Goaway, 0), b"").await;
        peer.send(request(3, "note"), &3_u64.to_le_bytes()).await;
        peer.ends_with_error(UNEXPECTED).await;
    })
    .await;
    within("what the test left", tidy(&setup)).await;
    assert_eq!(served.desk.ran(3), 0);
}

#[tokio::test]
async fn a_peer_that_never_reads_is_not_read_any_more_either() {
    const CALLS: u32 = 1_000;
    const ANSWER: u32 = 64 << 10;
    let limits = Limits { send_buffer: 256 << 10, ..Limits::default() };
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve_with(limits).await;
    within("the test", async {
        let other = setup.client(&served).await;
        let mut peer = RawPeer::client(&served.url).await;
        for call in 0..CALLS {
            peer.send(request(call * 2 + 1, "big"), &ANSWER.to_le_bytes()).await;
            peer.send(request(0, "log"), &[&u64::from(call).to_le_bytes()[..], &[0; 8]].concat()).await;
        }
        // Many times the turns that the server needs for all that, if it took it.
        for _ in 0..500 {
            other.ping().await.unwrap();
        }
        let taken = served.desk.ledger().len();
        assert!(taken < CALLS as usize / 2, "{taken} requests of a peer that does not read were taken");
        for _ in 0..CALLS {
            let (head, body) = peer.receive().await.expect("all responses come once they are read");
            assert_eq!((head.word, body.len()), (0, 8 + ANSWER as usize));
        }
        served.desk.until_entries(CALLS as usize).await;
    })
    .await;
    within("what the test left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_peer_that_pings_for_ever_and_never_reads_is_stopped() {
    const MUCH: usize = 64 << 20;
    let setup = Setup::over("tcp://127.0.0.1:0");
    let served = setup.serve().await;
    within("the test", async {
        let other = setup.client(&served).await;
        let peer = RawPeer::client(&served.url).await;
        let pings = RawPeer::frame(Head::new(Kind::Ping, 0), b"").repeat(1_000);
        let (mut written, mut blocked) = (0, 0);
        while blocked < 100 {
            // At any place of the pings: that they are cut there is lost on a server that does not read.
            match peer.io.try_write(&pings[written % pings.len()..]) {
                Ok(bytes) => (written, blocked) = (written + bytes, 0),
                Err(_) => {
                    other.ping().await.unwrap();
                    blocked += 1;
                }
            }
            assert!(written < MUCH, "{written} bytes of pings were taken");
        }
    })
    .await;
    within("what the test left", tidy(&setup)).await;
}

#[tokio::test]
async fn every_ping_is_answered_in_order_through_the_smallest_buffer() {
    serving(Limits { send_buffer: 1, ..Limits::default() }, |served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        let pings: Vec<u8> = (0..500).flat_map(|n| RawPeer::frame(Head::new(Kind::Ping, 0).word(n), b"")).collect();
        peer.send_bytes(&pings).await;
        for n in 0..500 {
            let (head, _) = peer.receive().await.unwrap();
            assert_eq!((head.kind, head.word), (Kind::Pong, n));
        }
    })
    .await;
}

#[tokio::test]
async fn opening_and_cancelling_in_turns_never_runs_more_than_the_limit() {
    serving(Limits { calls_in_flight: 4, ..Limits::default() }, |served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        for round in 0..1_000_u32 {
            peer.send(request(round * 2 + 1, "wait"), &[0; 8]).await;
            peer.send(Head::new(Kind::Cancel, round * 2 + 1), b"").await;
            assert!(served.desk.running() <= 4);
        }
        // Each is answered once: as cancelled, or refused because the handlers before it had not ended.
        for _ in 0..1_000 {
            let (head, _) = peer.receive().await.unwrap();
            assert!([Code::Cancelled as u32, Code::ResourceExhausted as u32].contains(&head.word));
        }
        served.desk.until_running(0).await;
        peer.send(request(1, "ping"), b"").await;
        assert_eq!(peer.response(1).await.0.word, 0);
    })
    .await;
}

#[tokio::test]
async fn a_violation_is_told_after_all_that_was_owed() {
    serving(Limits { send_buffer: 1, ..Limits::default() }, |served| async move {
        let mut peer = RawPeer::client(&served.url).await;
        let pings = RawPeer::frame(Head::new(Kind::Ping, 0), b"").repeat(100);
        let violation = RawPeer::frame(request(2, "ping"), b"");
        peer.send_bytes(&[&pings[..], &violation].concat()).await;
        for _ in 0..100 {
            assert_eq!(peer.receive().await.unwrap().0.kind, Kind::Pong);
        }
        peer.ends_with_error(UNEXPECTED).await;
    })
    .await;
}
