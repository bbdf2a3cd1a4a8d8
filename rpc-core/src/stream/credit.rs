//! Credit on its way to the peer. When it is due, and how much, is `wire`'s business.

use crate::{
    link::{FrameParts, LinkTx, SendError},
    wire::Streams,
};

/// Gives the credit that is due, as far as the link has room for it. Whether the link is to be flushed, for what it has
/// taken or for room; one that takes nothing any more is not, and the credit stays owed.
pub(crate) fn give_credit<S>(streams: &mut Streams<S>, tx: &dyn LinkTx) -> bool {
    let mut closed = false;
    streams.give_credit(|head| {
        let sent = tx.try_send(FrameParts { head, body: &[], tail: &[] });
        closed |= sent == Err(SendError::Closed);
        sent.is_ok()
    });
    !closed
}
