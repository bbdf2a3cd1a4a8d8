//! The sending end of a ring: puts frames into the own region, and learns from the peer's how many were taken.

use super::{Fence, OwnRegion, Region, Violation};
use crate::transport::shm::geometry::{EXTENT, GRANULE, Geometry, INLINE, INLINE_AT, SPACE_AT, TAKEN, WAKE_AT};

/// A frame was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport::shm) enum Refused {
    /// There is no room; [`Producer::must_wait`] says for how long.
    Full,
    /// The peer has broken the rules.
    Violation(Violation),
}

/// The sending end of a ring.
#[derive(Debug)]
pub(in crate::transport::shm) struct Producer<O, P> {
    own: O,
    peer: P,
    geometry: Geometry,
    /// The number of the next cell.
    next: u64,
    /// Cells that the peer has taken, as it said last.
    taken: u64,
    /// Granules of the area that were ever freed, and used: the place of one is its number modulo all.
    freed: u64,
    used: u64,
    /// Granules that the frame of each cell uses, those included that it has skipped at the end of the area. Empty until there
    /// is a long frame: most connections have none.
    granules: Vec<u16>,
    /// How many cells must have been taken before a frame that found no room is tried again.
    waits_for: Option<u64>,
}

impl<O: OwnRegion, P: Region> Producer<O, P> {
    pub(in crate::transport::shm) fn new(own: O, peer: P, geometry: Geometry) -> Self {
        Self { own, peer, geometry, next: 1, taken: 0, freed: 0, used: 0, granules: Vec::new(), waits_for: None }
    }

    /// Puts a frame of `len` bytes, the `parts` one behind the other, into the ring, at most
    /// [`max_frame`](Geometry::max_frame). Whether the peer sleeps, and is to be woken for it.
    pub(in crate::transport::shm) fn push<'a>(
        &mut self,
        len: usize,
        parts: impl Iterator<Item = &'a [u8]>,
    ) -> Result<bool, Refused> {
        let granules = if len <= INLINE { 0 } else { len.div_ceil(GRANULE) as u64 };
        let skipped = self.place(granules)?;
        let (number, cell) = (self.next, self.geometry.cell_at(self.next));
        let place = (self.used + skipped) % self.geometry.granules();
        let mut at = if granules == 0 { cell + INLINE_AT } else { self.geometry.area_at() + place as usize * GRANULE };
        for part in parts {
            self.own.copy_in(at, part);
            at += part.len();
        }
        self.own.store(cell + EXTENT, len as u64 | place << 32);
        self.own.fence(Fence::Filled);
        self.own.store(cell, number);
        self.next += 1;
        self.used += skipped + granules;
        self.remember(number, (skipped + granules) as u16);
        self.own.fence(Fence::Committed);
        Ok(self.peer.load(WAKE_AT) == number)
    }

    /// Granules to skip before a frame that needs so many. Asks the peer what it has taken where that helps: the area of an
    /// empty ring begins anew.
    fn place(&mut self, granules: u64) -> Result<u64, Refused> {
        if granules == 0
            && let Some(skipped) = self.room(0)
        {
            return Ok(skipped);
        }
        self.look().map_err(Refused::Violation)?;
        self.room(granules).ok_or_else(|| self.full())
    }

    /// The same, with what is known to be taken; `None` where it finds no room.
    fn room(&mut self, granules: u64) -> Option<u64> {
        if self.under_way() >= self.geometry.cells() {
            return None;
        }
        if granules == 0 {
            return Some(0);
        }
        if self.used == self.freed {
            // From the start again: the same lines stay warm in both caches.
            (self.used, self.freed) = (0, 0);
        }
        let all = self.geometry.granules();
        let left = all - self.used % all;
        // A frame lies in one piece.
        let skipped = if granules <= left { 0 } else { left };
        (skipped + granules <= all - (self.used - self.freed)).then_some(skipped)
    }

    /// Waits from here on: until half of what is under way was taken, so that not every frame is waited for.
    fn full(&mut self) -> Refused {
        self.waits_for = Some(self.taken + self.under_way().div_ceil(2));
        Refused::Full
    }

    /// Learns how many cells the peer has taken. Rule 5: the only word of the peer that the producer needs, read once and
    /// checked.
    fn look(&mut self) -> Result<(), Violation> {
        let got = self.peer.load(TAKEN);
        let (least, most) = (self.taken, self.next - 1);
        if got == least {
            return Ok(());
        }
        if !(least..=most).contains(&got) {
            return Err(Violation { word: "taken", got, least, most });
        }
        self.own.fence(Fence::Freed);
        if !self.granules.is_empty() {
            self.freed += (least + 1..=got).map(|number| u64::from(self.granules[self.slot(number)])).sum::<u64>();
        }
        self.taken = got;
        Ok(())
    }

    fn remember(&mut self, number: u64, granules: u16) {
        if self.granules.is_empty() {
            if granules == 0 {
                return;
            }
            self.granules = vec![0; self.geometry.cells() as usize];
        }
        let slot = self.slot(number);
        self.granules[slot] = granules;
    }

    /// Whether to wait for room, until the peer rings: after a frame that found none.
    pub(in crate::transport::shm) fn must_wait(&mut self) -> Result<bool, Violation> {
        let Some(at) = self.waits_for else { return Ok(false) };
        self.look()?;
        if self.taken < at {
            self.own.store(SPACE_AT, at);
            self.own.fence(Fence::Waiting);
            if self.own.looks_again(Fence::Waiting) {
                self.look()?;
            }
        }
        if self.taken >= at {
            self.waits_for = None;
        }
        Ok(self.waits_for.is_some())
    }

    /// Whether a frame is worth trying.
    pub(in crate::transport::shm) fn has_room(&self) -> bool {
        self.waits_for.is_none()
    }

    /// Cells that the peer has not taken, as far as it has said; and how many it has taken in all.
    pub(in crate::transport::shm) fn unsent(&mut self) -> Result<(u64, u64), Violation> {
        self.look()?;
        Ok((self.under_way(), self.taken))
    }

    /// Bytes that these cells hold.
    pub(in crate::transport::shm) fn bytes(&self) -> usize {
        self.under_way() as usize * INLINE + (self.used - self.freed) as usize * GRANULE
    }

    fn under_way(&self) -> u64 {
        self.next - 1 - self.taken
    }

    fn slot(&self, number: u64) -> usize {
        ((number - 1) & (self.geometry.cells() - 1)) as usize
    }
}
