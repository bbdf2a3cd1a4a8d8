//! F-1, F-2, F-4, F-6 and F-7 as a client gets them, from a server that cuts, tears, stops, or breaks the protocol: each
//! call ends once, with what is true, and no other call ends with it.

use std::time::Duration;

use rpc_core::{
    ChannelConfig, Code, Delivery, Limits, Status,
    wire::{Flags, Head, Hello, Kind, MAGIC},
};
use rpc_tests::{LaboratoryClient, RawPeer, listen, poll_once, server_by_hand, within};
use tokio::io::AsyncWriteExt;

use super::{MALFORMED, TOO_LONG, UNEXPECTED};
use crate::attack::{STREAMS, attack};

/// Attacks on a client; who else it calls is served as ever.
async fn siege(besiegers: impl AsyncFn()) {
    attack().over(&STREAMS[..1]).run(async |_| besiegers().await).await;
}

/// A frame's bytes.
fn frame(kind: Kind, call: u32, body: &[u8]) -> Vec<u8> {
    RawPeer::frame(Head { codec: 1, ..Head::new(kind, call) }, body).to_vec()
}

/// A connection whose client has made three calls, which the server has read; each call gives its own id.
async fn asked(config: ChannelConfig) -> (RawPeer, Vec<(u32, tokio::task::JoinHandle<Result<u64, Status>>)>) {
    let (mut server, client) = server_by_hand(Hello::default(), config).await;
    let mut calls = Vec::new();
    for id in 0..3 {
        let client: LaboratoryClient = client.clone();
        let call = tokio::spawn(async move { client.note(id).await.map_err(|error| error.status().unwrap().clone()) });
        let head = within("the request", server.receive()).await.expect("a request").0;
        calls.push((head.call, call));
    }
    (server, calls)
}

/// The answers to three calls, the second in fragments, as frames; and how many of them each call needs.
fn answers(calls: &[u32]) -> ([Vec<u8>; 5], [usize; 3]) {
    let bodies = [0, 1, 2_u64].map(u64::to_le_bytes);
    let begun = Head { codec: 1, ..Head::new(Kind::Response, calls[1]).flags(Flags::MORE) };
    let frames = [
        frame(Kind::Response, calls[0], &bodies[0]),
        RawPeer::frame(begun, &bodies[1][..5]).to_vec(),
        frame(Kind::Ping, 0, b""),
        frame(Kind::Response, calls[2], &bodies[2]),
        frame(Kind::Response, calls[1], &bodies[1][5..]),
    ];
    (frames, [1, 5, 4])
}

/// How many of these frames are whole after so many bytes, and how many bytes of the next one there are.
fn whole(frames: &[Vec<u8>], mut bytes: usize) -> (usize, usize) {
    let fits = |frame: &&Vec<u8>| {
        let fits = frame.len() <= bytes;
        bytes -= if fits { frame.len() } else { 0 };
        fits
    };
    (frames.iter().take_while(fits).count(), bytes)
}

