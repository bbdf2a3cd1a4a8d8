//! A link over a byte stream: frames with their length before them (protocol §4.1).
//!
//! Sending: everyone appends whole frames under a short lock; whoever flushes takes the queue out and writes it with
//! the lock released, so that a system call never stands in another caller's way. What calls are is not known here.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{
    ByteIo, ByteReader, ByteWriter, Closed, Delivered, Flushed, FrameBody, FrameParts, FrameSink, Gone, LinkRx, LinkTx,
    SendError, out_queue::OutQueue, read_buffer::ReadBuffer,
};
use crate::{
    limits::Limits,
    wire::{self, Head},
};

/// Bytes that are read and thrown away before a connection is closed, so that the peer reads what was sent to it last: as
/// much as sockets hold. Who sends more is not about to read.
const DISCARD: usize = 8 << 20;

/// Makes a link of a byte stream whose hello has been exchanged.
pub(super) fn link(io: ByteIo, limits: &Limits) -> (Arc<dyn LinkTx>, Box<dyn LinkRx>) {
    let tx =
        StreamTx { writer: io.writer, out: Mutex::default(), send_buffer: limits.send_buffer, max_frame: limits.frame };
    let rx = StreamRx {
        reader: io.reader,
        buffer: ReadBuffer::new(io.read, limits.read_buffer),
        progress: 0,
        dropping: 0,
        discarded: 0,
        longest: wire::longest(limits.message),
    };
    (Arc::new(tx), Box::new(rx))
}

#[derive(Debug)]
struct StreamTx {
    writer: Box<dyn ByteWriter>,
    out: Mutex<Out>,
    send_buffer: usize,
    max_frame: usize,
}

#[derive(Debug, Default)]
struct Out {
    queue: OutQueue,
    /// Somebody has taken a batch out and writes it; its length.
    writing: Option<usize>,
    /// Grows with each write.
    writes: u64,
    closed: bool,
    /// Waits for the end of `writing`, to flush what was appended meanwhile.
    flusher: Option<Waker>,
    /// Waits for room in the queue.
    sender: Option<Waker>,
}

impl Out {
    fn waiting(&self) -> usize {
        self.queue.len() + self.writing.unwrap_or(0)
    }
}

impl StreamTx {
    fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued. `None`: somebody else is writing.
    fn flush(&self, mut write: impl FnMut(&[io::IoSlice<'_>]) -> io::Result<usize>) -> Option<io::Result<()>> {
        let mut out = self.out();
        if out.writing.is_some() {
            return None;
        }
        let mut result = Ok(());
        // A second round takes what was appended during the first; more would keep one caller writing for all others.
        for _ in 0..2 {
            if out.queue.len() == 0 {
                break;
            }
            let mut batch = std::mem::take(&mut out.queue);
            let len = batch.len();
            out.writing = Some(len);
            drop(out);
            result = batch.write(&mut write);
            out = self.out();
            out.writing = None;
            out.writes += u64::from(batch.len() < len);
            out.queue.put_back(batch);
            if out.closed {
                out.queue = OutQueue::default();
            }
            if result.is_err() {
                break;
            }
        }
        out.closed |= result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock);
        let room = out.closed || out.waiting() < self.send_buffer;
        let wakers = [out.flusher.take(), out.sender.take_if(|_| room)];
        drop(out);
        wakers.into_iter().flatten().for_each(Waker::wake);
        Some(result)
    }

    fn left(&self) -> Flushed {
        if self.out().waiting() == 0 { Flushed::Done } else { Flushed::Left }
    }
}

impl LinkTx for StreamTx {
    fn max_frame(&self) -> usize {
        self.max_frame
    }

    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError> {
        let mut out = self.out();
        if out.closed {
            return Err(SendError::Closed);
        }
        if out.waiting() >= self.send_buffer {
            return Err(SendError::Full);
        }
        out.queue.push(&frame);
        Ok(())
    }

    fn try_send_run(&self, head: Head, messages: &[u8], lens: &[usize]) -> Result<usize, Gone> {
        let mut out = self.out();
        if out.closed {
            return Err(Gone);
        }
        let room = self.send_buffer.saturating_sub(out.waiting());
        Ok(out.queue.push_run(&head, messages, lens, room))
    }

