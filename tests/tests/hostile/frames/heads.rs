//! F-3 to F-8 and F-10: the first bytes, lengths, kinds, flags, ids and what stands behind a value, as a server gets them.

use std::time::Duration;

use rpc_core::{
    Code, CodecId, Limits,
    wire::{Flags, Head, Kind, MAGIC},
};
use rpc_tests::{RawPeer, request};
use tokio::io::AsyncReadExt;

use super::{HELLO, MALFORMED, TOO_LONG, UNEXPECTED};
use crate::{
    attack::{DUPLEX, Peer, Target, attack},
    own_process::{in_a_process_of_its_own, limit_memory},
};

/// A preamble with these versions and this length of entries.
fn preamble(lowest: u16, highest: u16, entries: u32) -> Vec<u8> {
    [&MAGIC[..], &lowest.to_le_bytes(), &highest.to_le_bytes(), &entries.to_le_bytes()].concat()
}

/// A frame of any kind, flags and priority, without a body.
fn frame(kind: u8, flags: u8, priority: u8) -> Vec<u8> {
    [&16_u32.to_le_bytes()[..], &[kind, flags, 0, priority], &[0; 12]].concat()
}

/// What a server says to a peer that begins like this and waits, until it closes.
async fn answer(target: &Target, first: &[u8]) -> Vec<u8> {
    let mut peer = target.dial().await;
    peer.send_bytes(first).await;
    let mut said = Vec::new();
    let _ = peer.io.read_to_end(&mut said).await;
    said
}

/// What a server says of a hello that it does not take, behind its own.
async fn refusal(target: &Target, hello: &[u8], code: u32) -> String {
    let mut peer = target.dial().await;
    peer.send_bytes(hello).await;
    peer.read_hello().await;
    peer.ends_with_error(code).await
}

/// Says hello and this, which ends the connection with an error of this code.
async fn violation(target: &Target, bytes: &[u8], code: u32) -> String {
    let mut peer = target.peer().await;
    peer.send_bytes(bytes).await;
    peer.ends_with_error(code).await
}

/// A call, which must go well.
async fn goes_well(peer: &mut Peer, call: u32) {
    peer.send(request(call, "note"), &u64::from(call).to_le_bytes()).await;
    assert_eq!(peer.response(call).await.0.word, 0);
}

#[tokio::test]
async fn f03_a_wrong_byte_of_the_magic_closes_at_once_wherever_it_stands() {
    // Not by the time that a hello may take.
    let limits = Limits { hello_timeout: Duration::from_secs(3_600), ..Limits::default() };
    attack()
        .limits(limits)
        .run(async |target| {
            for (at, right) in MAGIC.into_iter().enumerate() {
                for wrong in [0, b' ', 0x7f, 0xff, !right, right ^ 1, right ^ 0x80] {
                    if wrong != right {
                        let said = answer(target, &[&MAGIC[..at], &[wrong]].concat()).await;
                        assert!(said.is_empty(), "{wrong:#x} at {at} was answered with {said:?}");
                    }
                }
            }
        })
        .await;
}

#[tokio::test]
async fn f04_a_length_out_of_bounds_is_refused_by_its_four_bytes_and_one_at_the_limit_passes() {
    let small = Limits { message: 1_000, ..Limits::default() };
    attack()
        .limits(small)
        .run(async |target| {
            for short in 0..16_u32 {
                violation(target, &short.to_le_bytes(), MALFORMED).await;
            }
            for long in [1_017, i32::MAX as u32, 1 << 31, u32::MAX] {
                let why = violation(target, &long.to_le_bytes(), TOO_LONG).await;
                assert!(why.contains(&long.to_string()) && why.contains("1016 that the limit `message`"), "{why}");
            }
            let more = request(1, "bytes").flags(Flags::MORE);
            let fragments = [RawPeer::frame(more, &[0; 600]), RawPeer::frame(more, &[0; 401])].concat();
            let why = violation(target, &fragments, TOO_LONG).await;
            assert!(why.contains("1001 bytes or longer, the limit `message` is 1000"), "{why}");
            let mut peer = target.peer().await;
            peer.send(request(1, "bytes"), &[&992_u64.to_le_bytes()[..], &[7; 992]].concat()).await;
            assert_eq!(peer.response(1).await.1.len(), 1_000);
        })
        .await;
}

