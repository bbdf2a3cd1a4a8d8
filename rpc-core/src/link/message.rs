//! Sends one message over a link: small ones are copied, large ones shared, those too long for a frame cut.

use std::slice;

use bytes::{Bytes, BytesMut};

pub(crate) use super::Gone;
use super::{FrameParts, LinkTx, SendError};
use crate::wire::{Fragments, HEAD, Head};

/// A message from this size up is shared with the link instead of copied, in bytes. It costs the buffer, so it must
/// save more than a new buffer costs.
const WORTH_SHARING: usize = 16 << 10;

/// Sends `message`, and leaves it empty; what the link has no room for now is given back.
///
/// # Errors
/// The link takes nothing any more.
pub(crate) fn send(tx: &dyn LinkTx, head: Head, message: &mut BytesMut) -> Result<Option<Fragments>, Gone> {
    let max_frame = tx.max_frame();
    if message.len() < WORTH_SHARING && message.len() + HEAD <= max_frame {
        match tx.try_send(FrameParts { head, body: message, tail: &[] }) {
            Ok(()) => {
                message.clear();
                return Ok(None);
            }
            Err(SendError::Closed) => return Err(Gone),
            Err(SendError::Full) => {}
        }
    }
    // Taken, not split off: what is left would hold on to the large allocation.
    send_shared(tx, head, std::mem::take(message).freeze())
}

/// Sends a message that is shared already.
///
/// # Errors
/// The link takes nothing any more.
pub(crate) fn send_shared(tx: &dyn LinkTx, head: Head, message: Bytes) -> Result<Option<Fragments>, Gone> {
    let mut rest = Fragments::new(head, message, tx.max_frame());
    Ok(if resume(tx, &mut rest)? { None } else { Some(rest) })
}

/// Goes on with a message that found no room. Whether all of it is sent.
///
/// # Errors
/// The link takes nothing any more.
pub(crate) fn resume(tx: &dyn LinkTx, rest: &mut Fragments) -> Result<bool, Gone> {
    while let Some((head, piece)) = rest.peek() {
        let sent = tx.try_send(FrameParts { head, body: &[], tail: slice::from_ref(&piece) });
        // The message's memory is used again once nobody has a part of it.
        drop(piece);
        match sent {
            Ok(()) => rest.advance(),
            Err(SendError::Full) => return Ok(false),
            Err(SendError::Closed) => return Err(Gone),
        }
    }
    Ok(true)
}

/// A text for the last frame of a connection, which must be one: cut to what fits into it, and to the `longest` message that
/// the peer takes.
pub(crate) fn last_words(tx: &dyn LinkTx, mut text: String, longest: usize) -> Bytes {
    let room = tx.max_frame().saturating_sub(HEAD).min(longest);
    text.truncate(text.floor_char_boundary(room.min(text.len())));
    text.into()
}
