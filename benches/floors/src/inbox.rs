//! What was read and not yet taken: a buffer that grows with the messages. Knows their length only.

use std::{
    io,
    task::{Context, Poll, ready},
};

use crate::{message, socket::Reader};

/// Bytes to begin with.
const START: usize = 64 << 10;

/// Bytes that were read, in a buffer that holds the longest message so far.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { bytes: vec![0; START], start: 0, end: 0 }
    }
}

impl Inbox {
    /// Where to read into.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let needed = message::length(&self.bytes[self.start..self.end]).unwrap_or(message::LENGTH);
        if self.start + needed > self.bytes.len() || self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            self.bytes.resize(self.bytes.len().max(needed), 0);
        }
        &mut self.bytes[self.end..]
    }

    /// So many bytes were read into the room.
    pub fn filled(&mut self, read: usize) {
        self.end += read;
    }

    /// Reads what is there. `false`: the peer has closed.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, reader: &mut Reader) -> Poll<io::Result<bool>> {
        let read = ready!(reader.poll_read(cx, self.room()))?;
        self.filled(read);
        Poll::Ready(Ok(read > 0))
    }

    /// Takes the first message, if all of it is here.
    pub fn take(&mut self) -> Option<&[u8]> {
        let length = message::length(&self.bytes[self.start..self.end])?;
        let start = self.start;
        if length > self.end - start {
            return None;
        }
        self.start += length;
        Some(&self.bytes[start..start + length])
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use rpc_load::Method;

    use super::*;

    #[test]
    fn messages_come_out_whole_however_their_bytes_come_in() {
        let bodies = [vec![1; 8], vec![2; 200_000], vec![], vec![3; 70_000]];
        let mut sent = BytesMut::new();
        for (call, body) in (0..).zip(&bodies) {
            message::request(&mut sent, call, Method::Echo, body);
        }
        for step in [1, 7, 65_536, usize::MAX] {
            let (mut inbox, mut rest, mut taken) = (Inbox::default(), &sent[..], Vec::new());
            while !rest.is_empty() {
                let room = inbox.room();
                let read = step.min(room.len()).min(rest.len());
                room[..read].copy_from_slice(&rest[..read]);
                rest = &rest[read..];
                inbox.filled(read);
                while let Some(message) = inbox.take() {
                    taken.push((message::call(message), message[message::HEAD..].to_vec()));
                }
            }
            let wanted: Vec<_> = (0..).zip(bodies.iter().cloned()).collect();
            assert!(taken == wanted && inbox.is_empty(), "with {step} bytes at a time");
        }
    }
}