#[tokio::test]
async fn f04_a_hello_longer_than_any_may_be_is_refused_by_its_length_and_the_longest_passes() {
    attack()
        .run(async |target| {
            for long in [65_537, i32::MAX as u32, 1 << 31, u32::MAX] {
                let why = refusal(target, &preamble(1, 1, long), HELLO).await;
                assert!(why.contains(&format!("{long} bytes long, the limit `hello` is 65536")), "{why}");
            }
            let mut peer = target.dial().await;
            // An entry that nobody knows.
            let entry = [&0xff00_u16.to_le_bytes()[..], &65_532_u16.to_le_bytes(), &[0; 65_532]].concat();
            peer.send_bytes(&[preamble(1, 1, 65_536), entry].concat()).await;
            peer.read_hello().await;
            goes_well(&mut peer, 1).await;
        })
        .await;
}

#[test]
fn f05_memory_grows_with_what_has_arrived_and_not_with_what_was_declared() {
    const PEERS: usize = 1_000;
    const DECLARED: u32 = 4 << 20;
    let body = attack().over(&DUPLEX).run(async |target| {
        // A fiftieth of what they declare for all of them together: it is 32 bytes each that come.
        limit_memory(PEERS as u64 * u64::from(DECLARED) / 50);
        let mut peers = Vec::new();
        for _ in 0..PEERS {
            let mut peer = target.peer().await;
            peer.send_bytes(&DECLARED.to_le_bytes()).await;
            peers.push(peer);
        }
        let request = request(1, "bytes").encode();
        for byte in request.into_iter().chain([0; 16]) {
            for peer in &mut peers {
                peer.send_bytes(&[byte]).await;
            }
        }
        assert_eq!(target.served.stats.snapshot().connections, PEERS + 1, "none was at fault");
        // One of them goes on, and is served.
        let mut peer = peers.swap_remove(0);
        peer.send_bytes(&vec![0; DECLARED as usize - 32]).await;
        peer.is_refused(1, Code::InvalidArgument).await;
    });
    in_a_process_of_its_own(f05_memory_grows_with_what_has_arrived_and_not_with_what_was_declared, body);
}

#[tokio::test]
async fn f06_kinds_that_must_be_understood_are_refused_and_the_others_are_skipped() {
    attack()
        .run(async |target| {
            for kind in 12..128 {
                let why = violation(target, &frame(kind, 0, 0), MALFORMED).await;
                assert!(why.contains(&format!("frame kind {kind} is unknown")), "{why}");
            }
            let mut peer = target.peer().await;
            for kind in 128..=255 {
                // Nothing of it is looked at but its length.
                let skipped = [&20_u32.to_le_bytes()[..], &[kind], &[0xff; 19]].concat();
                peer.send_bytes(&skipped).await;
            }
            goes_well(&mut peer, 1).await;
        })
        .await;
}

#[tokio::test]
async fn f06_reserved_bits_are_refused_and_every_flag_that_there_is_is_taken() {
    attack()
        .run(async |target| {
            for (flags, priority) in [(0x40, 0), (0x80, 0), (0xc0, 0), (0, 8), (0, 0x80), (0, 0xff), (0xff, 0xff)] {
                let why = violation(target, &frame(1, flags, priority), MALFORMED).await;
                assert!(why.contains("reserved bits"), "{why}");
            }
            let mut peer = target.peer().await;
            // A pong that nobody asked for has no use for any of them.
            for flags in 0..0x40 {
                peer.send_bytes(&frame(Kind::Pong as u8, flags, flags & 7)).await;
            }
            goes_well(&mut peer, 1).await;
        })
        .await;
}

