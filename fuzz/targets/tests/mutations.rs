//! Recorded conversations, damaged in any way, against a whole server and against a client. The seed is printed; with
//! `TEST_SEED` in the environment a run is repeated.

use rpc_core::{
    ChannelConfig, CodecId, Limits,
    wire::{Found, Parsed, next, parse_hello},
};
use rpc_fuzz_targets::{Arena, Peer, conversations, framed, meet, sealed, tight};

mod random;

use random::Random;

/// Damaged conversations of a test.
const ROUNDS: usize = 2_000;

/// The hello and the frames of one direction of a conversation, each by itself.
fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(Parsed::Hello { len, .. }) = parse_hello(bytes, 64 << 10) else { panic!("a conversation has a hello") };
    let (mut parts, mut rest) = (vec![bytes[..len].to_vec()], &bytes[len..]);
    while let Ok(Found::Frame { body, .. }) = next(rest, usize::MAX) {
        let (frame, others) = rest.split_at(body.end);
        parts.push(frame.to_vec());
        rest = others;
    }
    assert!(rest.is_empty() && parts.len() > 5, "a conversation has frames, to its end");
    parts
}

/// Damages a conversation in one way; `other` is one to take parts of.
fn damage(parts: &mut Vec<Vec<u8>>, other: &[Vec<u8>], random: &mut Random) {
    let at = random.below(parts.len());
    let to = random.below(parts.len());
    match random.below(8) {
        0 => parts.swap(at, to),
        1 => parts.insert(to, parts[at].clone()),
        2 if parts.len() > 1 => drop(parts.remove(at)),
        3 => parts.insert(to, other[random.below(other.len())].clone()),
        4 => {
            let (tail, cut) = (&other[random.below(other.len())], random.below(parts[at].len() + 1));
            let from = random.below(tail.len() + 1);
            parts[at].truncate(cut);
            parts[at].extend_from_slice(&tail[from..]);
        }
        5 => {
            let cut = random.below(parts[at].len() + 1);
            parts[at].truncate(cut);
        }
        _ if parts[at].is_empty() => {}
        6 => {
            // Most often in the length or the head, where it matters most.
            let most = if random.coin() { 20 } else { usize::MAX };
            let byte = random.below(parts[at].len().min(most));
            parts[at][byte] ^= 1 << random.below(8);
        }
        _ => {
            let byte = random.below(parts[at].len());
            parts[at][byte] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)];
        }
    }
}

/// A peer that sends a damaged conversation. Most of its hellos are as they were.
fn damaged(directions: &[Vec<Vec<u8>>], random: &mut Random) -> Peer {
    let [mut parts, other] = [(); 2].map(|()| directions[random.below(directions.len())].clone());
    let frames = random.below(4) == 0;
    if frames {
        parts[0] = framed(&parts[0]);
    }
    let hello = if random.below(8) == 0 { Vec::new() } else { parts.remove(0) };
    for _ in 0..=random.below(4) {
        damage(&mut parts, &other, random);
    }
    let cuts = if random.coin() { vec![random.below(256) as u8, random.below(256) as u8] } else { Vec::new() };
    let buffer = if random.coin() { 50 } else { 16 << 10 };
    let (reads, stays) = (random.below(4) > 0, random.below(4) > 0);
    Peer { bytes: [hello, parts.concat()].concat(), cuts, frames, buffer, reads, stays }
}

#[test]
fn damaged_conversations_leave_a_server_alive_and_its_other_clients_alone() {
    let mut random = Random::seeded("a server");
    let directions: Vec<_> = conversations().iter().map(|conversation| parts(&conversation.there)).collect();
    for limits in [Limits::default(), tight()] {
        sealed(async {
            let arena = Arena::open(limits).await;
            for round in 0..ROUNDS / 2 {
                let peer = damaged(&directions, &mut random);
                println!("round {round}");
                arena.attack(&peer).await;
            }
            arena.close().await;
        });
    }
}

#[test]
fn damaged_conversations_end_every_call_of_a_client_once_and_leave_nothing() {
    let mut random = Random::seeded("a client");
    let directions: Vec<_> = conversations().iter().map(|conversation| parts(&conversation.back)).collect();
    for round in 0..ROUNDS {
        let peer = damaged(&directions, &mut random);
        let limits = if random.coin() { tight() } else { Limits::default() };
        let codec = if random.coin() { CodecId::JSON } else { CodecId::BINARY };
        println!("round {round}");
        sealed(meet(ChannelConfig::new().limits(limits).codec(codec), &peer));
    }
}
