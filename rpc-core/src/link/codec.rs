//! Frames of a byte stream as a `tokio_util` codec, for whoever wants them one by one with `FramedRead`.
//!
//! It is a skin around [`wire::next`], the only parser of frames; the links themselves call that in place and copy
//! nothing. What a frame means is not known here.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::wire::{self, Found, HEAD, Head, PREFIX, ProtocolError};

/// Room that is made ahead of a frame's bytes while few have arrived; later it is as much again as has. So a declared
/// length alone reserves no more than this.
const AHEAD: usize = 8 << 10;

/// Splits a byte stream into frames and writes frames into one. Frames of kinds to skip are skipped (protocol §4.3).
#[derive(Clone, Debug)]
pub struct FrameCodec {
    longest: usize,
}

/// Why a byte stream gives no more frames, or a frame cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The peer broke the protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The stream ended inside a frame.
    #[error("the connection was closed inside a frame, {got} of its {of} bytes had arrived")]
    Cut {
        /// Bytes of the frame that arrived.
        got: usize,
        /// Bytes of the whole frame; the 4 of its length while that is not known.
        of: usize,
    },
    /// The frame to be written is longer than allowed.
    #[error("a frame of {got} bytes is longer than the {limit} that may be sent")]
    TooLong {
        /// Length of the frame.
        got: usize,
        /// Longest frame allowed.
        limit: usize,
    },
}

impl FrameCodec {
    /// A codec for frames of up to `longest` bytes of head, block and body; see [`wire::longest`].
    #[must_use]
    pub fn new(longest: usize) -> Self {
        Self { longest: longest.min(u32::MAX as usize) }
    }
}

impl Decoder for FrameCodec {
    type Item = (Head, Bytes);
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Self::Item>, FrameError> {
        loop {
            match wire::next(src, self.longest)? {
                Found::Frame { head, body } => {
                    let mut bytes = src.split_to(body.end);
                    bytes.advance(body.start);
                    if let Some(head) = head {
                        return Ok(Some((head, bytes.freeze())));
                    }
                }
                Found::Partial { frame } => {
                    let missing = frame.unwrap_or(PREFIX) - src.len();
                    src.reserve(missing.min(src.len().max(AHEAD)));
                    return Ok(None);
                }
            }
        }
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Self::Item>, FrameError> {
        let found = self.decode(src)?;
        if found.is_none() && !src.is_empty() {
            let whole = src.first_chunk().map(|length| PREFIX + u32::from_le_bytes(*length) as usize);
            return Err(FrameError::Cut { got: src.len(), of: whole.unwrap_or(PREFIX) });
        }
        Ok(found)
    }
}

impl Encoder<(Head, &[u8])> for FrameCodec {
    type Error = FrameError;