#[tokio::test]
async fn f06_a_peer_without_a_common_version_is_told_both_ranges_and_a_later_one_is_served() {
    attack()
        .run(async |target| {
            // Older, newer, and ranges with nothing in them.
            for (lowest, highest) in [(0, 0), (2, 7), (7, 9), (2, 1), (u16::MAX, u16::MAX), (u16::MAX, 0)] {
                let theirs = if lowest == highest { lowest.to_string() } else { format!("{lowest} to {highest}") };
                let why = refusal(target, &preamble(lowest, highest, 0), 2).await;
                assert!(why.contains(&format!("this side speaks 1, the peer {theirs}")), "{why}");
            }
            for (lowest, highest) in [(0, 1), (1, 2), (1, u16::MAX), (0, u16::MAX)] {
                let mut peer = target.dial().await;
                peer.send_bytes(&preamble(lowest, highest, 0)).await;
                peer.read_hello().await;
                goes_well(&mut peer, 1).await;
            }
        })
        .await;
}

#[tokio::test]
async fn f07_answers_to_a_server_that_asked_nothing_end_the_connection() {
    attack()
        .run(async |target| {
            for (kind, call) in
                [(2, 1), (2, 0), (2, 2), (3, 2), (3, 0), (4, 0), (4, 2), (5, 2), (11, 1), (11, 0), (0, 0)]
            {
                let head = [&[kind, 0, 0, 0], &u32::to_le_bytes(call)[..], &[0; 8]].concat();
                violation(target, &[&16_u32.to_le_bytes()[..], &head].concat(), UNEXPECTED).await;
            }
        })
        .await;
}

#[tokio::test]
async fn f08_an_id_that_is_open_or_not_the_senders_ends_the_connection_and_runs_nothing_more() {
    let busy = RawPeer::frame(request(1, "wait"), &[0; 8]).to_vec();
    let begun = RawPeer::frame(request(1, "wait").flags(Flags::MORE), &[0; 4]).to_vec();
    let cancelled = [&busy[..], &RawPeer::frame(Head::new(Kind::Cancel, 1), b"")].concat();
    let note = |call| RawPeer::frame(request(call, "note"), &7_u64.to_le_bytes()).to_vec();
    attack()
        .run(async |target| {
            for (what, bytes) in [
                ("an id that is open", [&busy[..], &note(1)].concat()),
                ("an id that is open, in fragments", [&busy[..], &begun].concat()),
                ("an id whose cancelled handler has not ended", [&cancelled[..], &note(1)].concat()),
                ("the lowest even id", note(2)),
                ("the highest even id", note(u32::MAX - 1)),
                ("a cancel of an even id", RawPeer::frame(Head::new(Kind::Cancel, 2), b"").to_vec()),
                ("a cancel of no id", RawPeer::frame(Head::new(Kind::Cancel, 0), b"").to_vec()),
            ] {
                let why = violation(target, &bytes, UNEXPECTED).await;
                target.desk().until_running(0).await;
                assert_eq!(target.desk().ran(7), 0, "{what}: {why}");
            }
        })
        .await;
}

#[tokio::test]
async fn f08_ids_may_come_in_any_order_and_again_once_they_were_answered() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            for call in [u32::MAX, u32::MAX - 2, 5, 3, 1, 1, u32::MAX, 1 << 31 | 1, 1] {
                goes_well(&mut peer, call).await;
            }
            assert_eq!(target.desk().ran(1), 3);
        })
        .await;
}

#[tokio::test]
async fn f10_bytes_behind_the_value_fail_the_call_and_the_connection_goes_on() {
    let one = 1_u64.to_le_bytes();
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            for (codec, body) in [
                (CodecId::BINARY, [&one[..], &[0]].concat()),
                (CodecId::BINARY, one.repeat(2)),
                (CodecId::BINARY, [&one[..], &[0; 100_000]].concat()),
                (CodecId::JSON, b"[1]x".to_vec()),
                (CodecId::JSON, b"[1][1]".to_vec()),
                (CodecId::JSON, b"[1, 1]".to_vec()),
                (CodecId::JSON, b"[1]\0".to_vec()),
            ] {
                peer.send(Head { codec: codec.0, ..request(1, "note") }, &body).await;
                peer.is_refused(1, Code::InvalidArgument).await;
            }
            assert_eq!(target.desk().ran(1), 0);
            peer.send(Head { codec: CodecId::JSON.0, ..request(1, "note") }, b" [1] \n").await;
            assert_eq!(peer.response(1).await.0.word, 0, "blanks are no value");
            goes_well(&mut peer, 3).await;
        })
        .await;
}
