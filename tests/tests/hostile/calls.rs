//! calls that are cancelled at any time or by nobody who may, given up at any point, more than
//! there may be, or with more beside them than there may be.

use bytes::Bytes;
use rpc_core::{
    ChannelConfig, Code, Delivery, Limits,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{LaboratoryClient, RawPeer, poll_once, polled_times, request, server_by_hand, within};

use crate::attack::{EVERYWHERE, Peer, STREAMS, Target, attack};

const TOO_LONG: u32 = 5;
const UNEXPECTED: u32 = 6;

fn cancel(call: u32) -> Head {
    Head::new(Kind::Cancel, call)
}

/// Fails if the peer has anything to read: an answer to its ping is the next that it gets.
async fn is_told_nothing(peer: &mut Peer) {
    let ping = Head { extra: 42, ..Head::new(Kind::Ping, 0).word(0xdead_beef) };
    peer.send(ping, b"").await;
    assert_eq!(peer.receive().await, Some((Head { kind: Kind::Pong, ..ping }, Bytes::new())));
}

/// A handler that waits, in the laboratory.
async fn waits(target: &Target, peer: &mut Peer, call: u32, id: u64) {
    peer.send(request(call, "wait"), &id.to_le_bytes()).await;
    target.desk().until_ran(id).await;
}

#[tokio::test]
async fn r02_a_cancel_for_a_call_that_is_not_open_or_somebody_elses_does_nothing() {
    attack()
        .run(async |target| {
            let (mut one, mut other) = (target.peer().await, target.peer().await);
            waits(target, &mut one, 1, 1).await;
            waits(target, &mut other, 1, 2).await;
            one.send(request(3, "note"), &3_u64.to_le_bytes()).await;
            one.response(3).await;
            // Never open, ended, and open on the other connection alone.
            waits(target, &mut other, 5, 5).await;
            for call in [7, u32::MAX, 3, 5] {
                for kind in [Kind::Cancel, Kind::End, Kind::Credit] {
                    one.send(Head::new(kind, call).word(1), b"").await;
                }
            }
            is_told_nothing(&mut one).await;
            assert_eq!(target.desk().running(), 3);
            // The same id on two connections is two calls.
            one.send(cancel(1), b"").await;
            assert_eq!(one.response(1).await.0.word, Code::Cancelled as u32);
            is_told_nothing(&mut other).await;
            assert_eq!(target.desk().running(), 2);
            target.desk().release(2);
            for (head, _) in other.responses(2).await.into_values() {
                assert_eq!(head.word, 0);
            }
        })
        .await;
}

#[tokio::test]
async fn r03_a_call_that_is_cancelled_in_any_state_and_any_number_of_times_ends_once() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            // Before its request: that was another call's.
            peer.send(cancel(1), b"").await;
            peer.send(request(1, "note"), &1_u64.to_le_bytes()).await;
            assert_eq!(peer.response(1).await.0.word, 0);
            // Of a request of which a part is missing nothing has run.
            for parts in 1..4 {
                for part in 0..parts {
                    peer.send(request(3, "note").flags(Flags::MORE), &[part; 1]).await;
                }
                peer.send(cancel(3), b"").await;
                peer.is_refused(3, Code::Cancelled).await;
                peer.send(cancel(3), b"").await;
            }
            // While its handler waits.
            waits(target, &mut peer, 5, 5).await;
            for _ in 0..3 {
                peer.send(cancel(5), b"").await;
            }
            let (head, _) = peer.response(5).await;
            assert_eq!((head.word, head.flags), (Code::Cancelled as u32, Flags::NONE));
            target.desk().until_running(0).await;
            // When it was answered; and together with its request, whose handler may have begun or not.
            peer.send(request(7, "note"), &7_u64.to_le_bytes()).await;
            peer.response(7).await;
            peer.send(cancel(7), b"").await;
            let together = [RawPeer::frame(request(9, "wait"), &9_u64.to_le_bytes()), RawPeer::frame(cancel(9), b"")];
            peer.send_bytes(&together.concat()).await;
            assert_eq!(peer.response(9).await.0.word, Code::Cancelled as u32);
            is_told_nothing(&mut peer).await;
            assert_eq!([1, 3, 5, 7].map(|id| target.desk().ran(id)), [1, 0, 1, 1]);
            assert!(target.desk().ran(9) <= 1);
            // Every id is free again.
            for call in [1, 3, 5, 7, 9] {
                peer.send(request(call, "ping"), b"").await;
                assert_eq!(peer.response(call).await.0.word, 0);
            }
        })
        .await;
}

