//! Numbers that look random and come again with their seed. `TEST_SEED` in the environment sets it.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

/// Numbers that look random, the same for the same seed: xorshift.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// Numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Seeds that differ in a bit shall differ in more; 0 would stay 0.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Numbers of a seed of their own in each run, or of `TEST_SEED`. Says which, for a test that fails.
    ///
    /// # Panics
    /// When `TEST_SEED` is no number.
    #[must_use]
    pub fn anew() -> Self {
        let seed = std::env::var("TEST_SEED").map_or_else(
            |_| RandomState::new().build_hasher().finish(),
            |seed| seed.parse().expect("`TEST_SEED` is a number"),
        );
        println!("TEST_SEED={seed}");
        Self::new(seed)
    }

    /// The next number, below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    /// So many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}