    fn encode(&mut self, (head, body): (Head, &[u8]), dst: &mut BytesMut) -> Result<(), FrameError> {
        let got = HEAD + body.len();
        if got > self.longest {
            return Err(FrameError::TooLong { got, limit: self.longest });
        }
        dst.reserve(PREFIX + got);
        dst.put_u32_le(got as u32);
        dst.put_slice(&head.encode());
        dst.put_slice(body);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use tokio_util::codec::LengthDelimitedCodec;

    use super::*;
    use crate::wire::{Flags, Kind};

    const LONGEST: usize = 1 << 20;

    fn head(call: u32) -> Head {
        Head::new(Kind::Request, call).flags(Flags::MORE).word(7)
    }

    fn stream(bodies: &[Vec<u8>]) -> BytesMut {
        let mut out = BytesMut::new();
        for (call, body) in bodies.iter().enumerate() {
            FrameCodec::new(LONGEST).encode((head(call as u32), body), &mut out).expect("it fits");
        }
        out
    }

    /// Little endian, as ours; a frame of ours is head and body to it.
    fn delimited() -> LengthDelimitedCodec {
        LengthDelimitedCodec::builder().little_endian().max_frame_length(LONGEST).new_codec()
    }

    proptest! {
        #[test]
        fn any_cutting_of_the_stream_gives_the_same_frames(
            bodies in vec(vec(any::<u8>(), 0..300), 0..8),
            cuts in vec(1_usize..50, 1..20),
        ) {
            let stream = stream(&bodies);
            let (mut codec, mut arrived, mut frames) = (FrameCodec::new(LONGEST), BytesMut::new(), Vec::new());
            let (mut rest, mut cuts) = (&stream[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*cuts.next().expect("endless")));
                arrived.extend_from_slice(now);
                rest = later;
                while let Some(frame) = codec.decode(&mut arrived).expect("well-formed") {
                    frames.push(frame);
                }
            }
            prop_assert!(codec.decode_eof(&mut arrived).expect("between frames").is_none());
            let expected: Vec<_> =
                bodies.into_iter().enumerate().map(|(call, body)| (head(call as u32), Bytes::from(body))).collect();
            prop_assert_eq!(frames, expected);
        }

        #[test]
        fn the_length_prefix_agrees_with_tokio_util_both_ways(bodies in vec(vec(any::<u8>(), 0..300), 1..8)) {
            let mut ours = stream(&bodies);
            let mut theirs = BytesMut::new();
            for (call, body) in bodies.iter().enumerate() {
                let frame = [&head(call as u32).encode()[..], body].concat();
                delimited().encode(Bytes::from(frame), &mut theirs).expect("it fits");
            }
            prop_assert_eq!(&ours, &theirs);
            for (call, body) in bodies.iter().enumerate() {
                let frame = delimited().decode(&mut ours).expect("well-formed").expect("whole");
                prop_assert_eq!(&frame[..HEAD], &head(call as u32).encode());
                prop_assert_eq!(&frame[HEAD..], body);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut arrived = BytesMut::from(&bytes[..]);
            let mut codec = FrameCodec::new(LONGEST);
            while let Ok(Some(_)) = codec.decode(&mut arrived) {}
            let _ = codec.decode_eof(&mut arrived);
        }
    }

    #[test]
    fn frames_of_kinds_to_skip_are_skipped() {
        let mut bytes = stream(&[b"first".to_vec(), b"unknown".to_vec(), b"last".to_vec()]);
        bytes[PREFIX + HEAD + 5 + PREFIX] = 200;
        let mut codec = FrameCodec::new(LONGEST);
        for (call, body) in [(0, "first"), (2, "last")] {
            assert_eq!(codec.decode(&mut bytes).unwrap(), Some((head(call), Bytes::from(body))));
        }
        assert!(bytes.is_empty());
    }

    #[test]
    fn memory_grows_with_what_arrives_and_not_with_what_is_declared() {
        let mut codec = FrameCodec::new(64 << 20);
        let mut arrived = BytesMut::new();
        arrived.put_u32_le(64 << 20);
        arrived.put_slice(&head(1).encode());
        for _ in 0..1_000 {
            assert!(codec.decode(&mut arrived).unwrap().is_none());
            assert!(
                arrived.capacity() <= 4 * arrived.len() + 2 * AHEAD,
                "{} for {}",
                arrived.capacity(),
                arrived.len()
            );
            arrived.put_slice(&[0; 100]);
        }
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_says_how_far_it_came() {
        let bytes = stream(&[b"body".to_vec()]);
        for got in 1..bytes.len() {
            let error = FrameCodec::new(LONGEST).decode_eof(&mut BytesMut::from(&bytes[..got])).unwrap_err();
            let of = if got < PREFIX { PREFIX } else { bytes.len() };
            let text = format!("the connection was closed inside a frame, {got} of its {of} bytes had arrived");
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn a_frame_above_the_limit_is_refused_on_both_ways_and_nothing_is_written() {
        let mut out = BytesMut::new();
        let mut codec = FrameCodec::new(HEAD + 4);
        codec.encode((head(1), b"four"), &mut out).unwrap();
        let before = out.clone();
        let error = codec.encode((head(1), b"fives"), &mut out).unwrap_err();
        assert_eq!(error.to_string(), "a frame of 21 bytes is longer than the 20 that may be sent");
        assert_eq!(out, before);
        let error = FrameCodec::new(HEAD + 3).decode(&mut out).unwrap_err();
        assert!(matches!(error, FrameError::Protocol(ProtocolError::FrameTooLong { got: 20, limit: 19 })));
    }
}
