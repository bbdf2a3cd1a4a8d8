//! The message of a frame that has just arrived: looked at in place, taken only by those who keep it.

use std::{fmt, ops::Range};

use bytes::Bytes;

use super::read_buffer::ReadBuffer;
use crate::{body::Body, wire::Piece};

/// Block and body of an arriving frame.
pub struct FrameBody<'a>(Place<'a>);

enum Place<'a> {
    Buffer(&'a mut ReadBuffer, Range<usize>),
    Owned(Body),
    Elsewhere(&'a mut dyn Elsewhere),
}

/// Bytes that the link has not copied yet, since who takes them may do so at once to where they are to be. They are copied
/// once, and what was appended is gone from here.
pub(crate) trait Elsewhere {
    fn len(&self) -> usize;

    /// A copy to look at.
    fn copied(&mut self) -> &[u8];

    fn append_to(&mut self, into: &mut Vec<u8>);

    /// A copy of those from `start` on, to keep.
    fn taken(&mut self, start: usize) -> Body;
}

impl<'a> FrameBody<'a> {
    pub(crate) fn in_buffer(buffer: &'a mut ReadBuffer, range: Range<usize>) -> Self {
        Self(Place::Buffer(buffer, range))
    }

    /// A message that the link has as its own already.
    #[must_use]
    pub fn owned(body: Body) -> Self {
        Self(Place::Owned(body))
    }

    pub(crate) fn elsewhere(bytes: &'a mut dyn Elsewhere) -> Self {
        Self(Place::Elsewhere(bytes))
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Place::Buffer(_, range) => range.len(),
            Place::Owned(body) => body.len(),
            Place::Elsewhere(bytes) => bytes.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, in place.
    #[must_use]
    pub fn as_slice(&mut self) -> &[u8] {
        match &mut self.0 {
            Place::Buffer(buffer, range) => buffer.slice(range.clone()),
            Place::Owned(body) => body,
            Place::Elsewhere(bytes) => bytes.copied(),
        }
    }

    /// The bytes from `start` on, to keep.
    #[must_use]
    pub fn into_body(self, start: usize) -> Body {
        match self.0 {
            Place::Buffer(buffer, range) => {
                let range = range.start + start..range.end;
                let small = buffer.slice(range.clone());
                if Body::fits_inline(small.len()) { Body::copy(small) } else { buffer.take(range).into() }
            }
            Place::Elsewhere(bytes) => bytes.taken(start),
            Place::Owned(body) if start == 0 => body,
            Place::Owned(body) => body.skip(start),
        }
    }
}

impl Piece for &mut FrameBody<'_> {
    fn size(&self) -> usize {
        self.len()
    }

    fn append_to(self, into: &mut Vec<u8>) {
        match &mut self.0 {
            Place::Elsewhere(bytes) => bytes.append_to(into),
            Place::Buffer(..) | Place::Owned(_) => into.extend_from_slice(self.as_slice()),
        }
    }
}

impl fmt::Debug for FrameBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameBody({} bytes)", self.len())
    }
}

impl From<Bytes> for FrameBody<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::owned(bytes.into())
    }
}
