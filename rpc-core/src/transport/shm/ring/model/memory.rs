//! Memory as two processors may see it: the model tries every value that a load may still find. What is neither a control
//! word nor the number of a cell must never be read and written without an order between the two.

use std::{
    cell::RefCell,
    ops::Range,
    rc::Rc,
    sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
};

use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU64, fence},
};

use crate::transport::shm::{
    geometry::{EXTENT, GRANULE, Geometry, INLINE, SPACE_AT, TAKEN, WAKE_AT},
    ring::{Fence, OwnRegion, Region},
};

/// What is left out of the ring, to see that it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Without {
    Nothing,
    /// All of it.
    Fence(Fence),
    /// What makes it a full one: it is release and acquire.
    Full(Fence),
    SecondLook(Fence),
}

/// What all fences of one model have in common.
#[derive(Clone, Debug)]
pub(super) struct Fences {
    without: Without,
    /// Every full fence passes here, so that the model tries them in every order.
    full: Rc<AtomicU64>,
}

impl Fences {
    pub(super) fn new(without: Without) -> Self {
        Self { without, full: Rc::new(AtomicU64::new(0)) }
    }

    fn pass(&self, which: Fence) {
        let order = match which {
            _ if self.without == Without::Fence(which) => return,
            Fence::Filled | Fence::CopiedOut => Release,
            Fence::Seen | Fence::Freed => Acquire,
            _ if self.without == Without::Full(which) => AcqRel,
            Fence::Committed | Fence::Resting | Fence::Published | Fence::Waiting => SeqCst,
        };
        if order == SeqCst {
            self.full.fetch_add(1, Relaxed);
        }
        fence(order);
    }
}

/// One region. Its owner writes it, and both read it.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    memory: Rc<Memory>,
    fences: Fences,
}

#[derive(Debug)]
struct Memory {
    geometry: Geometry,
    taken: AtomicU64,
    wake_at: AtomicU64,
    space_at: AtomicU64,
    numbers: Box<[AtomicU64]>,
    /// One for each cell, and one for each granule of the area: tells where there is no order.
    watched: Box<[UnsafeCell<()>]>,
    /// What is watched.
    bytes: RefCell<Vec<u8>>,
}

impl Shared {
    pub(super) fn new(geometry: Geometry, fences: &Fences) -> Self {
        let word = || AtomicU64::new(0);
        let memory = Memory {
            geometry,
            taken: word(),
            wake_at: word(),
            space_at: word(),
            numbers: (0..geometry.cells()).map(|_| word()).collect(),
            watched: (0..geometry.cells() + geometry.granules()).map(|_| UnsafeCell::new(())).collect(),
            bytes: RefCell::new(vec![0; geometry.len()]),
        };
        Self { memory: Rc::new(memory), fences: fences.clone() }
    }
}

impl Memory {
    /// The word that is there, if it may change while it is read.
    fn word(&self, at: usize) -> Option<&AtomicU64> {
        match at {
            TAKEN => Some(&self.taken),
            WAKE_AT => Some(&self.wake_at),
            SPACE_AT => Some(&self.space_at),
            _ => {
                let mut numbers = self.numbers.iter().zip(1..);
                numbers.find(|(_, number)| self.geometry.cell_at(*number) == at).map(|(word, _)| word)
            }
        }
    }

    /// What watches over these bytes: they are within one cell, or within the area.
    fn watched(&self, bytes: Range<usize>) -> &[UnsafeCell<()>] {
        let cells = self.numbers.len();
        if bytes.is_empty() {
            return &[];
        }
        if let Some(start) = bytes.start.checked_sub(self.geometry.area_at()) {
            let end = bytes.end - self.geometry.area_at();
            return &self.watched[cells..][start / GRANULE..end.div_ceil(GRANULE)];
        }
        let cell = (0..cells).find(|cell| {
            let at = self.geometry.cell_at(*cell as u64 + 1) + EXTENT;
            at <= bytes.start && bytes.end <= at + 8 + INLINE
        });
        let cell = cell.unwrap_or_else(|| panic!("{bytes:?} are neither in one cell nor in the area"));
        &self.watched[cell..=cell]
    }

    fn read(&self, range: Range<usize>, into: &mut Vec<u8>) {
        self.watched(range.clone()).iter().for_each(|watched| watched.with(|_| ()));
        into.extend_from_slice(&self.bytes.borrow()[range]);
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let range = at..at + bytes.len();
        self.watched(range.clone()).iter().for_each(|watched| watched.with_mut(|_| ()));
        self.bytes.borrow_mut()[range].copy_from_slice(bytes);
    }
}

impl Region for Shared {
    fn load(&self, at: usize) -> u64 {
        if let Some(word) = self.memory.word(at) {
            return word.load(Relaxed);
        }
        let mut bytes = Vec::new();
        self.memory.read(at..at + 8, &mut bytes);
        u64::from_ne_bytes(bytes.try_into().expect("eight bytes are a word"))
    }

    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        self.memory.read(at..at + len, into);
    }
}

impl OwnRegion for Shared {
    fn store(&self, at: usize, value: u64) {
        match self.memory.word(at) {
            Some(word) => word.store(value, Relaxed),
            None => self.memory.write(at, &value.to_ne_bytes()),
        }
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        self.memory.write(at, bytes);
    }

    fn fence(&self, which: Fence) {
        self.fences.pass(which);
    }

    fn looks_again(&self, after: Fence) -> bool {
        self.fences.without != Without::SecondLook(after)
    }
}
