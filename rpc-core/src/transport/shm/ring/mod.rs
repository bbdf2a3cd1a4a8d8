//! The ring without a system: what each side stores and loads, in which order, and what it makes of what it finds.
//! Written against [`Region`] and [`OwnRegion`], so that the same code runs on shared memory, on plain memory with a hostile
//! hand in it, and in a model that tries every order in which two processors may see things. Knows no sockets and no frames.
//!
//! The rules that other comments cite by number are in [`super`].

use std::fmt;

mod consumer;
#[cfg(test)]
mod model;
#[cfg(test)]
mod plain;
mod producer;

pub(super) use consumer::{Consumer, Frame};
pub(super) use producer::{Producer, Refused};

/// A region as everybody sees it who has it mapped. Words are at multiples of 8.
pub(in crate::transport::shm) trait Region {
    /// Reads a word once. It may be different the next time.
    fn load(&self, at: usize) -> u64;

    /// Appends `len` bytes from `at` on. Each is read once.
    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>);
}

/// A region as its owner sees it.
pub(in crate::transport::shm) trait OwnRegion: Region {
    fn store(&self, at: usize, word: u64);

    fn copy_in(&self, at: usize, bytes: &[u8]);

    /// Holds apart what comes before and what comes behind.
    fn fence(&self, fence: Fence);

    /// Whether to look a second time after it was said that one sleeps. A model says no, to see that it matters.
    fn looks_again(&self, _after: Fence) -> bool {
        true
    }
}

/// Every place where order matters, with what it holds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport::shm) enum Fence {
    /// The payload of a cell, and its number. Release.
    Filled,
    /// A cell's number, and the look at whether the peer sleeps. Full.
    Committed,
    /// A cell's number, and its payload. Acquire.
    Seen,
    /// The copies out, and the count of cells taken. Release.
    CopiedOut,
    /// Where one says that one sleeps, and the second look. Full.
    Resting,
    /// The count of cells taken, and the look at whether the peer waits for it. Full.
    Published,
    /// The peer's count of cells taken, and writing over them. Acquire.
    Freed,
    /// Where one says that one waits for room, and the second look. Full.
    Waiting,
}

/// The peer has written something into its region that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport::shm) struct Violation {
    /// The word.
    pub(in crate::transport::shm) word: &'static str,
    /// What it says.
    pub(in crate::transport::shm) got: u64,
    /// What it could say.
    pub(in crate::transport::shm) least: u64,
    pub(in crate::transport::shm) most: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, got, least, most } = self;
        write!(f, "the word `{word}` of the peer's ring says {got}, and {least} to {most} is possible")
    }
}
