//! Large buffers between two messages. Memory that goes back to the system with every large message comes back from it
//! page by page, which takes longer than copying the message: a call that echoed 1 MiB spent most of its time there.
//!
//! One store for the process: it is asked for messages of [`LARGE`] and more only, beside whose copying a lock is
//! nothing, and they are often written by another thread than the one that encodes. Knows no messages and no links.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};

/// Smallest buffer that is kept, in bytes; smaller ones stay with the connection or the thread that uses them.
pub(crate) const LARGE: usize = 64 << 10;
/// Most bytes that are kept, for all connections together: three messages of the largest size by default, and some small.
const MOST: usize = 16 << 20;

static SPARE: Mutex<Spare> = Mutex::new(Spare { buffers: Vec::new(), bytes: 0 });

/// Buffers without content.
struct Spare {
    buffers: Vec<BytesMut>,
    /// Their sizes together.
    bytes: usize,
}

/// What a buffer holds at most: the room that is seen, and what may lie unseen before it.
fn size(buffer: &BytesMut) -> usize {
    buffer.capacity() + LARGE
}

impl Spare {
    fn give(&mut self, buffer: BytesMut) -> Result<(), BytesMut> {
        if size(&buffer) > MOST - self.bytes {
            return Err(buffer);
        }
        self.bytes += size(&buffer);
        self.buffers.push(buffer);
        Ok(())
    }

    /// The smallest that is large enough, and not larger than `at_most`.
    fn take(&mut self, at_least: usize, at_most: usize) -> Option<BytesMut> {
        let fits = |buffer: &BytesMut| (at_least..=at_most).contains(&buffer.capacity());
        let fitting = self.buffers.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (place, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let buffer = self.buffers.swap_remove(place);
        self.bytes -= size(&buffer);
        Some(buffer)
    }
}

/// Takes back what a message was in, if nobody else holds it and it is worth keeping.
pub(crate) fn give(message: Bytes) {
    let Some(buffer) = emptied(message).filter(|buffer| buffer.capacity() >= LARGE) else { return };
    let full = spare().give(buffer);
    // Freed here, after the lock.
    drop(full);
}

/// The buffer of a message that nobody else holds. What was cut off at its front is room again, unless it is less than
/// [`LARGE`].
fn emptied(message: Bytes) -> Option<BytesMut> {
    let mut buffer = message.try_into_mut().ok()?;
    buffer.clear();
    let _ = buffer.try_reclaim(buffer.capacity() + LARGE);
    Some(buffer)
}

/// A buffer without content, if there is one with room for so many bytes.
pub(crate) fn take(at_least: usize) -> Option<BytesMut> {
    spare().take(at_least, usize::MAX)
}

/// As [`take`], for a buffer that is kept although little may come: not much larger than that.
pub(crate) fn take_about(at_least: usize) -> Option<BytesMut> {
    spare().take(at_least, at_least.saturating_mul(2))
}

/// Makes room for so many bytes more.
pub(crate) fn grow(buffer: &mut BytesMut, more: usize) {
    let wanted = buffer.len() + more;
    if wanted > buffer.capacity()
        && wanted >= LARGE
        && let Some(mut larger) = take(wanted)
    {
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.reserve(more);
}

/// Gives the memory back: a connection has come to rest. Others that need it get it anew.
pub(crate) fn release() {
    let buffers = {
        let mut spare = spare();
        spare.bytes = 0;
        std::mem::take(&mut spare.buffers)
    };
    drop(buffers);
}

fn spare() -> MutexGuard<'static, Spare> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use bytes::Buf;

    use super::*;

    fn empty() -> Spare {
        Spare { buffers: Vec::new(), bytes: 0 }
    }

    #[test]
    fn the_smallest_buffer_that_is_large_enough_is_taken() {
        let mut spare = empty();
        for size in [4 * LARGE, LARGE, 2 * LARGE] {
            spare.give(BytesMut::with_capacity(size)).unwrap();
        }
        assert_eq!(spare.take(LARGE + 1, usize::MAX).unwrap().capacity(), 2 * LARGE);
        assert_eq!(spare.take(LARGE + 1, usize::MAX).unwrap().capacity(), 4 * LARGE);
        assert!(spare.take(LARGE + 1, usize::MAX).is_none());
        assert_eq!((spare.buffers.len(), spare.bytes), (1, 2 * LARGE));
    }

    #[test]
    fn no_more_is_kept_than_the_bound_allows() {
        let mut spare = empty();
        spare.give(BytesMut::with_capacity(MOST - 3 * LARGE)).unwrap();
        assert!(spare.give(BytesMut::with_capacity(LARGE + 1)).is_err());
        spare.give(BytesMut::with_capacity(LARGE)).unwrap();
        assert_eq!(spare.bytes, MOST);
        assert!(spare.give(BytesMut::with_capacity(1)).is_err());
    }

    // The store is the process's, and other tests use it too: these look at the memory that they gave.

    #[test]
    fn a_message_that_somebody_holds_is_left_alone() {
        let message = Bytes::from(vec![7; 3 * LARGE]);
        let held = message.clone();
        give(message);
        assert_eq!(held, vec![7; 3 * LARGE]);
    }

    #[test]
    fn of_a_message_that_was_consumed_from_its_front_less_than_the_smallest_buffer_stays_unseen() {
        for cut in [0, 20, LARGE - 1, LARGE, 2 * LARGE, 4 * LARGE] {
            let mut message = Bytes::from(vec![7; 4 * LARGE]);
            message.advance(cut);
            let seen = emptied(message).unwrap().capacity();
            assert!(seen > 3 * LARGE, "{seen} of {} bytes are seen where {cut} were cut off", 4 * LARGE);
        }
    }

    #[test]
    fn growing_keeps_the_content_wherever_the_room_comes_from() {
        for spare in [false, true] {
            if spare {
                give(vec![0; 5 * LARGE].into());
            }
            let mut buffer = BytesMut::from(&b"content"[..]);
            grow(&mut buffer, 2 * LARGE);
            assert!(&buffer[..] == b"content" && buffer.capacity() >= 7 + 2 * LARGE);
        }
    }
}
