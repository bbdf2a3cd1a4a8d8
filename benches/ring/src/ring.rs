//! A ring of cells in each direction: frames in, frames out. Knows no messages, and not how its memory came about.
//!
//! The memory of each end is a page of control words, each in 128 bytes of its own, the cells, and behind them an area
//! for what is too long for a cell. A cell is committed by its number, so that what was left in it by an earlier lap is
//! never taken for a new one.

use std::sync::atomic::{
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};

use rustix::thread::futex;

use crate::memory::{Own, Peer};

/// Cells of each direction.
pub const CELLS: u64 = 1_024;
/// Bytes behind the cells.
pub const AREA: usize = 1 << 20;
/// Bytes of a body that go into one frame.
pub const FRAGMENT: usize = 32 << 10;
/// Bytes of the memory of one end.
pub const LENGTH: usize = PAGE + CELLS as usize * CELL + AREA;
/// Bytes of a frame's head.
pub const HEAD: usize = 16;

/// Bytes of a body that fit into a cell.
pub const FITS: usize = INLINE_BYTES - HEAD;

const PAGE: usize = 4_096;
/// How many of the peer's cells this end has taken.
const CONSUMED: usize = 0;
/// The cell that this end sleeps for, with [`FUTEX`]; 0 while it is awake.
const WAKE_AT: usize = 0x80;
/// How many of its cells the peer is to have taken when this end, which waits for room, is to be woken; 0 if it does not.
const SPACE_AT: usize = 0x100;
/// A wake-up by the commit word itself.
const FUTEX: u64 = 2;

const CELL: usize = 128;
/// Where a cell has its length, and the place of what does not fit into it.
const FRAME: usize = 8;
/// Where a cell has the frame, if it fits.
const INLINE: usize = 16;
const INLINE_BYTES: usize = CELL - INLINE;
/// What the area behind the cells is handed out in.
const GRANULE: usize = 64;

/// What stands before the bytes of each frame: two words.
pub type Head = [u64; 2];

/// Both directions, as one end sees them.
#[derive(Debug)]
pub struct Ring {
    own: Own,
    peer: Peer,
    /// The cell to send next, from 1.
    next: u64,
    /// How many cells the peer is known to have taken.
    taken: u64,
    /// Granules that each cell has, those included that were skipped before them.
    granules: Box<[u32]>,
    /// Where the next granule is handed out, and how many are free.
    tail: usize,
    free: usize,
    /// The cell to receive next.
    head: u64,
    /// How many cells the peer knows to be taken.
    published: u64,
}

impl Ring {
    /// A ring that is empty.
    #[must_use]
    pub fn new(own: Own, peer: Peer) -> Self {
        let granules = vec![0; CELLS as usize].into();
        let free = AREA / GRANULE;
        Self { own, peer, next: 1, taken: 0, granules, tail: 0, free, head: 1, published: 0 }
    }

    /// Sends a frame; `false` while there is no room for it.
    #[inline]
    pub fn send(&mut self, head: Head, body: &[u8]) -> bool {
        let length = HEAD + body.len();
        let cell = PAGE + slot(self.next) * CELL;
        let at = if length <= INLINE_BYTES {
            if self.next - self.taken > CELLS && !self.look(0) {
                return false;
            }
            self.granules[slot(self.next)] = 0;
            cell + INLINE
        } else {
            match self.reserve(length) {
                Some(at) => at,
                None => return false,
            }
        };
        self.own.word(at).store(head[0], Relaxed);
        self.own.word(at + 8).store(head[1], Relaxed);
        self.own.write(at + HEAD, body);
        let offset = if at > cell + INLINE { (at - AREA_AT) / GRANULE } else { 0 };
        self.own.word(cell + FRAME).store(length as u64 | (offset as u64) << 32, Relaxed);
        self.own.word(cell).store(self.next, Release);
        fence(SeqCst);
        if self.peer.word(WAKE_AT).load(Relaxed) == self.next << 2 | FUTEX {
            let _ = futex::wake(self.own.half(cell), futex::Flags::empty(), 1);
        }
        self.next += 1;
        true
    }

    /// A place for so many bytes behind the cells.
    fn reserve(&mut self, length: usize) -> Option<usize> {
        let needed = length.div_ceil(GRANULE);
        if self.tail > 0 || self.next - self.taken > CELLS {
            self.look(0);
        }
        let all = AREA / GRANULE;
        let skipped = if self.tail + needed > all { all - self.tail } else { 0 };
        if self.next - self.taken > CELLS || self.free < needed + skipped {
            return None;
        }
        let at = if skipped > 0 { 0 } else { self.tail };
        self.tail = at + needed;
        self.free -= needed + skipped;
        self.granules[slot(self.next)] = (needed + skipped) as u32;
        Some(AREA_AT + at * GRANULE)
    }

    /// Learns how many cells the peer has taken, and whether that is more than before.
    fn look(&mut self, before: u64) -> bool {
        let taken = self.peer.word(CONSUMED).load(Relaxed);
        fence(Acquire);
        let more = taken > self.taken.max(before);
        for cell in self.taken..taken {
            self.free += self.granules[slot(cell + 1)] as usize;
        }
        self.taken = taken;
        if taken + 1 == self.next {
            // All is free: begin again where the caches have it.
            self.tail = 0;
        }
        more
    }

