//! Decisions made by bytes, one after the other.

/// Bytes that decide. When they are used up, every further decision is for 0.
#[derive(Clone, Debug)]
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl<'a> Choices<'a> {
    /// The next byte, if there is one.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// A number below `bound`, which is at most 256.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy, const N: usize>(&mut self, those: [T; N]) -> T {
        those[self.below(N)]
    }

    /// The next `count` bytes, or as many as there are.
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// `bytes` in pieces of these lengths, over and over; a length of 0 is 256.
pub(crate) fn pieces<'a>(bytes: &'a [u8], lengths: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut lengths = lengths.iter().cycle();
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = lengths.next().map_or(rest.len(), |length| usize::from(*length).wrapping_sub(1) % 256 + 1);
        let piece;
        (piece, rest) = rest.split_at(length.min(rest.len()));
        (!piece.is_empty()).then_some(piece)
    })
}
