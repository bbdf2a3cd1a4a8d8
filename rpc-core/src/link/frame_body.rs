//! The message of a frame that has just arrived: looked at in place, taken only by those who keep it.

use std::{fmt, ops::Range};

use bytes::Bytes;

use super::read_buffer::ReadBuffer;
use crate::body::Body;

/// Block and body of an arriving frame.
pub struct FrameBody<'a>(Place<'a>);

enum Place<'a> {
    Buffer(&'a mut ReadBuffer, Range<usize>),
    Owned(Body),
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

    /// The bytes, in place.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Place::Buffer(buffer, range) => buffer.slice(range.clone()),
            Place::Owned(body) => body,
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
            Place::Owned(body) if start == 0 => body,
            Place::Owned(body) => body.skip(start),
        }
    }
}

impl fmt::Debug for FrameBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameBody({} bytes)", self.as_slice().len())
    }
}

impl From<Bytes> for FrameBody<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::owned(bytes.into())
    }
}
