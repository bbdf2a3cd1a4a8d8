//! Histories of streams drawn at random: of two ends that keep the rules, and of one end among enemies. The seed is
//! printed; with `TEST_SEED` in the environment a run is repeated.

use rpc_core::wire::{HEAD, Kind};
use rpc_fuzz_targets::{hostile_callee, hostile_caller, stream_pair};

mod random;

use random::Random;

/// Histories of a test.
const ROUNDS: usize = 2_000;

#[test]
fn in_any_history_of_streams_nothing_is_lost_and_nobody_waits_for_ever() {
    let mut random = Random::seeded("streams");
    for round in 0..ROUNDS {
        let most = if random.coin() { 400 } else { 4_000 };
        let length = random.below(most);
        let history: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        println!("round {round}");
        stream_pair(&history);
    }
}

#[test]
fn enemies_send_no_stream_more_than_its_credit_and_take_none_of_it_away() {
    let mut random = Random::seeded("enemies");
    let to_a_callee = [Kind::Request, Kind::Item, Kind::Item, Kind::Item, Kind::End, Kind::Credit, Kind::Cancel];
    let to_a_caller = [Kind::Begin, Kind::Item, Kind::Item, Kind::Item, Kind::End, Kind::Credit, Kind::Response];
    for round in 0..ROUNDS {
        println!("round {round}");
        hostile_caller(&[&[5], &frames(&to_a_callee, &mut random)[..]].concat());
        hostile_callee(&frames(&to_a_caller, &mut random));
    }
}

/// Frames of which most could be lawful, and with them what the other end does meanwhile.
fn frames(usual: &[Kind], random: &mut Random) -> Vec<u8> {
    let mut frames = Vec::new();
    for _ in 0..random.below(200) {
        let kind = match random.below(8) {
            0 => random.below(12) as u8,
            1 | 2 => 128 + random.below(128) as u8,
            _ => usual[random.below(usual.len())] as u8,
        };
        let flags = [0, 0, 0, 1, 1, 4, 5, random.below(64) as u8][random.below(8)];
        let call = if random.below(12) == 0 { random.below(20) } else { 2 * random.below(5) + 1 };
        let body = [0, 4, random.below(100), random.below(1_000)][random.below(4)];
        frames.extend(((HEAD + body) as u32).to_le_bytes());
        // An own act says by this byte which call it is about, and a frame its flags.
        frames.extend([kind, flags, 0, 0]);
        frames.extend((call as u32).to_le_bytes());
        frames.extend((random.below(2_000) as u32).to_le_bytes());
        frames.extend((random.below(4) as u32).to_le_bytes());
        frames.resize(frames.len() + body, 7);
    }
    frames
}
