//! Long messages: cut into frames where a link's frames are smaller, joined again on arrival (protocol §4.5).
//!
//! A message is block and body together. Every fragment repeats the head of the first; all but the last carry MORE.
//! Frames of other calls may stand between. Which call a fragment belongs to is the tables' business.

use bytes::Bytes;

use super::{Flags, HEAD, Head, Kind, ProtocolError};
use crate::spare;

/// The frames of one message, in order.
#[derive(Clone, Debug)]
pub struct Fragments {
    head: Head,
    rest: Option<Bytes>,
    piece: usize,
    begun: bool,
}

impl Fragments {
    /// Cuts `message` for a link whose frames, head included, have at most `max_frame` bytes.
    #[must_use]
    pub fn new(head: Head, message: Bytes, max_frame: usize) -> Self {
        Self { head, rest: Some(message), piece: piece(max_frame), begun: false }
    }

    /// The next frame, without moving on; `None` after the last.
    #[must_use]
    pub fn peek(&self) -> Option<(Head, Bytes)> {
        let rest = self.rest.as_ref()?;
        if rest.len() <= self.piece {
            return Some((self.head, rest.clone()));
        }
        Some((self.head.flags(Flags::MORE), rest.slice(..self.piece)))
    }

    /// Moves on to the frame after the one that [`peek`](Self::peek) showed.
    pub fn advance(&mut self) {
        self.begun = true;
        self.rest = match self.rest.take() {
            Some(rest) if rest.len() > self.piece => Some(rest.slice(self.piece..)),
            Some(last) => {
                // Its memory is for the next large message, if nobody else has a part of it.
                spare::give(last);
                None
            }
            None => None,
        };
    }

    /// The call that the message belongs to.
    #[must_use]
    pub fn call(&self) -> u32 {
        self.head.call
    }

    /// Bytes that are still to go.
    #[must_use]
    pub fn left(&self) -> usize {
        self.rest.as_ref().map_or(0, Bytes::len)
    }

    /// What the frames that are still to go cost of a stream's credit, in bytes: each with its head (protocol §8.3).
    #[must_use]
    pub fn cost(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| cost(rest.len(), self.piece))
    }

    /// What all frames of an item of `len` bytes cost.
    #[must_use]
    pub fn cost_of(len: usize, max_frame: usize) -> usize {
        cost(len, piece(max_frame))
    }

    /// Whether any frame was passed.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.begun
    }
}

/// Bytes of a message in each of its frames but the last.
fn piece(max_frame: usize) -> usize {
    max_frame.saturating_sub(HEAD).max(1)
}

fn cost(len: usize, piece: usize) -> usize {
    len + HEAD * len.div_ceil(piece).max(1)
}

/// The message of a frame, or a part of one, for who keeps it: wherever its bytes are.
pub trait Piece {
    /// How many bytes.
    fn size(&self) -> usize;

    /// Appends them.
    fn append_to(self, into: &mut Vec<u8>);
}

impl<T: AsRef<[u8]> + ?Sized> Piece for &T {
    fn size(&self) -> usize {
        self.as_ref().len()
    }

    fn append_to(self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.as_ref());
    }
}

/// A message that arrives in fragments: grows as bytes arrive, never by a number that the peer sent.
#[derive(Debug)]
pub struct Assembly {
    head: Head,
    bytes: Vec<u8>,
    refused: bool,
}

impl Assembly {
    /// The message whose first fragment has this head.
    #[must_use]
    pub fn new(head: &Head) -> Self {
        Self { head: Head { flags: head.flags.without(Flags::MORE), ..*head }, bytes: Vec::new(), refused: false }
    }

    /// Adds a fragment's bytes.
    ///
    /// # Errors
    /// The message is longer than `limit`, which the peer knew from our hello.
    pub fn push(&mut self, piece: impl Piece, limit: usize) -> Result<(), ProtocolError> {
        let got = self.bytes.len().saturating_add(piece.size());
        if got > limit {
            return Err(ProtocolError::MessageTooLong { call: self.head.call, got, limit });
        }
        if !self.refused {
            self.grow(got);
            piece.append_to(&mut self.bytes);
        }
        Ok(())
    }

    /// Makes room for `wanted` bytes in all, where that is much and an earlier message has left its memory.
    fn grow(&mut self, wanted: usize) {
        if wanted <= self.bytes.capacity() || wanted < spare::LARGE {
            return;
        }
        if let Some(larger) = spare::take(wanted) {
            let mut larger = Vec::from(larger);
            larger.extend_from_slice(&self.bytes);
            spare::give(std::mem::replace(&mut self.bytes, larger).into());
        }
    }

    /// Gives back what has arrived and keeps nothing of what will.
    pub fn refuse(&mut self) {
        self.refused = true;
        self.bytes = Vec::new();
    }

    /// What kind of frames it comes in.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.head.kind
    }

    /// Bytes held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The message's head, MORE left out, and its bytes.
    #[must_use]
    pub fn finish(self) -> (Head, Vec<u8>) {
        (self.head, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(message: &[u8], max_frame: usize) -> Vec<(Head, Bytes)> {
        let mut fragments =
            Fragments::new(Head::new(Kind::Request, 7).word(3), Bytes::copy_from_slice(message), max_frame);
        let mut frames = Vec::new();
        while let Some(frame) = fragments.peek() {
            frames.push(frame);
            fragments.advance();
        }
        frames
    }

    #[test]
    fn a_message_that_fits_is_one_frame_without_more() {
        for message in [&b""[..], b"x", b"0123"] {
            let frames = frames(message, HEAD + 4);
            assert_eq!(frames, [(Head::new(Kind::Request, 7).word(3), Bytes::copy_from_slice(message))]);
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused_at_the_fragment_that_passes_it() {
        let mut assembly = Assembly::new(&Head::new(Kind::Request, 7));
        assembly.push(&[0; 10], 15).unwrap();
        let error = ProtocolError::MessageTooLong { call: 7, got: 20, limit: 15 };
        assert_eq!(assembly.push(&[0; 10], 15), Err(error));
    }

    proptest! {
        #[test]
        fn what_was_cut_joins_to_the_same_message(message: Vec<u8>, max_frame in 0_usize..64) {
            let frames = frames(&message, max_frame);
            let mut assembly = Assembly::new(&frames[0].0);
            for (at, (head, piece)) in frames.iter().enumerate() {
                prop_assert_eq!(head.flags.has(Flags::MORE), at + 1 < frames.len());
                prop_assert!(HEAD + piece.len() <= max_frame.max(HEAD + 1));
                assembly.push(piece, message.len()).unwrap();
            }
            prop_assert_eq!(assembly.finish(), (Head::new(Kind::Request, 7).word(3), message));
        }
    }
}
