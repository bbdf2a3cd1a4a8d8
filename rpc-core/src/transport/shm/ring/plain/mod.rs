//! The ring on plain memory, where every access is looked at, and between any two of them a hand may write whatever it
//! likes into the peer's region. One thread: what processors make of it is in [`model`](super::model).

use std::{
    cell::{Cell, RefCell},
    fmt,
    ops::Range,
    rc::Rc,
};

use super::{Fence, OwnRegion, Region};
use crate::transport::shm::geometry::{EXTENT, Geometry, INLINE, INLINE_AT, SPACE_AT, TAKEN, WAKE_AT};

mod hand;
mod hostile;
mod lawful;

/// Bytes that are copied before others have a turn.
const PIECE: usize = 8;

/// Writes into a region.
type Hand = Box<dyn FnMut(&Memory)>;

/// One region of plain memory, for whoever owns it and for whoever reads it.
#[derive(Clone, Debug)]
struct Plain(Rc<Memory>);

struct Memory {
    geometry: Geometry,
    bytes: RefCell<Vec<u8>>,
    /// Where payload was written last, in one piece.
    written: RefCell<Range<usize>>,
    /// Has a turn before each read.
    hand: RefCell<Option<Hand>>,
    /// How often it was read.
    reads: Cell<usize>,
}

impl Plain {
    fn new(geometry: Geometry) -> Self {
        Self(Rc::new(Memory {
            geometry,
            bytes: RefCell::new(vec![0; geometry.len()]),
            written: RefCell::default(),
            hand: RefCell::default(),
            reads: Cell::new(0),
        }))
    }
}

impl Memory {
    /// A word, without a hand.
    fn word(&self, at: usize) -> u64 {
        let bytes = self.bytes.borrow();
        u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes are a word"))
    }

    fn set(&self, at: usize, word: u64) {
        self.bytes.borrow_mut()[at..at + 8].copy_from_slice(&word.to_ne_bytes());
    }

    /// The number of the cell that a place belongs to, in the first lap, and where in it that is.
    fn cell(&self, at: usize) -> Option<(u64, usize)> {
        let (first, size) = (self.geometry.cell_at(1), INLINE_AT + INLINE);
        let offset = at.checked_sub(first).filter(|_| at < self.geometry.area_at())?;
        Some((offset as u64 / size as u64 + 1, offset % size))
    }

    /// There are words only of control, and at the head of each cell.
    fn check_word(&self, at: usize) {
        let of_a_cell = self.cell(at).is_some_and(|(_, offset)| [0, EXTENT].contains(&offset));
        assert!([TAKEN, WAKE_AT, SPACE_AT].contains(&at) || of_a_cell, "there is no word at {at:#x}");
    }

    /// Payload stands in one cell, or in the area.
    fn check_payload(&self, range: &Range<usize>) {
        let cell = self
            .cell(range.start)
            .is_some_and(|(_, offset)| offset >= INLINE_AT && offset + range.len() <= INLINE_AT + INLINE);
        let area =
            (self.geometry.area_at()..=self.geometry.len()).contains(&range.start) && range.end <= self.geometry.len();
        assert!(cell || area || range.is_empty(), "{range:#x?} is no payload");
    }

    fn is_read(&self) {
        self.reads.set(self.reads.get() + 1);
        if let Some(hand) = &mut *self.hand.borrow_mut() {
            hand(self);
        }
    }
}

impl Region for Plain {
    fn load(&self, at: usize) -> u64 {
        self.0.check_word(at);
        self.0.is_read();
        self.0.word(at)
    }

    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        let end = at + len;
        self.0.check_payload(&(at..end));
        for start in (at..end).step_by(PIECE) {
            self.0.is_read();
            into.extend_from_slice(&self.0.bytes.borrow()[start..end.min(start + PIECE)]);
        }
    }
}

impl OwnRegion for Plain {
    fn store(&self, at: usize, word: u64) {
        self.0.check_word(at);
        self.0.set(at, word);
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        let range = at..at + bytes.len();
        self.0.check_payload(&range);
        self.0.bytes.borrow_mut()[range.clone()].copy_from_slice(bytes);
        let mut written = self.0.written.borrow_mut();
        let goes_on = !written.is_empty() && written.end == at;
        *written = if goes_on { written.start..range.end } else { range };
    }

    fn fence(&self, _which: Fence) {}
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("geometry", &self.geometry).finish_non_exhaustive()
    }
}
