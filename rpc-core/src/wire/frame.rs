//! The frame: its head of 16 bytes, its kinds and flags, and the one parser that finds frames in bytes.
//!
//! ```text
//!   byte streams:  │ length u32 │ head 16 │ [block] │ body │        length = everything behind it
//!   message links:              │ head 16 │ [block] │ body │
//!
//!   head:  0 kind │ 1 flags │ 2 codec │ 3 priority │ 4 call u32 │ 8 word u32 │ 12 extra u32
//! ```
//! All integers are little endian (protocol §4). What a frame means for a call is not known here.

use std::ops::Range;

use super::ProtocolError;

/// Bytes of a head.
pub const HEAD: usize = 16;
/// Bytes of the length before a frame on a byte stream.
pub const PREFIX: usize = 4;

/// What a frame is for (protocol §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The hello on a link of whole messages; on a byte stream the hello is not a frame.
    Hello = 0,
    /// Opens a call, or is a oneway message; `word` is the method, `extra` the time left in µs.
    Request = 1,
    /// Ends a call; `word` is the code.
    Response = 2,
    /// One item of a stream.
    Item = 3,
    /// Ends one direction of a stream; `word` is the code.
    End = 4,
    /// Lets the peer send more of a stream: `word` bytes and `extra` items.
    Credit = 5,
    /// The caller wants no response any more.
    Cancel = 6,
    /// Asks for a pong with the same two words.
    Ping = 7,
    /// Answers a ping.
    Pong = 8,
    /// Open nothing more; answered with the same; `word` is the reason.
    Goaway = 9,
    /// The connection ends because of a fault; `word` is the code, the body says why.
    Error = 10,
    /// The callee's items begin.
    Begin = 11,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Hello,
        Self::Request,
        Self::Response,
        Self::Item,
        Self::End,
        Self::Credit,
        Self::Cancel,
        Self::Ping,
        Self::Pong,
        Self::Goaway,
        Self::Error,
        Self::Begin,
    ];

    /// The kind's name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["hello", "request", "response", "item", "end", "credit", "cancel", "ping", "pong", "goaway", "error", "begin"]
            [self as usize]
    }
}

/// The flags of a head (protocol §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// The message continues in the next frame of this call.
    pub const MORE: Self = Self(1);
    /// A block stands before the body.
    pub const BLOCK: Self = Self(2);
    /// The sender's direction of the stream ends with this frame.
    pub const END: Self = Self(4);
    /// The body is compressed.
    pub const COMPRESSED: Self = Self(8);
    /// The body of this response is the service's own error.
    pub const APP_ERROR: Self = Self(16);
    /// The method did surely not run.
    pub const NOT_RUN: Self = Self(32);
    const RESERVED: u8 = 0b1100_0000;

    /// Whether all of `flags` are set.
    #[must_use]
    pub fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// This set without `flags`.
    #[must_use]
    pub const fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the frame is for.
    pub kind: Kind,
    /// Its flags.
    pub flags: Flags,
    /// The codec of the body; 0 where the body is no message.
    pub codec: u8,
    /// 0 to 7, 0 unless the caller chose one.
    pub priority: u8,
    /// The call; 0 for the connection itself and for a oneway.
    pub call: u32,
    /// Request: the method. Response, end, goaway, error: a code. Credit: bytes.
    pub word: u32,
    /// Request: the time left, see [`time_left`](super::time_left). Credit: items.
    pub extra: u32,
}

impl Head {
    /// A head of a kind and call, everything else 0.
    #[must_use]
    pub const fn new(kind: Kind, call: u32) -> Self {
        Self { kind, flags: Flags::NONE, codec: 0, priority: 0, call, word: 0, extra: 0 }
    }

    /// The same head with a word.
    #[must_use]
    pub const fn word(self, word: u32) -> Self {
        Self { word, ..self }
    }

    /// The same head with more flags.
    #[must_use]
    pub const fn flags(self, flags: Flags) -> Self {
        Self { flags: self.flags.with(flags), ..self }
    }

    /// The head as it stands on the wire.
    #[must_use]
    pub fn encode(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&[self.kind as u8, self.flags.0, self.codec, self.priority]);
        bytes[4..8].copy_from_slice(&self.call.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.word.to_le_bytes());
        bytes[12..].copy_from_slice(&self.extra.to_le_bytes());
        bytes
    }

    /// Reads a head. `None` is a frame to skip: a kind from 128 up that this version does not know.
    ///
    /// # Errors
    /// An unknown kind below 128; reserved bits that are set.
    pub fn decode(bytes: &[u8; HEAD]) -> Result<Option<Self>, ProtocolError> {
        let [kind, flags, codec, priority, c0, c1, c2, c3, w0, w1, w2, w3, e0, e1, e2, e3] = *bytes;
        let Some(&kind) = Kind::ALL.get(usize::from(kind)) else {
            return if kind >= 128 { Ok(None) } else { Err(ProtocolError::UnknownKind(kind)) };
        };
        if flags & Flags::RESERVED != 0 || priority > 7 {
            return Err(ProtocolError::ReservedBits { flags, priority });
        }
        Ok(Some(Self {
            kind,
            flags: Flags(flags),
            codec,
            priority,
            call: u32::from_le_bytes([c0, c1, c2, c3]),
            word: u32::from_le_bytes([w0, w1, w2, w3]),
            extra: u32::from_le_bytes([e0, e1, e2, e3]),
        }))
    }
}

