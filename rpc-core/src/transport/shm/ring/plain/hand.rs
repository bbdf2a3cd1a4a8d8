//! What a hostile hand writes: any word, at any time, and of values above all those next to what could be.

use super::Memory;
use crate::transport::shm::geometry::{EXTENT, SPACE_AT, TAKEN, WAKE_AT};

/// Something to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Word(usize),
    /// Half of a word: the low one, or the high one.
    Half(usize, bool),
    /// Eight bytes of payload.
    Payload(usize),
}

/// Everything that is worth writing in a region.
pub(super) fn targets(memory: &Memory) -> Vec<Target> {
    let geometry = memory.geometry;
    let mut targets = [TAKEN, WAKE_AT, SPACE_AT].map(Target::Word).to_vec();
    for cell in (1..=geometry.cells()).map(|number| geometry.cell_at(number)) {
        let extent = cell + EXTENT;
        targets.extend([cell, extent].map(Target::Word));
        targets.extend([false, true].map(|high| Target::Half(extent, high)));
        targets.push(Target::Payload(extent + 8));
    }
    targets.extend([geometry.area_at(), geometry.len() - 8].map(Target::Payload));
    targets
}

/// Values of 64 bits, or of 32, that are next to what could be: for a ring with such sizes, in which `now` stands there.
pub(super) fn values(memory: &Memory, now: u64) -> Vec<u64> {
    let geometry = memory.geometry;
    let bounds = [geometry.cells(), geometry.granules(), geometry.max_frame() as u64, geometry.area() as u64];
    let mut values = vec![0, 1, 1 << 31, u64::from(u32::MAX), 1 << 32, u64::MAX - 1, u64::MAX, now / 2, now << 1];
    for middle in bounds.into_iter().chain([now, 112]) {
        values.extend([middle.wrapping_sub(1), middle, middle.wrapping_add(1)]);
    }
    values
}

/// What stands there now.
pub(super) fn now(memory: &Memory, target: Target) -> u64 {
    match target {
        Target::Word(at) | Target::Payload(at) => memory.word(at),
        Target::Half(at, false) => memory.word(at) & u64::from(u32::MAX),
        Target::Half(at, true) => memory.word(at) >> 32,
    }
}

pub(super) fn write(memory: &Memory, target: Target, value: u64) {
    let low = u64::from(u32::MAX);
    match target {
        Target::Word(at) | Target::Payload(at) => memory.set(at, value),
        Target::Half(at, false) => memory.set(at, memory.word(at) & !low | value & low),
        Target::Half(at, true) => memory.set(at, memory.word(at) & low | value << 32),
    }
}
