//! Items that go: whether one may be begun, and what it costs. What is sent is not known here.

use super::{
    Stream, StreamId, Streams,
    credit::{Amount, MOST},
    unexpected,
};
use crate::wire::{Head, ProtocolError};

/// Whether an item may be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayBegin {
    /// Now.
    Now,
    /// When there is credit.
    Later,
    /// Never: the stream is closed.
    Closed,
}

impl<S> Streams<S> {
    /// A credit frame of a stream or, with call 0, of the connection. `None` where there is no such stream.
    ///
    /// # Errors
    /// It gives nothing, or more than may be had.
    pub(in crate::wire) fn handle_credit(&mut self, head: &Head) -> Result<Option<&mut S>, ProtocolError> {
        let more = Amount { bytes: head.word.into(), items: head.extra.into() };
        if head.word == 0 && (head.extra == 0 || head.call == 0) {
            return Err(unexpected(head, "it gives nothing"));
        }
        let grown = match head.call {
            0 => {
                self.reopened |= self.shared_out <= 0;
                self.shared_out += more.bytes;
                self.reopened &= self.shared_out > 0;
                self.shared_out <= MOST
            }
            call => match self.of(call) {
                Some(Stream { giving: Some(giving), .. }) => giving.grow(more),
                _ => return Ok(None),
            },
        };
        if !grown {
            return Err(unexpected(head, "it brings the credit above 2,147,483,647"));
        }
        Ok(self.of(head.call).map(|stream| &mut stream.kept))
    }

    /// Whether the credit that all streams share has come back since this was asked last, after it was used up.
    pub(in crate::wire) fn has_reopened(&mut self) -> bool {
        std::mem::take(&mut self.reopened)
    }

    /// Whether an item may be begun on a stream.
    #[must_use]
    pub fn may_begin(&self, id: StreamId) -> MayBegin {
        match self.streams.get(id.at).filter(|stream| stream.serial == id.serial) {
            Some(Stream { giving: Some(giving), .. }) if giving.allows(self.shared_out) => MayBegin::Now,
            Some(Stream { giving: Some(_), .. }) => MayBegin::Later,
            _ => MayBegin::Closed,
        }
    }

    /// What may be sent of a stream now, in bytes and items; an item may be begun while both are above 0. `None` where the
    /// stream is closed.
    #[must_use]
    pub fn may_send(&self, id: StreamId) -> Option<(i64, i64)> {
        let stream = self.streams.get(id.at).filter(|stream| stream.serial == id.serial)?;
        let Amount { bytes, items } = stream.giving.as_ref()?.now(self.shared_out);
        // Who makes items for it is to make no more than its share of what all have together.
        let share = (self.shared_out / self.streams.len() as i64).max(1);
        Some((bytes.min(share), items))
    }

    /// Frames of an item were sent that cost so many bytes; `first`: with them it was begun.
    pub fn sent(&mut self, id: StreamId, cost: usize, first: bool) {
        self.spent(id, cost, usize::from(first));
    }

    /// So many items were begun, and what was sent of them costs so many bytes.
    pub fn spent(&mut self, id: StreamId, cost: usize, items: usize) {
        let spent = Amount { bytes: cost as i64, items: items as i64 };
        if let Some(Stream { giving: Some(giving), .. }) = self.stream(id) {
            giving.spend(spent);
            self.shared_out -= spent.bytes;
        }
    }

    /// This side sends no more items of a stream.
    pub fn stop_giving(&mut self, id: StreamId) {
        if let Some(stream) = self.stream(id) {
            stream.giving = None;
        }
    }
}
