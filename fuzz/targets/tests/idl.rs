//! IDL files drawn at random, of either language. The seed is printed; with `TEST_SEED` in the environment a run is repeated.

use rpc_fuzz_targets::idl;

mod random;

use random::Random;

const ROUNDS: usize = 1_500;
const BYTES: usize = 400;

#[test]
fn files_drawn_at_random_become_rust_or_are_refused() {
    let mut random = Random::seeded("idl");
    for _ in 0..ROUNDS {
        let length = random.below(BYTES);
        let language = u8::from(random.coin());
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        idl(&[&[language], &bytes[..]].concat());
    }
}
