//! From a carrier to a link: the two hellos (protocol §2). The side that dialled speaks first, so that the other can
//! tell by its first bytes which protocol it speaks before it answers.
//!
//! Knows the hello's bytes and how both kinds of carrier move them; what stands in a hello is the runtime's business.

use std::{
    future::poll_fn,
    io,
    ops::ControlFlow,
    sync::Arc,
    task::{Poll, ready},
};

use bytes::Bytes;
use tokio::task::coop::consume_budget;

use super::{
    ByteIo, ByteWriter, Carrier, Closed, Delivered, FrameBody, FrameParts, FrameSink, LinkRx, LinkTx, message, stream,
};
use crate::{
    limits::Limits,
    wire::{self, Flags, Fragments, Head, Hello, Kind, Parsed, ProtocolError},
};

/// A link whose hellos have been exchanged.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) tx: Arc<dyn LinkTx>,
    pub(crate) rx: Box<dyn LinkRx>,
    /// What the peer announced.
    pub(crate) peer: Hello,
}

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Dialling,
    Accepting,
}

/// No connection came of a carrier.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("the peer closed the connection before its hello was complete")]
    Closed,
    #[error("the peer did not send its hello within {0:?}, the limit `hello_timeout`")]
    Timeout(std::time::Duration),
    #[error("the connection broke during the hello: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

/// Exchanges the hellos within `hello_timeout`.
pub(crate) async fn open(
    carrier: Carrier,
    side: Side,
    hello: &Hello,
    limits: &Limits,
) -> Result<Opened, HandshakeError> {
    let opening = async {
        let mut carrier = carrier;
        loop {
            carrier = match carrier {
                Carrier::Bytes(io) => return over_bytes(io, side, hello, limits).await,
                Carrier::Frames(tx, rx) => return over_frames(tx, rx, side, hello, limits).await,
                Carrier::Opening(opening) => opening.await?,
            };
        }
    };
    let timeout = limits.hello_timeout;
    tokio::time::timeout(timeout, opening).await.unwrap_or(Err(HandshakeError::Timeout(timeout)))
}

async fn over_bytes(mut io: ByteIo, side: Side, hello: &Hello, limits: &Limits) -> Result<Opened, HandshakeError> {
    let ours = hello.encode();
    if side == Side::Dialling {
        write_all(&*io.writer, &ours).await?;
    }
    let (peer, len) = loop {
        let need = match wire::parse_hello(&io.read, limits.hello) {
            Ok(Parsed::Hello { hello, len, .. }) => break (hello, len),
            Ok(Parsed::Partial { need }) => need,
            Err(error) => {
                tell(&*io.writer, side, ours, &error).await;
                return Err(error.into());
            }
        };
        // Room for what is known to come and some more; never by a length that was not checked against the limit.
        io.read.reserve(need.saturating_sub(io.read.len()).max(512));
        if poll_fn(|cx| io.reader.poll_read(cx, &mut io.read)).await? == 0 {
            return Err(HandshakeError::Closed);
        }
    };
    if side == Side::Accepting {
        write_all(&*io.writer, &ours).await?;
    }
    io.read.drain(..len);
    let (tx, rx) = stream::link(io, limits);
    Ok(Opened { tx, rx, peer })
}

/// Tells a peer that speaks the protocol, and not as this side does, what is wrong (protocol §2.2). A stranger would
/// not understand.
async fn tell(writer: &dyn ByteWriter, side: Side, ours: Vec<u8>, error: &ProtocolError) {
    if matches!(error, ProtocolError::Stranger(_)) {
        return;
    }
    let mut bytes = if side == Side::Accepting { ours } else { Vec::new() };
    let (head, text) = (Head::new(Kind::Error, 0).word(error.code()), error.to_string());
    bytes.extend_from_slice(&((wire::HEAD + text.len()) as u32).to_le_bytes());
    bytes.extend_from_slice(&head.encode());
    bytes.extend_from_slice(text.as_bytes());
    // The connection ends whether or not the peer hears why.
    let _ = write_all(writer, &bytes).await;
}