#[tokio::test]
async fn r04_a_call_that_is_dropped_at_any_await_point_frees_its_place_and_its_handler() {
    let limits = || Limits { calls_in_flight: 1, frame: 100, send_buffer: 300, ..Limits::default() };
    attack()
        .over(&EVERYWHERE)
        .limits(limits())
        .run(async |target| {
            let mut dropped = 0;
            for times in 0..24 {
                // A new channel, so that the call waits for the connection first.
                target.expect_peers(1);
                let channel = target.setup.config().limits(limits()).lazy(&target.served.url).unwrap();
                let client = LaboratoryClient::new(channel);
                let id = times as u64;
                tokio::select! {
                    _ = polled_times(times, client.wait(id)) => {}
                    () = target.desk().until_running(1) => {}
                }
                target.desk().assert_honest::<()>(id, None);
                target.calm().await;
                target.desk().until_running(0).await;
                // In more pieces than there is room for.
                dropped += usize::from(polled_times(times, client.bytes(vec![1; 2_000])).await.is_none());
                target.calm().await;
                assert_eq!(client.add(1, 2).await.unwrap(), 3, "the one place is free");
            }
            assert!(dropped > 3, "{dropped} of the long calls were dropped on their way");
        })
        .await;
}

#[tokio::test]
async fn r06_calls_above_the_limit_are_refused_and_run_later() {
    attack()
        .limits(Limits { calls_in_flight: 2, ..Limits::default() })
        .run(async |target| {
            let mut peer = target.peer().await;
            assert_eq!(peer.theirs.calls_in_flight, 2);
            for call in [1, 3, 5, 7] {
                peer.send(request(call, "wait"), &u64::from(call).to_le_bytes()).await;
            }
            peer.is_refused(5, Code::ResourceExhausted).await;
            peer.is_refused(7, Code::ResourceExhausted).await;
            target.desk().release(2);
            for (head, _) in peer.responses(2).await.into_values() {
                assert_eq!(head.word, 0);
            }
            peer.send(request(5, "note"), &5_u64.to_le_bytes()).await;
            peer.response(5).await;
            assert_eq!(target.desk().ledger(), [1, 3, 5]);
            // What follows fragments could not be told from another request.
            for call in [1, 3] {
                peer.send(request(call, "wait"), &u64::from(call).to_le_bytes()).await;
            }
            peer.send(request(5, "bytes").flags(Flags::MORE), b"part").await;
            peer.ends_with_error(UNEXPECTED).await;
        })
        .await;
}

#[tokio::test]
async fn r06_a_flood_of_calls_is_refused_one_by_one_and_none_of_it_waits_or_runs() {
    const CALLS: u32 = 5_000;
    attack()
        .limits(Limits { calls_in_flight: 4, ..Limits::default() })
        .run(async |target| {
            let peer = target.peer().await;
            let (reader, mut writer) = tokio::io::split(peer.io);
            let flood = async {
                for call in 0..CALLS {
                    let request = RawPeer::frame(request(2 * call + 1, "wait"), &u64::from(call).to_le_bytes());
                    tokio::io::AsyncWriteExt::write_all(&mut writer, &request).await.unwrap();
                }
            };
            let refusals = async {
                let mut answers = RawPeer::new(tokio::io::join(reader, tokio::io::sink()));
                for (head, text) in answers.responses(CALLS as usize - 4).await.into_values() {
                    assert_eq!((head.word, head.flags), (Code::ResourceExhausted as u32, Flags::NOT_RUN), "{text:?}");
                    assert!(text.ends_with(b"limit `calls_in_flight` of 4 is reached"), "{text:?}");
                }
                target.desk().release(4);
                for (head, _) in answers.responses(4).await.into_values() {
                    assert_eq!(head.word, 0);
                }
            };
            tokio::join!(flood, refusals);
            assert_eq!(target.desk().ledger(), [0, 1, 2, 3]);
        })
        .await;
}

