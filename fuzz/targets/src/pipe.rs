//! One direction of a link: bytes under way, delivered in pieces of any length, and the frames found in them.

use rpc_core::wire::{Flags, Found, Fragments, HEAD, Head, ProtocolError, next};

/// What one end has sent, and what of it has arrived and is no whole frame yet.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    under_way: Vec<u8>,
    arrived: Vec<u8>,
}

impl Pipe {
    pub(crate) fn send(&mut self, head: &Head, body: &[u8]) {
        self.under_way.extend(((HEAD + body.len()) as u32).to_le_bytes());
        self.under_way.extend(head.encode());
        self.under_way.extend(body);
    }

    /// Sends the next frame of a message. Whether it was the last.
    pub(crate) fn send_next(&mut self, message: &mut Fragments) -> bool {
        let (head, piece) = message.peek().expect("a frame is left");
        message.advance();
        self.send(&head, &piece);
        !head.flags.has(Flags::MORE)
    }

    /// Lets the first bytes arrive, as many as there are up to `most`.
    pub(crate) fn deliver(&mut self, most: usize) {
        self.arrived.extend(self.under_way.drain(..most.min(self.under_way.len())));
    }

    /// The next whole frame that has arrived.
    pub(crate) fn receive(&mut self, longest: usize) -> Result<Option<(Head, Vec<u8>)>, ProtocolError> {
        while let Found::Frame { head, body } = next(&self.arrived, longest)? {
            let piece = self.arrived[body.clone()].to_vec();
            self.arrived.drain(..body.end);
            if let Some(head) = head {
                return Ok(Some((head, piece)));
            }
        }
        Ok(None)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.arrived.is_empty()
    }
}