    fn try_flush(&self) -> io::Result<Flushed> {
        match self.flush(|slices| self.writer.try_write(slices)) {
            None => Ok(Flushed::Left),
            Some(Ok(())) => Ok(self.left()),
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(Flushed::Left),
            Some(Err(error)) => Err(error),
        }
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let flushed = self.flush(|slices| match self.writer.poll_write(cx, slices) {
                Poll::Ready(result) => result,
                Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            });
            match flushed {
                Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(())) if self.left() == Flushed::Done => return self.writer.poll_flush(cx),
                Some(Ok(())) => {}
                None => {
                    let mut out = self.out();
                    if out.writing.is_some() {
                        out.flusher = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut out = self.out();
        if out.closed || out.waiting() < self.send_buffer {
            return Poll::Ready(());
        }
        out.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_flush(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(flushed) => flushed?,
        }
        self.out().closed = true;
        self.writer.poll_shutdown(cx)
    }

    fn release(&self) {
        self.out().queue.release();
    }

    fn buffered(&self) -> usize {
        self.out().waiting()
    }

    fn has_room(&self) -> bool {
        self.out().waiting() < self.send_buffer
    }

    fn close(&self) {
        let mut out = self.out();
        out.closed = true;
        out.queue = OutQueue::default();
        drop(out);
        self.writer.close();
    }

    fn unsent(&self) -> Option<u64> {
        let out = self.out();
        (out.waiting() > 0 && !out.closed).then_some(out.writes)
    }
}

#[derive(Debug)]
struct StreamRx {
    reader: Box<dyn ByteReader>,
    buffer: ReadBuffer,
    longest: usize,
    /// Grows with bytes that come and with those that are handed over, for who looks whether anything happens.
    progress: u64,
    /// Bytes still to come of a frame that was not admitted.
    dropping: usize,
    /// Bytes that came after the last frame of interest.
    discarded: usize,
}

impl StreamRx {
    /// Hands over the whole frames that have arrived: their count, and the length of the one that has begun.
    fn hand_over(
        &mut self,
        budget: usize,
        sink: &mut dyn FrameSink,
    ) -> Result<(usize, Option<usize>), wire::ProtocolError> {
        if self.dropping > 0 {
            let dropped = self.dropping.min(self.buffer.arrived().len());
            self.buffer.hand_over(dropped);
            self.dropping -= dropped;
        }
        let mut frames = 0;
        while frames < budget {
            match wire::next(self.buffer.arrived(), self.longest)? {
                wire::Found::Partial { frame } => return Ok((frames, frame)),
                wire::Found::Frame { head, body } => {
                    frames += 1;
                    let range = self.buffer.hand_over(body.end);
                    self.progress += body.end as u64;
                    let body = range.start + body.start..range.end;
                    let Some(head) = head else { continue };
                    if sink.frame(&head, FrameBody::in_buffer(&mut self.buffer, body)).is_break() {
                        break;
                    }
                }
            }
        }
        Ok((frames, None))
    }

    /// Whether a frame of which a part has come may go on. Its head has come where it outgrows the buffer.
    fn admit(&mut self, frame: usize, sink: &mut dyn FrameSink) -> bool {
        let Some(bytes) = self.buffer.outgrows(frame) else { return true };
        let head = self.buffer.arrived().get(wire::PREFIX..).and_then(|rest| rest.first_chunk());
        match head.map(Head::decode) {
            Some(Ok(Some(head))) if !sink.admit(&head, frame - wire::PREFIX - wire::HEAD, bytes) => {}
            // A frame that is skipped anyway.
            Some(Ok(None)) => {}
            _ => return true,
        }
        self.dropping = frame - self.buffer.arrived().len();
        self.buffer.discard();
        self.buffer.release();
        false
    }
}

impl LinkRx for StreamRx {
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
        loop {
            let frame = match self.hand_over(budget, sink) {
                Ok((0, frame)) => frame,
                Ok((frames, _)) => return Poll::Ready(Delivered::Frames(frames)),
                Err(error) => return Poll::Ready(Delivered::Closed(error.into())),
            };
            if frame.is_some_and(|frame| !self.admit(frame, sink)) {
                return Poll::Ready(Delivered::Frames(0));
            }
            let got = self.buffer.arrived().len() + self.dropping;
            let closed = match self.reader.poll_read(cx, self.buffer.room(frame)) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) if got == 0 => Closed::Ended,
                Poll::Ready(Ok(0)) => Closed::Torn { got },
                Poll::Ready(Ok(bytes)) => {
                    self.progress += bytes as u64;
                    continue;
                }
                Poll::Ready(Err(error)) => Closed::Io(error),
            };
            return Poll::Ready(Delivered::Closed(closed));
        }
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.buffer.discard();
            match self.reader.poll_read(cx, self.buffer.room(None)) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(read)) if read > 0 && self.discarded < DISCARD => self.discarded += read,
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
    }

    fn unfinished(&self) -> Option<u64> {
        (self.dropping > 0 || !self.buffer.arrived().is_empty()).then_some(self.progress)
    }

    fn release(&mut self) {
        self.buffer.release();
    }
}
