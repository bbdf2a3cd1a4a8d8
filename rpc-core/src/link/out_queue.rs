//! The bytes that wait to be written on a byte stream: small frames side by side in one buffer, large pieces linked
//! without a copy. Knows no sockets: a function writes.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
};

use bytes::{Buf, Bytes};

use super::FrameParts;
use crate::{
    spare,
    wire::{HEAD, Head, PREFIX},
};

/// A piece of a message from this size up is linked instead of copied, in bytes. Below it a copy costs less than one
/// more entry of a vectored write.
const WORTH_LINKING: usize = 8 << 10;
/// Most pieces of one vectored write; the kernel takes 1,024, and beyond a few dozen nothing is gained.
const PIECES: usize = 64;
/// Largest buffer kept for the next frames, in bytes.
const KEEP: usize = 64 << 10;

#[derive(Debug, Default)]
pub(super) struct OutQueue {
    /// Before `last`: sealed buffers and linked pieces.
    pieces: VecDeque<Bytes>,
    last: Vec<u8>,
    /// Bytes of `last` that were written already.
    written: usize,
    /// Bytes in `pieces`.
    linked: usize,
}

impl OutQueue {
    pub(super) fn len(&self) -> usize {
        self.linked + self.last.len() - self.written
    }

    pub(super) fn push(&mut self, frame: &FrameParts<'_>) {
        let head = frame.head.encode();
        let len = (head.len() + frame.message_len()) as u32;
        self.last.extend_from_slice(&len.to_le_bytes());
        self.last.extend_from_slice(&head);
        self.last.extend_from_slice(frame.body);
        for piece in frame.tail {
            if piece.len() < WORTH_LINKING {
                self.last.extend_from_slice(piece);
            } else {
                self.seal();
                self.link(piece.clone());
            }
        }
    }

    /// As [`push`](Self::push), of frames of one head with short messages that stand one behind the other. Begins none once
    /// `room` is used up; how many it has taken.
    pub(super) fn push_run(&mut self, head: &Head, messages: &[u8], lens: &[usize], room: usize) -> usize {
        let head = head.encode();
        let (before, mut rest) = (self.last.len(), messages);
        for (taken, len) in lens.iter().enumerate() {
            if self.last.len() - before >= room {
                return taken;
            }
            let (message, behind) = rest.split_at(*len);
            let mut start = [0; PREFIX + HEAD];
            start[..PREFIX].copy_from_slice(&((HEAD + len) as u32).to_le_bytes());
            start[PREFIX..].copy_from_slice(&head);
            self.last.extend_from_slice(&start);
            self.last.extend_from_slice(message);
            rest = behind;
        }
        lens.len()
    }

    /// Writes until nothing is left, or `write` fails.
    pub(super) fn write(&mut self, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<()> {
        while self.len() > 0 {
            let written = if self.pieces.is_empty() {
                write(&[IoSlice::new(&self.last[self.written..])])?
            } else {
                let mut slices = [IoSlice::new(&[]); PIECES];
                let waiting = self.pieces.iter().map(|piece| &piece[..]).chain([&self.last[self.written..]]);
                let count = slices.iter_mut().zip(waiting).map(|(slice, piece)| *slice = IoSlice::new(piece)).count();
                write(&slices[..count])?
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.advance(written);
        }
        Ok(())
    }

    /// Puts what `earlier` could not write before what has come since; keeps the larger buffer where both are empty.
    pub(super) fn put_back(&mut self, mut earlier: Self) {
        if earlier.len() == 0 {
            if self.last.capacity() < earlier.last.capacity() && self.last.is_empty() {
                self.last = earlier.last;
            }
            return;
        }
        if self.len() > 0 {
            earlier.seal();
            while let Some(piece) = self.pieces.pop_front() {
                earlier.link(piece);
            }
            earlier.last = std::mem::take(&mut self.last);
            earlier.written = self.written;
        }
        *self = earlier;
    }

    /// Gives back the memory of an empty queue.
    pub(super) fn release(&mut self) {
        if self.len() == 0 {
            *self = Self::default();
        }
    }

    /// Turns the open buffer into a piece.
    fn seal(&mut self) {
        if self.last.len() > self.written {
            let mut sealed = Bytes::from(std::mem::take(&mut self.last));
            sealed.advance(self.written);
            self.link(sealed);
        }
        self.last.clear();
        self.written = 0;
    }

    fn link(&mut self, piece: Bytes) {
        self.linked += piece.len();
        self.pieces.push_back(piece);
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.pieces.front_mut().filter(|_| written > 0) {
            let now = written.min(first.len());
            first.advance(now);
            written -= now;
            self.linked -= now;
            if first.is_empty() {
                self.pieces.pop_front().into_iter().for_each(spare::give);
            }
        }
        self.written += written;
        if self.written == self.last.len() {
            self.last.clear();
            self.last.shrink_to(KEEP);
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Head, Kind};

    /// What a queue writes when each write takes at most the next of `takes` bytes, and blocks where that is 0.
    fn written(queue: &mut OutQueue, takes: &[usize]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut takes = takes.iter();
        let _ = queue.write(|slices| {
            let take = *takes.next().unwrap_or(&usize::MAX);
            if take == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            let now = take.min(all.len());
            out.extend_from_slice(&all[..now]);
            Ok(now)
        });
        out
    }

    proptest! {
        #[test]
        fn every_byte_is_written_once_and_in_order_however_little_each_write_takes(
            frames in prop::collection::vec((0_usize..300, prop::collection::vec(0_usize..20_000, 0..3)), 1..12),
            takes in prop::collection::vec(0_usize..30_000, 0..40),
        ) {
            let mut queue = OutQueue::default();
            let (mut expected, mut out) = (Vec::new(), Vec::new());
            for (n, (body, tail)) in frames.iter().enumerate() {
                let body = vec![n as u8; *body];
                let tail: Vec<Bytes> = tail.iter().map(|len| Bytes::from(vec![!(n as u8); *len])).collect();
                let frame = FrameParts { head: Head::new(Kind::Request, n as u32), body: &body, tail: &tail };
                expected.extend(((16 + frame.message_len()) as u32).to_le_bytes());
                expected.extend(frame.head.encode());
                expected.extend(&body);
                tail.iter().for_each(|piece| expected.extend(piece));
                queue.push(&frame);
                // Write half of the time, with a batch taken out as the link does, while more is queued.
                if n % 2 == 0 {
                    let mut batch = std::mem::take(&mut queue);
                    out.extend(written(&mut batch, &takes));
                    queue.push(&frame);
                    expected.extend_from_within(expected.len() - 20 - frame.message_len()..);
                    queue.put_back(batch);
                }
                prop_assert_eq!(queue.len(), expected.len() - out.len());
            }
            out.extend(written(&mut queue, &[]));
            prop_assert_eq!(queue.len(), 0);
            prop_assert!(out == expected, "the bytes differ");
        }
    }
}