/// A block of these entries, each a type and a value, before a body.
fn block(entries: &[(u8, &[u8])], body: &[u8]) -> Vec<u8> {
    let entries: Vec<u8> = entries
        .iter()
        .flat_map(|(kind, value)| [&[*kind][..], &(value.len() as u16).to_le_bytes(), value].concat())
        .collect();
    [&(entries.len() as u16).to_le_bytes()[..], &entries, body].concat()
}

/// A pair of metadata.
fn pair(key: &[u8], len: u16) -> Vec<u8> {
    [&[key.len() as u8][..], key, &len.to_le_bytes(), &vec![b'v'; usize::from(len)]].concat()
}

/// Blocks before 8 bytes of body that are too much or malformed, and why.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let body = &7_u64.to_le_bytes()[..];
    let metadata = |pairs: &[u8]| block(&[(1, pairs)], body);
    vec![
        ("one pair above the limit in bytes", metadata(&pair(b"key", 16 << 10))),
        ("one pair as long as a block can be", metadata(&pair(b"key", 65_520))),
        ("more bytes than pairs", metadata(&pair(b"k", 4_000).repeat(5))),
        ("one pair more than there may be", metadata(&pair(b"k", 0).repeat(65))),
        ("as many pairs of a byte as a block can hold", metadata(&pair(b"k", 1).repeat(13_000))),
        ("a key without a letter", metadata(&pair(b"", 1))),
        ("a key that is no key", metadata(&pair(b"Key", 1))),
        ("a key with a line in it", metadata(&pair(b"a\nb", 1))),
        ("a key that is cut off", metadata(b"\xff")),
        ("a value that is cut off", metadata(&pair(b"key", 9)[..9])),
        ("metadata twice", block(&[(1, &pair(b"a", 1)), (1, &pair(b"b", 1))], body)),
        ("a long deadline twice", block(&[(2, &[0; 8]), (2, &[0; 8])], body)),
        ("an entry that is cut off", [&4_u16.to_le_bytes()[..], &[9, 2, 0, 0], body].concat()),
        ("a block that is longer than its message", [&u16::MAX.to_le_bytes()[..], body].concat()),
        ("no block where there should be one", vec![]),
    ]
}

#[tokio::test]
async fn r09_a_block_that_is_too_much_fails_its_call_and_the_connection_goes_on() {
    let unknown = block(&[(200, &vec![0; 60_000])], &8_u64.to_le_bytes());
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            for (what, message) in bombs() {
                eprintln!("{what}");
                peer.send(request(1, "note").flags(Flags::BLOCK), &message).await;
                peer.is_refused(1, Code::InvalidArgument).await;
            }
            assert_eq!(target.desk().ran(7), 0);
            peer.send(request(1, "note").flags(Flags::BLOCK), &unknown).await;
            assert_eq!(peer.response(1).await.0.word, 0, "what is not known is skipped, however long");
        })
        .await;
}

#[tokio::test]
async fn r09_sixteen_megabytes_beside_a_call_or_no_end_of_them_end_the_connection() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            peer.send_bytes(&(16_u32 << 20).to_le_bytes()).await;
            peer.ends_with_error(TOO_LONG).await;
            // A block that never comes to its end.
            let mut peer = target.peer().await;
            let part = RawPeer::frame(request(1, "note").flags(Flags::MORE.with(Flags::BLOCK)), &[0xff; 64 << 10]);
            for _ in 0..65 {
                peer.send_bytes(&part).await;
            }
            peer.ends_with_error(TOO_LONG).await;
            assert_eq!(target.desk().ran(1), 0);
        })
        .await;
}

#[tokio::test]
async fn r09_a_block_that_is_too_much_fails_a_clients_call_too() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
            let mut answer = async |flags: Flags, message: &[u8]| {
                let call = poll_once(client.note(7)).await;
                let id = server.receive().await.expect("a request").0.call;
                server.send(Head { codec: 1, ..Head::new(Kind::Response, id).flags(flags) }, message).await;
                within("the call", call).await
            };
            for (what, message) in bombs() {
                let error = answer(Flags::BLOCK, &message).await.expect_err(what);
                assert_eq!(
                    (error.code(), error.delivery()),
                    (Some(Code::Internal), Delivery::Failed),
                    "{what}: {error}"
                );
                assert!(error.to_string().contains("the response cannot be read"), "{what}: {error}");
            }
            assert_eq!(answer(Flags::NONE, &7_u64.to_le_bytes()).await.unwrap(), 7);
        })
        .await;
}