/// Ends a connection after each number of bytes of its answers, and looks at what becomes of its calls. `torn`: what was
/// under way may be lost with it.
async fn cut_answers(end: impl AsyncFn(RawPeer), torn: bool) {
    for cut in 0.. {
        let (mut server, calls) = asked(ChannelConfig::new()).await;
        let (frames, needed) = answers(&calls.iter().map(|(call, _)| *call).collect::<Vec<_>>());
        let Some(bytes) = frames.concat().get(..cut).map(<[u8]>::to_vec) else { return };
        server.send_bytes(&bytes).await;
        end(server).await;
        let (whole, begun) = whole(&frames, cut);
        for (id, ((_, call), needed)) in (0..).zip(calls.into_iter().zip(needed)) {
            match within("a call", call).await.expect("it does not panic") {
                Ok(noted) => assert!(noted == id && needed <= whole, "call {id} gave {noted} after {cut} bytes"),
                Err(status) => {
                    assert_eq!((status.code(), status.delivery()), (Code::Unavailable, Delivery::Unknown), "{status}");
                    let why = match begun {
                        0 => "the peer closed the connection".to_owned(),
                        _ => format!("in the middle of a frame, {begun} bytes into it"),
                    };
                    let exact = needed > whole && status.to_string().contains(&why);
                    assert!(exact || torn, "call {id}, cut at {cut}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn f01_answers_cut_at_any_byte_leave_in_doubt_what_was_not_answered_and_nothing_else() {
    let end = async |mut server: RawPeer| {
        server.io.shutdown().await.unwrap();
        server.receive_all().await;
    };
    siege(async || cut_answers(end, false).await).await;
}

#[tokio::test]
async fn f02_answers_torn_away_at_any_byte_leave_calls_in_doubt_and_answer_none_wrongly() {
    let end = async |server: RawPeer| server.io.set_zero_linger().unwrap();
    // What was on its way when the connection was reset may be lost.
    siege(async || cut_answers(end, true).await).await;
}

#[tokio::test]
async fn f02_a_server_that_falls_silent_holds_up_calls_until_their_deadline_and_no_longer() {
    let limits = Limits { hello_timeout: Duration::from_millis(20), ..Limits::default() };
    siege(async || {
        for cut in [0, 1, 8, 15] {
            let (listener, url) = listen().await;
            let silent = async {
                let (mut io, _) = listener.accept().await.unwrap();
                io.write_all(&Hello::default().encode()[..cut]).await.unwrap();
                io
            };
            let connecting = ChannelConfig::new().limits(limits.clone());
            let (error, _io) = within("the client", async { tokio::join!(connecting.connect(&url), silent) }).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains("`hello_timeout`"), "{error}");
        }
        let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
        let call = poll_once(client.note(1).timeout(Duration::from_millis(20))).await;
        let id = server.receive().await.unwrap().0.call;
        server.send_bytes(&frame(Kind::Response, id, &[0; 8])[..27]).await;
        let error = within("the call", call).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown));
    })
    .await;
}

#[tokio::test]
async fn f06_a_server_without_a_common_version_is_named_with_both_ranges() {
    siege(async || {
        for (lowest, highest) in [(0_u16, 0_u16), (2, 7), (2, 1), (u16::MAX, u16::MAX)] {
            let (listener, url) = listen().await;
            let answering = async {
                let (mut io, _) = listener.accept().await.unwrap();
                let versions = [lowest.to_le_bytes(), highest.to_le_bytes(), [0; 2], [0; 2]].concat();
                io.write_all(&[&MAGIC[..], &versions].concat()).await.unwrap();
                io
            };
            let connecting = rpc_core::Channel::connect(&url);
            let (error, _io) = within("the client", async { tokio::join!(connecting, answering) }).await;
            let error = error.unwrap_err().to_string();
            let theirs = if lowest == highest { lowest.to_string() } else { format!("{lowest} to {highest}") };
            assert!(error.contains(&format!("this side speaks 1, the peer {theirs}")), "{error}");
        }
    })
    .await;
}

/// What becomes of three calls when the server answers the first one and then says this: the first is well, the others
/// are in doubt, and the server is told why with this code.
async fn violation(what: &str, code: u32, config: ChannelConfig, bytes: impl FnOnce(&[u32]) -> Vec<u8>) -> Status {
    let (mut server, calls) = asked(config).await;
    let ids: Vec<u32> = calls.iter().map(|(call, _)| *call).collect();
    server.send_bytes(&frame(Kind::Response, ids[0], &0_u64.to_le_bytes())).await;
    server.send_bytes(&bytes(&ids)).await;
    server.io.shutdown().await.unwrap();
    let last = within("what the client says", server.receive_all()).await.pop().map(|(head, _)| head);
    assert_eq!(last.map(|head| (head.kind, head.word)), Some((Kind::Error, code)), "{what}");
    let mut outcomes = Vec::new();
    for (_, call) in calls {
        outcomes.push(within("a call", call).await.expect("it does not panic"));
    }
    assert_eq!(outcomes.remove(0).expect("it was answered"), 0, "{what}");
    for outcome in &outcomes {
        let status = outcome.as_ref().expect_err(what);
        assert_eq!((status.code(), status.delivery()), (Code::Unavailable, Delivery::Unknown), "{what}: {status}");
        assert!(status.to_string().contains("the server broke the protocol"), "{what}: {status}");
    }
    outcomes.remove(0).expect_err(what)
}

#[tokio::test]
async fn f07_a_frame_that_cannot_be_ends_the_connection_and_answers_no_call() {
    let response = |call| frame(Kind::Response, call, &9_u64.to_le_bytes());
    siege(async || {
        for call in [0, 2, 7, u32::MAX, u32::MAX - 1] {
            violation("a response to no call", UNEXPECTED, ChannelConfig::new(), |_| response(call)).await;
        }
        violation("a second response", UNEXPECTED, ChannelConfig::new(), |calls| response(calls[0])).await;
        for kind in [Kind::Item, Kind::End, Kind::Request, Kind::Cancel, Kind::Hello] {
            let what = kind.name();
            violation(what, UNEXPECTED, ChannelConfig::new(), |calls| frame(kind, calls[1], b"")).await;
            violation(what, UNEXPECTED, ChannelConfig::new(), |_| frame(kind, 0, b"")).await;
            violation(what, UNEXPECTED, ChannelConfig::new(), |_| frame(kind, 2, b"")).await;
        }
        violation("credit for no call", UNEXPECTED, ChannelConfig::new(), |_| frame(Kind::Credit, 77, b"")).await;
    })
    .await;
}

#[tokio::test]
async fn f07_a_late_answer_to_a_call_that_was_given_up_meets_no_other_call() {
    siege(async || {
        let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
        drop(poll_once(client.note(1)).await);
        let given_up = server.receive().await.unwrap().0.call;
        assert_eq!(server.receive().await.unwrap().0.kind, Kind::Cancel);
        let other = poll_once(client.note(2)).await;
        let open = server.receive().await.unwrap().0.call;
        assert_ne!(open, given_up);
        // Credit and answers of a call that may have crossed with its cancel.
        server.send(Head::new(Kind::Credit, given_up).word(1), b"").await;
        server.send_bytes(&frame(Kind::Response, given_up, &1_u64.to_le_bytes())).await;
        server.send_bytes(&frame(Kind::Response, open, &2_u64.to_le_bytes())).await;
        assert_eq!(within("the other call", other).await.unwrap(), 2);
        // It is free now, and whoever answers it again is at fault.
        server.send_bytes(&frame(Kind::Response, given_up, &1_u64.to_le_bytes())).await;
        server.ends_with_error(UNEXPECTED).await;
    })
    .await;
}

#[tokio::test]
async fn f04_what_is_no_frame_ends_the_connection_of_a_client_too() {
    siege(async || {
        let config = ChannelConfig::new;
        for short in [0, 15_u32] {
            violation("a short frame", MALFORMED, config(), |_| short.to_le_bytes().to_vec()).await;
        }
        violation("the longest length", TOO_LONG, config(), |_| u32::MAX.to_le_bytes().to_vec()).await;
        let bits = [&16_u32.to_le_bytes()[..], &[2, 0x40], &[0; 14]].concat();
        violation("a reserved flag", MALFORMED, config(), |_| bits).await;
        let kind = [&16_u32.to_le_bytes()[..], &[12], &[0; 15]].concat();
        violation("an unknown kind", MALFORMED, config(), |_| kind).await;
        let small = config().limits(Limits { message: 100, ..Limits::default() });
        let fragments =
            |calls: &[u32]| RawPeer::frame(Head::new(Kind::Response, calls[1]).flags(Flags::MORE), &[0; 60]).repeat(2);
        let status = violation("a message that is too long", TOO_LONG, small, fragments).await;
        assert!(status.to_string().contains("`message` is 100"), "{status}");
    })
    .await;
}
