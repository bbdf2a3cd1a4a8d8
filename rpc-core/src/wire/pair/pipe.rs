//! One direction of a link: bytes under way, delivered in pieces of any length, and the frames found in them.

use super::{HEAD, Head, MESSAGE, ProtocolError, longest, next};
use crate::wire::Found;

/// What one end has sent and the other has not received.
#[derive(Debug, Default)]
pub(super) struct Pipe(Vec<u8>);

impl Pipe {
    pub(super) fn write(&mut self, head: &Head, body: &[u8]) {
        self.write_raw(&head.encode(), body);
    }

    pub(super) fn write_raw(&mut self, head: &[u8; HEAD], body: &[u8]) {
        self.0.extend(((HEAD + body.len()) as u32).to_le_bytes());
        self.0.extend(head);
        self.0.extend(body);
    }

    /// Takes out the first bytes, as many as there are up to `most`.
    pub(super) fn take(&mut self, most: usize) -> Vec<u8> {
        self.0.drain(..most.min(self.0.len())).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What has arrived and is no whole frame yet.
#[derive(Debug, Default)]
pub(super) struct Reader(Vec<u8>);

impl Reader {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// The next frame that must be looked at, once all of it is there.
    pub(super) fn frame(&mut self) -> Result<Option<(Head, Vec<u8>)>, ProtocolError> {
        while let Found::Frame { head, body } = next(&self.0, longest(MESSAGE))? {
            let piece = self.0[body.clone()].to_vec();
            self.0.drain(..body.end);
            if let Some(head) = head {
                return Ok(Some((head, piece)));
            }
        }
        Ok(None)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