async fn write_all(writer: &dyn ByteWriter, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|cx| writer.poll_write(cx, &[io::IoSlice::new(bytes)])).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    poll_fn(|cx| writer.poll_flush(cx)).await
}

async fn over_frames(
    tx: Arc<dyn LinkTx>,
    mut rx: Box<dyn LinkRx>,
    side: Side,
    hello: &Hello,
    limits: &Limits,
) -> Result<Opened, HandshakeError> {
    let ours = Bytes::from(hello.encode());
    if side == Side::Dialling
        && let Err(error) = send_hello(&*tx, ours.clone()).await
    {
        return Err(why(&mut *rx, error).await);
    }
    let peer = match receive_hello(&mut *rx, limits).await {
        Err(HandshakeError::Protocol(error)) => {
            tell_in_frames(&*tx, side, ours, &error).await;
            return Err(error.into());
        }
        received => received?,
    };
    if side == Side::Accepting
        && let Err(error) = send_hello(&*tx, ours).await
    {
        return Err(why(&mut *rx, error).await);
    }
    Ok(Opened { tx, rx, peer })
}

/// Why a link is closed to who sends: the receiving half knows if the peer has broken its rules.
async fn why(rx: &mut dyn LinkRx, error: HandshakeError) -> HandshakeError {
    let mut nobody = HelloSink::default();
    match poll_fn(|cx| Poll::Ready(rx.poll_frames(cx, 1, &mut nobody))).await {
        Poll::Ready(Delivered::Closed(Closed::Protocol(wrong))) => wrong.into(),
        _ => error,
    }
}

/// As [`tell`].
async fn tell_in_frames(tx: &dyn LinkTx, side: Side, ours: Bytes, error: &ProtocolError) {
    let stranger = matches!(error, ProtocolError::Stranger(_));
    if stranger || side == Side::Accepting && send_hello(tx, ours).await.is_err() {
        return;
    }
    let text = message::last_words(tx, error.to_string(), usize::MAX);
    let _ = message::send_shared(tx, Head::new(Kind::Error, 0).word(error.code()), text);
    let _ = poll_fn(|cx| tx.poll_flush(cx)).await;
}

/// Waits for the peer's hello.
async fn receive_hello(rx: &mut dyn LinkRx, limits: &Limits) -> Result<Hello, HandshakeError> {
    let mut hello = HelloSink::default();
    while !hello.complete {
        // A peer whose frames have no end must not keep the time from running out.
        consume_budget().await;
        match poll_fn(|cx| rx.poll_frames(cx, 1, &mut hello)).await {
            Delivered::Frames(_) => {}
            Delivered::Closed(Closed::Ended | Closed::Torn { .. }) => return Err(HandshakeError::Closed),
            Delivered::Closed(Closed::Io(error)) => return Err(error.into()),
            Delivered::Closed(Closed::Protocol(error)) => return Err(error.into()),
        }
        hello.check(limits.hello)?;
    }
    match wire::parse_hello(&hello.bytes, limits.hello)? {
        Parsed::Hello { hello: peer, len, .. } if len == hello.bytes.len() => Ok(peer),
        Parsed::Hello { .. } => Err(ProtocolError::Hello("it is longer than it says").into()),
        Parsed::Partial { .. } => Err(ProtocolError::Hello("it is shorter than it says").into()),
    }
}

async fn send_hello(tx: &dyn LinkTx, bytes: Bytes) -> Result<(), HandshakeError> {
    let mut frames = Fragments::new(Head::new(Kind::Hello, 0), bytes, tx.max_frame());
    poll_fn(|cx| {
        while let Some((head, piece)) = frames.peek() {
            match tx.try_send(FrameParts { head, body: &[], tail: &[piece] }) {
                Ok(()) => frames.advance(),
                Err(super::SendError::Closed) => return Poll::Ready(Err(HandshakeError::Closed)),
                Err(super::SendError::Full) => ready!(tx.poll_space(cx)),
            }
        }
        tx.poll_flush(cx).map_err(HandshakeError::from)
    })
    .await
}

/// Collects the frames of the peer's hello.
#[derive(Default)]
struct HelloSink {
    bytes: Vec<u8>,
    complete: bool,
    other: Option<ProtocolError>,
}

