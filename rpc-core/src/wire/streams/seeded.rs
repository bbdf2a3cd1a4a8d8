//! Hashing of a call's id: a multiplication by a number that a peer cannot know. Ids are chosen by peers, and a hash that
//! they can compute would let them put all of theirs into one place of a table; the standard one costs ten times as much.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A random odd number for each table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0) | 1)
    }
}

impl BuildHasher for Seeded {
    type Hasher = Product;

    fn build_hasher(&self) -> Product {
        Product(self.0)
    }
}

/// The product of the seed and what is hashed.
#[derive(Debug)]
pub(super) struct Product(u64);

impl Hasher for Product {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((*byte).into());
        }
    }

    fn write_u32(&mut self, number: u32) {
        let product = u128::from(self.0) * u128::from(u64::from(number) ^ self.0.rotate_left(32));
        // Both halves: the table looks at the lowest bits and at the highest.
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
