//! The hello at the beginning of what a side sends, over a link of bytes or of frames.

use rpc_core::wire::{Flags, Found, Hello, Kind, PREAMBLE, Parsed, ProtocolError, next, parse_hello};

/// The longest hello there is.
pub(crate) const LONGEST: usize = 64 << 10;

/// How a side begins.
#[derive(Debug)]
pub(crate) enum Opening<'a> {
    /// With a hello; what follows it.
    Hello(Hello, &'a [u8]),
    /// With a part of one, or with something else altogether: it is not answered.
    Unanswered,
    /// With one that is wrong: it is told so.
    Wrong,
}

impl<'a> Opening<'a> {
    /// How these bytes begin. `limit` bounds the entries, `longest` the frames.
    pub(crate) fn of(bytes: &'a [u8], frames: bool, limit: usize, longest: usize) -> Self {
        if frames {
            return Self::of_frames(bytes, limit, longest);
        }
        match parse_hello(bytes, limit) {
            Ok(Parsed::Hello { hello, len, .. }) => Self::Hello(hello, &bytes[len..]),
            Ok(Parsed::Partial { .. }) | Err(ProtocolError::Stranger(_)) => Self::Unanswered,
            Err(_) => Self::Wrong,
        }
    }

    fn of_frames(mut bytes: &'a [u8], limit: usize, longest: usize) -> Self {
        let mut hello = Vec::new();
        loop {
            let (head, body) = match next(bytes, longest) {
                Ok(Found::Frame { head, body }) => (head, body),
                Ok(Found::Partial { .. }) => return Self::Unanswered,
                Err(_) => return Self::Wrong,
            };
            let (frame, rest) = bytes.split_at(body.end);
            bytes = rest;
            let Some(head) = head else { continue };
            hello.extend_from_slice(&frame[body]);
            if head.kind != Kind::Hello || hello.len() > limit + PREAMBLE {
                return Self::Wrong;
            }
            if !head.flags.has(Flags::MORE) {
                break;
            }
        }
        match parse_hello(&hello, limit) {
            Ok(Parsed::Hello { hello: read, len, .. }) if len == hello.len() => Self::Hello(read, bytes),
            Err(ProtocolError::Stranger(_)) => Self::Unanswered,
            _ => Self::Wrong,
        }
    }
}