impl HelloSink {
    fn check(&mut self, limit: usize) -> Result<(), ProtocolError> {
        if let Some(error) = self.other.take() {
            return Err(error);
        }
        let (got, limit) = (self.bytes.len(), limit + wire::PREAMBLE);
        if got > limit { Err(ProtocolError::HelloTooLong { got, limit }) } else { Ok(()) }
    }
}

impl FrameSink for HelloSink {
    fn frame(&mut self, head: &Head, mut body: FrameBody<'_>) -> ControlFlow<()> {
        if head.kind != Kind::Hello {
            let why = "the hello must come first";
            self.other = Some(ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why });
        }
        self.bytes.extend_from_slice(body.as_slice());
        self.complete = !head.flags.has(Flags::MORE);
        ControlFlow::Break(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        task::{Context, Waker},
        time::Duration,
    };

    use super::*;
    use crate::transport::mem_pair;

    /// Frames without end: to skip, or pieces of a hello.
    #[derive(Debug)]
    struct Endless {
        pieces: bool,
    }

    impl LinkRx for Endless {
        fn poll_frames(&mut self, _: &mut Context<'_>, _: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
            if self.pieces {
                let _ = sink.frame(&Head::new(Kind::Hello, 0).flags(Flags::MORE), Bytes::new().into());
            }
            Poll::Ready(Delivered::Frames(1))
        }

        fn poll_discard(&mut self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn frames_without_end_instead_of_a_hello_come_to_an_end_with_the_time_for_it() {
        let limits = Limits::default().hello_timeout(Duration::from_millis(20));
        for pieces in [false, true] {
            let (Carrier::Frames(tx, _), _peer) = mem_pair(&limits) else { panic!("mem has frames") };
            let carrier = Carrier::Frames(tx, Box::new(Endless { pieces }));
            let opened = open(carrier, Side::Accepting, &Hello::default(), &limits).await;
            assert!(matches!(opened, Err(HandshakeError::Timeout(_))), "{opened:?}");
        }
    }

    /// The kinds and words of frames.
    #[derive(Default)]
    struct Seen(Vec<(Kind, u32)>);

    impl FrameSink for Seen {
        fn frame(&mut self, head: &Head, _body: FrameBody<'_>) -> ControlFlow<()> {
            self.0.push((head.kind, head.word));
            ControlFlow::Continue(())
        }
    }

    /// What a side answers to a first frame over a link of frames.
    async fn answered(side: Side, kind: Kind, first: &[u8]) -> Vec<(Kind, u32)> {
        let limits = Limits::default();
        let (Carrier::Frames(tx, mut rx), ours) = mem_pair(&limits) else { panic!("mem has frames") };
        tx.try_send(FrameParts { head: Head::new(kind, 0), body: first, tail: &[] }).unwrap();
        assert!(open(ours, side, &Hello::default(), &limits).await.is_err());
        let mut seen = Seen::default();
        let delivered = rx.poll_frames(&mut Context::from_waker(Waker::noop()), 10, &mut seen);
        assert!(delivered.is_ready());
        seen.0
    }

    #[tokio::test]
    async fn a_wrong_hello_in_a_frame_is_answered_with_ones_own_and_why() {
        let hello = Hello::default().encode();
        let mut other = hello.clone();
        other[8..12].copy_from_slice(&[2, 0, 9, 0]);
        for (what, kind, first, code) in [
            ("another version", Kind::Hello, &other[..], 2),
            ("cut off", Kind::Hello, &hello[..hello.len() - 1], 3),
            ("too much", Kind::Hello, &[&hello[..], &[0]].concat(), 3),
            ("no hello at all", Kind::Request, b"", 6),
        ] {
            let expected = [(Kind::Hello, 0), (Kind::Error, code)];
            assert_eq!(answered(Side::Accepting, kind, first).await, expected, "{what}");
            assert_eq!(answered(Side::Dialling, kind, first).await, expected, "{what}");
        }
        assert_eq!(answered(Side::Accepting, Kind::Hello, b"GET / HTTP/1.1").await, [], "a stranger");
    }
}
