//! The bytes that have arrived and are not yet handed over. It grows as bytes arrive, never by a length that a peer
//! declared, and gives its memory back.
//!
//! ```text
//!    bytes: │ handed over │ arrived, not handed over │ spare capacity │
//!           0             at                         len
//! ```
//! Knows frames only by the length that the parser asks for.

use std::ops::Range;

use bytes::Bytes;

use crate::spare;

/// First size of the buffer, in bytes: most turns of most connections bring less, and tokio then saves a system call,
/// because a read that does not fill the buffer shows that nothing is left.
const FIRST: usize = 16 << 10;
/// A message of this size or more takes the buffer with it instead of being copied, in bytes.
const WORTH_TAKING: usize = 32 << 10;

#[derive(Debug)]
pub(crate) struct ReadBuffer {
    bytes: Vec<u8>,
    at: usize,
    /// Largest capacity kept between messages, but for [`FIRST`] more.
    keep: usize,
}

impl ReadBuffer {
    pub(crate) fn new(read: Vec<u8>, keep: usize) -> Self {
        Self { bytes: read, at: 0, keep: keep.max(FIRST) }
    }

    /// What has arrived and was not handed over.
    pub(super) fn arrived(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Marks the first `len` bytes as handed over and says where they stand.
    pub(crate) fn hand_over(&mut self, len: usize) -> Range<usize> {
        self.at += len;
        self.at - len..self.at
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// Bytes that were handed over, as their own: the whole buffer goes with them where they are most of it, else they
    /// are copied.
    pub(super) fn take(&mut self, range: Range<usize>) -> Bytes {
        if range.len() < WORTH_TAKING || range.len() * 2 < self.bytes.len() {
            return Bytes::copy_from_slice(&self.bytes[range]);
        }
        // More of its kind often follow: the next one is to come with one read, and a little of the one behind it.
        let next = (range.len().min(self.keep) + FIRST).max(self.bytes.len() - self.at);
        let mut next = spare::take_about(next).map_or_else(|| Vec::with_capacity(next), Vec::from);
        next.extend_from_slice(self.arrived());
        let bytes = Bytes::from(std::mem::replace(&mut self.bytes, next));
        self.at = 0;
        bytes.slice(range)
    }

    /// The vector to read into, with room for more. `frame` is the length of the frame that has begun to arrive.
    pub(crate) fn room(&mut self, frame: Option<usize>) -> &mut Vec<u8> {
        let arrived = self.bytes.len() - self.at;
        // A read has filled it: more is waiting, and is to come with fewer reads.
        let full = self.bytes.len() == self.bytes.capacity() && self.at > 0;
        let larger = (2 * self.bytes.capacity()).min(self.keep);
        if arrived == 0 {
            self.bytes.clear();
            self.at = 0;
            if self.bytes.capacity() > self.keep + FIRST {
                spare::give(std::mem::take(&mut self.bytes).into());
            }
        }
        let larger = Some(larger).filter(|larger| full && *larger > self.bytes.capacity());
        if let Some(wanted) = self.wanted(frame).max(larger) {
            self.bytes.drain(..self.at);
            self.at = 0;
            self.grow(wanted);
        }
        &mut self.bytes
    }

    /// How large it must become for more of this frame, where that is larger than what it keeps anyway.
    pub(super) fn outgrows(&self, frame: usize) -> Option<usize> {
        self.wanted(Some(frame)).filter(|wanted| *wanted > self.keep)
    }

    /// How large it must become before more is read.
    fn wanted(&self, frame: Option<usize>) -> Option<usize> {
        let arrived = self.bytes.len() - self.at;
        let spare = self.bytes.capacity() - self.bytes.len();
        let missing = frame.map_or(0, |frame| frame.saturating_sub(arrived));
        (spare == 0 || spare < missing).then(|| wanted(arrived, missing, self.keep))
    }

    /// Makes the buffer as large as this, or larger where that costs nothing.
    fn grow(&mut self, wanted: usize) {
        let spare = if wanted > spare::LARGE.max(self.bytes.capacity()) { spare::take(wanted) } else { None };
        match spare {
            Some(spare) => {
                let mut larger = Vec::from(spare);
                larger.append(&mut self.bytes);
                self.bytes = larger;
            }
            None => self.bytes.reserve_exact(wanted - self.bytes.len()),
        }
    }

    /// Throws away what has arrived.
    pub(super) fn discard(&mut self) {
        self.bytes.clear();
        self.at = 0;
    }

    /// Gives the memory back where nothing is waiting in it.
    pub(crate) fn release(&mut self) {
        if self.at == self.bytes.len() {
            self.bytes = Vec::new();
            self.at = 0;
        }
    }
}

/// How large a buffer is to be that holds `arrived` bytes, of a frame of which so many are `missing`. A full buffer means
/// that more is waiting: twice of it, within what may be kept or what the frame needs. So memory that is asked for follows
/// what has arrived.
fn wanted(arrived: usize, missing: usize, keep: usize) -> usize {
    (2 * arrived).clamp(FIRST, keep.max(arrived + missing)).max(arrived + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(buffer: &mut ReadBuffer, bytes: &[u8], frame: Option<usize>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = buffer.room(frame);
            let now = rest.len().min(room.capacity() - room.len());
            assert!(now > 0, "no room was made");
            room.extend_from_slice(&rest[..now]);
            rest = &rest[now..];
        }
    }

    #[test]
    fn memory_follows_what_arrived_and_not_what_was_declared() {
        assert_eq!(wanted(0, 4 << 20, 64 << 10), FIRST);
        assert_eq!(wanted(100, 4 << 20, 64 << 10), FIRST);
        assert_eq!(wanted(100_000, 4 << 20, 64 << 10), 200_000);
        assert_eq!(wanted(3 << 20, 1 << 20, 64 << 10), 4 << 20);
        let mut buffer = ReadBuffer::new(Vec::new(), 64 << 10);
        arrive(&mut buffer, &[1; 100], Some(4 << 20));
        assert!(buffer.bytes.capacity() <= FIRST);
    }

    #[test]
    fn reads_that_fill_the_buffer_make_it_larger_up_to_what_is_kept() {
        let mut buffer = ReadBuffer::new(Vec::new(), 64 << 10);
        for expected in [16 << 10, 32 << 10, 64 << 10, 64 << 10] {
            let room = buffer.room(None);
            assert_eq!(room.capacity(), expected);
            room.resize(expected, 1);
            // But for the beginning of one more frame.
            buffer.hand_over(expected - 100);
            buffer.hand_over(100);
        }
        let room = buffer.room(None);
        room.extend_from_slice(&[1; 1_000]);
        buffer.hand_over(1_000);
        assert_eq!(buffer.room(None).capacity(), 64 << 10, "it stays while it is used");
    }

    #[test]
    fn what_arrives_in_pieces_is_handed_over_in_order() {
        let mut buffer = ReadBuffer::new(b"already".to_vec(), 1);
        let mut expected = b"already".to_vec();
        for n in 0..2_000_u32 {
            let piece = n.to_le_bytes().repeat(n as usize % 50);
            arrive(&mut buffer, &piece, None);
            expected.extend(piece);
            let range = buffer.hand_over(buffer.arrived().len().min(90));
            let len = range.len();
            assert_eq!(buffer.slice(range), &expected[..len]);
            expected.drain(..len);
        }
        assert_eq!(buffer.arrived(), expected);
    }

    #[test]
    fn a_large_message_takes_the_buffer_and_leaves_what_follows_it() {
        let mut buffer = ReadBuffer::new(Vec::new(), 64 << 10);
        arrive(&mut buffer, &vec![1; 200_000], Some(200_000));
        arrive(&mut buffer, b"next", None);
        let range = buffer.hand_over(200_000);
        let before = buffer.slice(range.clone()).as_ptr();
        let taken = buffer.take(range);
        assert_eq!((taken.as_ptr(), taken.len()), (before, 200_000));
        assert_eq!(buffer.arrived(), b"next");
    }

    #[test]
    fn an_idle_buffer_holds_no_memory() {
        let mut buffer = ReadBuffer::new(Vec::new(), 64 << 10);
        arrive(&mut buffer, &[1; 100], None);
        buffer.release();
        assert_eq!(buffer.arrived(), [1; 100], "what waits is kept");
        buffer.hand_over(100);
        buffer.release();
        assert_eq!(buffer.bytes.capacity(), 0);
    }
}
