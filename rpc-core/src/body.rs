//! The bytes of one message, owned, cheap to move and to drop.
//!
//! A small message is copied into the value itself: no allocation, and the read buffer it came from is free again at
//! once, so that a call that waits for an hour does not hold 64 KiB of somebody's buffer. Nothing here knows codecs.

use std::{fmt, ops::Deref};

use bytes::Bytes;

use crate::spare;

/// Longest message kept inside the value, in bytes. Covers the arguments and results of most calls; a call that
/// waits costs this much more memory.
const INLINE: usize = 120;

/// The bytes of one message.
#[derive(Clone)]
pub struct Body(Kept);

#[derive(Clone)]
enum Kept {
    Inline { len: u8, bytes: [u8; INLINE] },
    Shared(Shared),
}

/// Bytes whose memory is for the next message when nobody holds them any more.
#[derive(Clone)]
struct Shared(Bytes);

impl Drop for Shared {
    fn drop(&mut self) {
        if self.0.len() >= spare::LARGE {
            spare::give(std::mem::take(&mut self.0));
        }
    }
}

impl Body {
    /// A body without bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Kept::Shared(Shared(Bytes::new())))
    }

    /// Whether a message of `len` bytes is kept inside the value.
    pub(crate) fn fits_inline(len: usize) -> bool {
        len <= INLINE
    }

    /// The bytes from `start` on.
    pub(crate) fn skip(self, start: usize) -> Self {
        match self.0 {
            Kept::Inline { .. } => Self::copy(&self[start..]),
            Kept::Shared(shared) => shared.0.slice(start..).into(),
        }
    }

    /// A copy of `bytes`: inline where they fit, else in an allocation of their length.
    #[must_use]
    pub fn copy(bytes: &[u8]) -> Self {
        if !Self::fits_inline(bytes.len()) {
            return Self(Kept::Shared(Shared(Bytes::copy_from_slice(bytes))));
        }
        let mut inline = [0; INLINE];
        inline[..bytes.len()].copy_from_slice(bytes);
        Self(Kept::Inline { len: bytes.len() as u8, bytes: inline })
    }
}

impl From<Bytes> for Body {
    /// Shares `bytes`; a short one is copied, so that it does not hold a large buffer.
    fn from(bytes: Bytes) -> Self {
        if bytes.len() <= INLINE { Self::copy(&bytes) } else { Self(Kept::Shared(Shared(bytes))) }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Kept::Shared(shared) => &shared.0,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_gives_back_its_bytes_at_every_length_around_the_inline_bound() {
        for len in [0, 1, INLINE - 1, INLINE, INLINE + 1, 4_096] {
            let bytes: Vec<u8> = (0..len).map(|n| n as u8).collect();
            assert_eq!(&Body::copy(&bytes)[..], &bytes[..]);
            assert_eq!(&Body::from(Bytes::from(bytes.clone()))[..], &bytes[..]);
        }
    }

    #[test]
    fn a_short_body_does_not_hold_the_buffer_it_came_from() {
        let buffer = Bytes::from(vec![7; 4_096]);
        let body = Body::from(buffer.slice(..INLINE));
        assert!(buffer.is_unique(), "{body:?} still shares the buffer");
    }
}
