//! Histories of streams drawn at random, of two ends that keep the rules. The seed is printed; with `TEST_SEED` in the
//! environment a run is repeated.

use rpc_fuzz_targets::stream_pair;

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
