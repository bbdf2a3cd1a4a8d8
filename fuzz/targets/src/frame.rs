//! The frame parser: any bytes, in any pieces.

use bytes::{Bytes, BytesMut};
use rpc_core::{
    Limits,
    link::{FrameCodec, FrameError},
    wire::{self, Found, HEAD, Head, PREFIX, ProtocolError, encode_time_left, split_block, time_left},
};
use tokio_util::codec::{Decoder, Encoder};

use crate::choices::{Choices, pieces};

/// Room that the codec makes ahead of what has arrived, at most; and what an allocation may be rounded up by.
const AHEAD: usize = 16 << 10;

/// How a stream of frames ends.
#[derive(Debug, PartialEq)]
enum End {
    /// With so many bytes of a frame that is not whole.
    Within(usize),
    /// With bytes that are no frame.
    Violation(ProtocolError),
}

/// Frames are found in any bytes, in one piece or in many, with the same outcome. No frame is longer than allowed, no
/// memory follows a declared length, and what was read is written to the same bytes.
///
/// # Panics
/// Where that does not hold.
pub fn frame(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let longest = choices.one_of([1 << 20, HEAD, 40, 300, u32::MAX as usize]);
    let cuts = choices.take(4);
    let stream = choices.0;

    let (frames, end) = in_one_piece(stream, longest);
    let (again, end_again) = in_pieces(stream, longest, cuts);
    assert_eq!(end, end_again);
    assert_eq!(frames.len(), again.len());
    for ((head, body), (head_again, body_again)) in frames.iter().zip(&again) {
        assert_eq!((head, *body), (head_again, &body_again[..]));
        block(head, body);
    }
}

fn in_one_piece(mut stream: &[u8], longest: usize) -> (Vec<(Head, &[u8])>, End) {
    let mut frames = Vec::new();
    loop {
        match wire::next(stream, longest) {
            Ok(Found::Frame { head, body }) => {
                assert!(body.start == PREFIX + HEAD && body.end <= stream.len() && body.end - PREFIX <= longest);
                let whole;
                (whole, stream) = stream.split_at(body.end);
                if let Some(head) = head {
                    written_as_read(&head, &whole[body.clone()], whole);
                    frames.push((head, &whole[body]));
                }
            }
            Ok(Found::Partial { frame }) => {
                assert_eq!(frame.is_some(), stream.len() >= PREFIX);
                assert!(frame.is_none_or(|frame| stream.len() < frame && frame - PREFIX <= longest));
                return (frames, End::Within(stream.len()));
            }
            Err(error) => return (frames, End::Violation(error)),
        }
    }
}

fn written_as_read(head: &Head, body: &[u8], whole: &[u8]) {
    let mut written = BytesMut::new();
    FrameCodec::new(usize::MAX).encode((*head, body), &mut written).expect("it was read");
    assert_eq!(written, whole);
}

fn in_pieces(stream: &[u8], longest: usize, cuts: &[u8]) -> (Vec<(Head, Bytes)>, End) {
    let (mut codec, mut arrived, mut frames) = (FrameCodec::new(longest), BytesMut::new(), Vec::new());
    for piece in pieces(stream, cuts) {
        arrived.extend_from_slice(piece);
        loop {
            match codec.decode(&mut arrived) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(FrameError::Protocol(error)) => return (frames, End::Violation(error)),
                Err(error) => panic!("{error}"),
            }
        }
        assert!(arrived.capacity() <= 4 * stream.len() + AHEAD, "{} bytes are reserved", arrived.capacity());
    }
    let end = match codec.decode_eof(&mut arrived) {
        Ok(None) => 0,
        Err(FrameError::Cut { got, of }) => {
            assert!(got == arrived.len() && got < of);
            got
        }
        other => panic!("{other:?}"),
    };
    (frames, End::Within(end))
}

/// A block that was read is written to one that reads the same, and is no longer than it was.
fn block(head: &Head, message: &[u8]) {
    let limits = Limits::default();
    let Ok((block, body)) = split_block(message, &limits) else { return };
    assert!(message.ends_with(body));
    let mut written = BytesMut::new();
    block.encode(&mut written);
    assert!(written.len() + body.len() <= message.len());
    written.extend_from_slice(body);
    assert_eq!(split_block(&written, &limits), Ok((block.clone(), body)));

    let Some(left) = time_left(head.extra, &block) else { return assert_eq!(head.extra, 0) };
    let (extra, exact) = encode_time_left(left);
    assert!(extra != 0 && extra <= head.extra && exact.is_some() == (extra == u32::MAX));
}
