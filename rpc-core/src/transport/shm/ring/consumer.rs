//! The receiving end of a ring: copies frames out of the peer's region, and says in the own one how many it has taken.

use std::ops::Range;

use super::{Fence, OwnRegion, Region, Violation};
use crate::transport::shm::geometry::{EXTENT, GRANULE, Geometry, INLINE, INLINE_AT, SPACE_AT, TAKEN, WAKE_AT};

/// Bytes of long frames after which the peer is told that they were taken, or earlier where its room is small: it can then
/// begin anew at the start of its area, which is warm. Telling costs 10 ns, and copying these a hundred times that.
const WORTH_TELLING: usize = 16 << 10;

/// The receiving end of a ring.
#[derive(Debug)]
pub(in crate::transport::shm) struct Consumer<O, P> {
    own: O,
    peer: P,
    /// The peer's, as agreed when the connection was made; never what its region says.
    geometry: Geometry,
    /// The number of the next cell.
    next: u64,
    /// How many cells the peer was told that were taken, and the bytes of those behind them.
    published: u64,
    bytes: usize,
    resting: bool,
}

impl<O: OwnRegion, P: Region> Consumer<O, P> {
    pub(in crate::transport::shm) fn new(own: O, peer: P, geometry: Geometry) -> Self {
        Self { own, peer, geometry, next: 1, published: 0, bytes: 0, resting: false }
    }

    /// Whether a frame is there.
    pub(in crate::transport::shm) fn is_ready(&self) -> bool {
        // Rule 6: a number that is not the next one says "not yet", whatever it is.
        self.peer.load(self.geometry.cell_at(self.next)) == self.next
    }

    /// The length of the next frame, if it is there, and where it stands. Rule 5: each word is read once, and checked.
    pub(in crate::transport::shm) fn peek(&self) -> Result<Option<Frame>, Violation> {
        if !self.is_ready() {
            return Ok(None);
        }
        self.own.fence(Fence::Seen);
        let cell = self.geometry.cell_at(self.next);
        let extent = self.peer.load(cell + EXTENT);
        let (len, place) = (extent & u64::from(u32::MAX), extent >> 32);
        let wrong = |word, got, most| Violation { word, got, least: 0, most };
        let most = self.geometry.max_frame() as u64;
        if len > most {
            return Err(wrong("length", len, most));
        }
        let len = len as usize;
        if len <= INLINE {
            return Ok(Some(Frame { len, at: cell + INLINE_AT }));
        }
        let most = self.geometry.granules() - len.div_ceil(GRANULE) as u64;
        if place > most {
            return Err(wrong("place", place, most));
        }
        Ok(Some(Frame { len, at: self.geometry.area_at() + place as usize * GRANULE }))
    }

    /// Appends a part of the frame that [`peek`](Self::peek) has found. Rule 7: what is parsed is a copy, and each byte is
    /// copied once.
    pub(in crate::transport::shm) fn copy(&self, frame: &Frame, part: Range<usize>, into: &mut Vec<u8>) {
        assert!(part.end <= frame.len, "a frame of {} bytes has no part {part:?}", frame.len);
        self.peer.copy_out(frame.at + part.start, part.len(), into);
    }

    /// Takes the frame that [`peek`](Self::peek) has found: appends it.
    #[cfg(test)]
    pub(in crate::transport::shm) fn take(&mut self, frame: Frame, into: &mut Vec<u8>) {
        self.copy(&frame, 0..frame.len, into);
        self.done(&frame);
    }

    /// The frame was copied as far as it is wanted.
    pub(in crate::transport::shm) fn done(&mut self, frame: &Frame) {
        self.next += 1;
        if frame.len > INLINE {
            self.bytes += frame.len;
        }
        if self.resting {
            self.resting = false;
            self.own.store(WAKE_AT, 0);
        }
    }

    /// Tells the peer what was taken where that is a quarter of its room, or much. Whether it waits for that, and is to be woken.
    pub(in crate::transport::shm) fn publish_if_due(&mut self) -> bool {
        let cells = self.next - 1 - self.published;
        if cells < self.geometry.cells() / 4 && self.bytes < WORTH_TELLING.min(self.geometry.area() / 4) {
            return false;
        }
        let before = self.published;
        self.store_taken();
        self.own.fence(Fence::Published);
        self.is_waited_for(before)
    }

    /// Begins to rest: the peer is to ring when it commits the next cell. Everything that was taken is told first, for who
    /// rests tells nothing.
    pub(in crate::transport::shm) fn rest(&mut self) -> Rest {
        let before = self.published;
        self.store_taken();
        self.own.store(WAKE_AT, self.next);
        self.own.fence(Fence::Resting);
        let rings = before < self.published && self.is_waited_for(before);
        let ready = self.own.looks_again(Fence::Resting) && self.is_ready();
        if ready {
            self.own.store(WAKE_AT, 0);
        }
        self.resting = !ready;
        Rest { rings, ready }
    }

    /// Whether the peer is to ring for the next cell.
    pub(in crate::transport::shm) fn is_resting(&self) -> bool {
        self.resting
    }

    /// Looks by itself from here on.
    pub(in crate::transport::shm) fn wake(&mut self) {
        if self.resting {
            self.resting = false;
            self.own.store(WAKE_AT, 0);
        }
    }

    fn store_taken(&mut self) {
        self.published = self.next - 1;
        self.bytes = 0;
        self.own.fence(Fence::CopiedOut);
        self.own.store(TAKEN, self.published);
    }

    /// Whether the peer sleeps until so many were taken as were just now, and not before. Rule 8: any value is safe, for it
    /// is only compared.
    fn is_waited_for(&self, before: u64) -> bool {
        let at = self.peer.load(SPACE_AT);
        before < at && at <= self.published
    }
}

/// A frame in the peer's region, whose place is within it.
#[derive(Clone, Copy, Debug)]
pub(in crate::transport::shm) struct Frame {
    pub(in crate::transport::shm) len: usize,
    at: usize,
}

/// How a rest begins.
#[derive(Clone, Copy, Debug)]
pub(in crate::transport::shm) struct Rest {
    /// The peer waits for room and is to be woken.
    pub(in crate::transport::shm) rings: bool,
    /// A frame has come: there is no rest.
    pub(in crate::transport::shm) ready: bool,
}