/// What [`next`] found at the start of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A whole frame; `body` is where its block and body stand, and the next frame begins where it ends.
    Frame {
        /// The frame's head; `None` for a frame to skip.
        head: Option<Head>,
        /// Block and body.
        body: Range<usize>,
    },
    /// Not yet a whole frame; `frame` is its whole length, prefix included, where that is known by now.
    Partial {
        /// Bytes that the frame needs in all, once its length has arrived.
        frame: Option<usize>,
    },
}

/// Finds the first frame of a byte stream: the only parser of frames there is. `longest` bounds head, block and body
/// together, and is checked before any byte behind the length has arrived; the head is before any byte behind it.
///
/// # Errors
/// A length below 16 or above `longest`; a head that [`Head::decode`] refuses.
pub fn next(bytes: &[u8], longest: usize) -> Result<Found, ProtocolError> {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else {
        return Ok(Found::Partial { frame: None });
    };
    let got = u32::from_le_bytes(*prefix) as usize;
    if got < HEAD {
        return Err(ProtocolError::FrameTooShort { got });
    }
    if got > longest {
        return Err(ProtocolError::FrameTooLong { got, limit: longest });
    }
    let whole = PREFIX + got;
    let head = rest.first_chunk::<HEAD>().map(Head::decode).transpose()?;
    Ok(match head {
        Some(head) if bytes.len() >= whole => Found::Frame { head, body: PREFIX + HEAD..whole },
        _ => Found::Partial { frame: Some(whole) },
    })
}

/// The longest frame, prefix left out, that carries a message of `message` bytes.
#[must_use]
pub fn longest(message: usize) -> usize {
    message.saturating_add(HEAD).min(u32::MAX as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head { kind: Kind::Request, flags: Flags::BLOCK, codec: 1, priority: 3, call: 5, word: 0x0102_0304, extra: 9 }
    }

    fn frame(head: &Head, body: &[u8]) -> Vec<u8> {
        let mut bytes = ((HEAD + body.len()) as u32).to_le_bytes().to_vec();
        bytes.extend(head.encode());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn a_head_stands_on_the_wire_as_specified() {
        assert_eq!(head().encode(), [1, 2, 1, 3, 5, 0, 0, 0, 4, 3, 2, 1, 9, 0, 0, 0]);
        assert_eq!(Head::decode(&head().encode()), Ok(Some(head())));
    }

    #[test]
    fn every_kind_and_flag_survives_the_wire() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number, "{} has another number", kind.name());
            for bits in 0..64 {
                let head = Head { kind, flags: Flags(bits), ..head() };
                assert_eq!(Head::decode(&head.encode()), Ok(Some(head)));
            }
        }
    }

    #[test]
    fn an_unknown_kind_is_refused_below_128_and_skipped_above() {
        let mut bytes = head().encode();
        bytes[0] = 12;
        assert_eq!(Head::decode(&bytes), Err(ProtocolError::UnknownKind(12)));
        bytes[0] = 128;
        assert_eq!(Head::decode(&bytes), Ok(None));
    }

    #[test]
    fn reserved_bits_are_refused() {
        for (at, value) in [(1, 64), (1, 128), (3, 8), (3, 255)] {
            let mut bytes = head().encode();
            bytes[at] = value;
            assert!(matches!(Head::decode(&bytes), Err(ProtocolError::ReservedBits { .. })));
        }
    }

    #[test]
    fn a_frame_is_found_only_when_its_last_byte_is_there() {
        let bytes = frame(&head(), b"body");
        for cut in 0..bytes.len() {
            let whole = (cut >= PREFIX).then_some(bytes.len());
            assert_eq!(next(&bytes[..cut], 100), Ok(Found::Partial { frame: whole }));
        }
        let found = Found::Frame { head: Some(head()), body: PREFIX + HEAD..bytes.len() };
        assert_eq!(next(&bytes, 100), Ok(found.clone()));
        assert_eq!(next(&[&bytes[..], b"next"].concat(), 100), Ok(found));
    }

    #[test]
    fn a_length_out_of_bounds_is_refused_from_its_four_bytes_alone() {
        for got in [0_u32, 1, 15] {
            assert_eq!(next(&got.to_le_bytes(), 100), Err(ProtocolError::FrameTooShort { got: got as usize }));
        }
        for got in [101_u32, 1 << 31, u32::MAX] {
            let error = ProtocolError::FrameTooLong { got: got as usize, limit: 100 };
            assert_eq!(next(&got.to_le_bytes(), 100), Err(error));
        }
        assert_eq!(next(&100_u32.to_le_bytes(), 100), Ok(Found::Partial { frame: Some(104) }));
    }
}
