//! A link of whole frames, as a ring or a queue would be one: the peer at its other end has it as a stream of frames, so
//! that it can be sent anything that is a frame.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use bytes::BytesMut;
use rpc_core::{
    link::{
        Carrier, Closed, Delivered, Flushed, FrameBody, FrameCodec, FrameParts, FrameSink, LinkRx, LinkTx, SendError,
    },
    wire::{Found, next},
};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, ReadHalf, WriteHalf, split};
use tokio_util::codec::Encoder;

/// The longest frame, head included.
pub(crate) const MAX_FRAME: usize = 200;
/// Bytes that wait to be sent before senders wait.
const WAITING: usize = 500;

/// Frames over `io`.
pub(crate) fn carrier(io: DuplexStream) -> Carrier {
    let (reader, writer) = split(io);
    let out = Out { waiting: BytesMut::new(), writer, closed: false, sender: None };
    Carrier::Frames(Arc::new(Tx(Mutex::new(out))), Box::new(Rx { arrived: BytesMut::new(), reader }))
}

#[derive(Debug)]
struct Tx(Mutex<Out>);

#[derive(Debug)]
struct Out {
    waiting: BytesMut,
    writer: WriteHalf<DuplexStream>,
    closed: bool,
    sender: Option<Waker>,
}

impl Tx {
    fn out(&self) -> MutexGuard<'_, Out> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LinkTx for Tx {
    fn max_frame(&self) -> usize {
        MAX_FRAME
    }

    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError> {
        let mut out = self.out();
        if out.closed {
            return Err(SendError::Closed);
        }
        if out.waiting.len() >= WAITING {
            return Err(SendError::Full);
        }
        let mut message = frame.body.to_vec();
        frame.tail.iter().for_each(|piece| message.extend_from_slice(piece));
        let mut codec = FrameCodec::new(MAX_FRAME);
        codec.encode((frame.head, &message), &mut out.waiting).expect("a frame is no longer than the link's");
        Ok(())
    }

    fn try_flush(&self) -> io::Result<Flushed> {
        Ok(if self.out().waiting.is_empty() { Flushed::Done } else { Flushed::Left })
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Out { waiting, writer, sender, .. } = &mut *self.out();
        while !waiting.is_empty() {
            let written = ready!(Pin::new(&mut *writer).poll_write(cx, waiting))?;
            drop(waiting.split_to(written));
            sender.take().into_iter().for_each(Waker::wake);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut out = self.out();
        if out.closed || out.waiting.len() < WAITING {
            return Poll::Ready(());
        }
        out.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush(cx))?;
        let mut out = self.out();
        out.closed = true;
        Pin::new(&mut out.writer).poll_shutdown(cx)
    }

    fn buffered(&self) -> usize {
        self.out().waiting.len()
    }
}

#[derive(Debug)]
struct Rx {
    arrived: BytesMut,
    reader: ReadHalf<DuplexStream>,
}

impl Rx {
    /// Waits for more bytes; gives how many came.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let mut space = [0; 512];
        let mut read = ReadBuf::new(&mut space);
        if ready!(Pin::new(&mut self.reader).poll_read(cx, &mut read)).is_ok() {
            self.arrived.extend_from_slice(read.filled());
            return Poll::Ready(read.filled().len());
        }
        Poll::Ready(0)
    }
}

impl LinkRx for Rx {
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
        let mut handed = 0;
        while handed < budget {
            match next(&self.arrived, MAX_FRAME) {
                Ok(Found::Frame { head, body }) => {
                    let frame = self.arrived.split_to(body.end).freeze();
                    let Some(head) = head else { continue };
                    handed += 1;
                    if sink.frame(&head, FrameBody::from(frame.slice(body))).is_break() {
                        break;
                    }
                }
                Err(error) => return Poll::Ready(Delivered::Closed(Closed::Protocol(error))),
                Ok(Found::Partial { .. }) if handed > 0 => break,
                Ok(Found::Partial { .. }) => {
                    if ready!(self.poll_read(cx)) == 0 {
                        return Poll::Ready(Delivered::Closed(Closed::Ended));
                    }
                }
            }
        }
        Poll::Ready(Delivered::Frames(handed))
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while ready!(self.poll_read(cx)) > 0 {
            self.arrived.clear();
        }
        Poll::Ready(())
    }
}