    /// Waits until the peer has taken one cell more, or a while has passed.
    pub fn wait_for_room(&mut self, sleep: bool) {
        if !sleep {
            std::hint::spin_loop();
            return;
        }
        let word = self.peer.word(CONSUMED).load(Relaxed);
        self.own.word(SPACE_AT).store(word + 1, Relaxed);
        fence(SeqCst);
        if self.peer.word(CONSUMED).load(Relaxed) == word {
            let _ = futex::wait(self.peer.half(CONSUMED), futex::Flags::empty(), word as u32, Some(&NAP));
        }
        self.own.word(SPACE_AT).store(0, Relaxed);
    }

    /// Takes a frame, if there is one: its bytes go to the end of others.
    #[inline]
    pub fn receive(&mut self, into: &mut Vec<u8>) -> Option<Head> {
        let cell = PAGE + slot(self.head) * CELL;
        if self.peer.word(cell).load(Relaxed) != self.head {
            return None;
        }
        fence(Acquire);
        let frame = self.peer.word(cell + FRAME).load(Relaxed);
        let (length, offset) = ((frame & u64::from(u32::MAX)) as usize, (frame >> 32) as usize);
        let at = if length <= INLINE_BYTES { cell + INLINE } else { AREA_AT + offset * GRANULE };
        let head = [self.peer.word(at).load(Relaxed), self.peer.word(at + 8).load(Relaxed)];
        self.peer.read(at + HEAD, length.saturating_sub(HEAD), into);
        self.head += 1;
        if length > INLINE_BYTES || self.head - 1 - self.published >= CELLS / 4 {
            self.publish();
        }
        Some(head)
    }

    fn publish(&mut self) {
        let (before, now) = (self.published, self.head - 1);
        self.published = now;
        self.own.word(CONSUMED).store(now, Release);
        fence(SeqCst);
        let wanted = self.peer.word(SPACE_AT).load(Relaxed);
        if before < wanted && wanted <= now {
            let _ = futex::wake(self.own.half(CONSUMED), futex::Flags::empty(), 1);
        }
    }

    /// Sleeps until there is a frame, or a while has passed.
    pub fn sleep(&mut self) {
        if self.published < self.head - 1 {
            self.publish();
        }
        let cell = PAGE + slot(self.head) * CELL;
        self.own.word(WAKE_AT).store(self.head << 2 | FUTEX, Relaxed);
        fence(SeqCst);
        let seen = self.peer.word(cell).load(Relaxed);
        if seen != self.head {
            let _ = futex::wait(self.peer.half(cell), futex::Flags::empty(), seen as u32, Some(&NAP));
        }
        self.own.word(WAKE_AT).store(0, Relaxed);
    }
}

/// The longest sleep: whoever sleeps looks now and then whether its peer is still there.
const NAP: futex::Timespec = futex::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
const AREA_AT: usize = PAGE + CELLS as usize * CELL;

#[inline]
fn slot(cell: u64) -> usize {
    ((cell - 1) & (CELLS - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ends in one process.
    pub(crate) fn pair() -> [Ring; 2] {
        let [(one, one_fd), (other, other_fd)] = [Own::new(LENGTH).unwrap(), Own::new(LENGTH).unwrap()];
        let peer = |fd| Peer::new(fd, LENGTH).unwrap();
        [Ring::new(one, peer(other_fd)), Ring::new(other, peer(one_fd))]
    }

    #[test]
    fn frames_come_out_as_they_went_in_lap_after_lap() {
        let [mut one, mut other] = pair();
        let mut into = Vec::new();
        for number in 0..10_000_u64 {
            let body = vec![number as u8; (number * 37 % 40_000) as usize];
            assert!(one.send([number, !number], &body));
            into.clear();
            assert_eq!(other.receive(&mut into), Some([number, !number]));
            assert!(into == body, "frame {number}");
            assert_eq!(other.receive(&mut into), None);
        }
    }

    #[test]
    fn a_full_ring_takes_no_more_until_frames_were_taken() {
        for size in [64, FRAGMENT] {
            let [mut one, mut other] = pair();
            let body = vec![1; size];
            let mut sent = 0;
            let mut fill = |sent: &mut u64| {
                while one.send([*sent, 0], &body) {
                    *sent += 1;
                }
            };
            fill(&mut sent);
            let room = sent;
            assert!((2..=CELLS).contains(&room), "{room} frames of {size} bytes");
            for taken in 0..5 * CELLS {
                if taken == sent {
                    fill(&mut sent);
                }
                assert_eq!(other.receive(&mut Vec::new()), Some([taken, 0]), "{sent} of {size} bytes were sent");
            }
        }
    }

    #[test]
    fn who_sleeps_is_woken_by_a_frame() {
        let [mut one, mut other] = pair();
        let frames = 1_000_u64;
        let slept = std::thread::spawn(move || {
            let mut into = Vec::new();
            for number in 0..frames {
                while other.receive(&mut into).map(|head| assert_eq!(head[0], number)).is_none() {
                    other.sleep();
                }
                assert!(other.send([number, 0], &[]));
            }
        });
        for number in 0..frames {
            assert!(one.send([number, 0], &[2; 8]));
            while one.receive(&mut Vec::new()).is_none() {
                one.sleep();
            }
        }
        slept.join().unwrap();
    }
}
