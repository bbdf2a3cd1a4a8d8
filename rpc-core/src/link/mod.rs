//! Whole frames between two processes: what a transport must offer, and the link that makes frames of bytes.
//!
//! ```text
//!    client ─┐                                      ┌─ server          frames, above this line
//!            LinkTx / LinkRx ─ ─ ─ ─ ─ ─ ─ LinkTx / LinkRx
//!            │ stream: bytes ⇄ frames                │ frames as they are: mem, shm
//!            ByteWriter / ByteReader                 bytes, below it: tcp, unix, any AsyncRead + AsyncWrite
//! ```
//! A transport yields a [`Carrier`] of one kind or the other; above, nobody sees the difference. Unsent bytes wait in
//! the link and nowhere else. A link knows the layout of frames and their length, and nothing of calls.

use std::{
    fmt,
    future::Future,
    io,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

use crate::wire::{Head, ProtocolError};

pub(crate) mod async_io;
mod codec;
mod frame_body;
mod handshake;
pub(crate) mod message;
mod out_queue;
mod read_buffer;
mod stream;

pub use codec::{FrameCodec, FrameError};
pub(crate) use frame_body::Elsewhere;
pub use frame_body::FrameBody;
pub(crate) use handshake::{HandshakeError, Side, open};
pub(crate) use read_buffer::ReadBuffer;

/// What a transport yields: ordered bytes, or whole frames.
pub enum Carrier {
    /// Ordered bytes in both directions.
    Bytes(ByteIo),
    /// Whole frames in both directions.
    Frames(Arc<dyn LinkTx>, Box<dyn LinkRx>),
    /// One that an exchange of the transport's own must open first. The runtime awaits it in a task of the connection and
    /// within the limit `hello_timeout`, so that a peer that is slow with it holds up nobody else.
    Opening(Pin<Box<dyn Future<Output = io::Result<Self>> + Send>>),
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(io) => f.debug_tuple("Bytes").field(io).finish(),
            Self::Frames(tx, rx) => f.debug_tuple("Frames").field(tx).field(rx).finish(),
            Self::Opening(_) => f.write_str("Opening"),
        }
    }
}

/// Both directions of a byte stream, and what was read of it already: one port can so serve several protocols by
/// their first bytes.
#[derive(Debug)]
pub struct ByteIo {
    /// Bytes from the peer.
    pub reader: Box<dyn ByteReader>,
    /// Bytes to the peer.
    pub writer: Box<dyn ByteWriter>,
    /// Bytes that were read already and come before those of `reader`.
    pub read: Vec<u8>,
}

/// The receiving half of a byte stream.
pub trait ByteReader: fmt::Debug + Send + 'static {
    /// Appends what is there to `into`, at most its spare capacity, which is not 0. `Ok(0)`: the peer has closed.
    ///
    /// # Errors
    /// The connection is broken.
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>>;
}

/// The sending half of a byte stream, shared by everyone who sends.
pub trait ByteWriter: fmt::Debug + Send + Sync + 'static {
    /// Writes some bytes now.
    ///
    /// # Errors
    /// `WouldBlock` where none can be taken now, or where this writer can only write with a context; else broken.
    fn try_write(&self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize>;

    /// Writes some bytes, or wakes `cx` when some may be written.
    ///
    /// # Errors
    /// The connection is broken.
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>>;

    /// Moves on what the writer itself has taken and holds back, as TLS may. Most hold nothing.
    ///
    /// # Errors
    /// The connection is broken.
    fn poll_flush(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Tells the peer that no more bytes come.
    ///
    /// # Errors
    /// The connection is broken.
    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The connection has ended: gives back what it holds of the system, though somebody still has this half.
    fn close(&self) {}
}

/// The sending half of a link, shared by everyone who sends.
pub trait LinkTx: fmt::Debug + Send + Sync + 'static {
    /// The longest frame it takes, in bytes, head included; `wire` splits longer messages.
    fn max_frame(&self) -> usize;

    /// Takes the whole frame into the link's own buffer, or nothing. Never waits and runs no code of the user.
    ///
    /// # Errors
    /// The buffer is full, or the link closed.
    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError>;

    /// Takes frames of one head, whose messages stand one behind the other in `messages` and are `lens` long; as many as
    /// there is room for, which it gives. None of them is longer than [`max_frame`](Self::max_frame).
    ///
    /// # Errors
    /// The link is closed.
    fn try_send_run(&self, head: Head, messages: &[u8], lens: &[usize]) -> Result<usize, Gone> {
        let mut rest = messages;
        for (taken, len) in lens.iter().enumerate() {
            let (body, behind) = rest.split_at(*len);
            match self.try_send(FrameParts { head, body, tail: &[] }) {
                Ok(()) => rest = behind,
                Err(SendError::Full) => return Ok(taken),
                Err(SendError::Closed) => return Err(Gone),
            }
        }
        Ok(lens.len())
    }

    /// Moves buffered bytes on as far as they go now.
    ///
    /// # Errors
    /// The link is broken.
    fn try_flush(&self) -> io::Result<Flushed>;

    /// Whether frames of several senders move on better together, so that who is not alone leaves the flush to the driver.
    /// Where it costs next to nothing, every sender flushes what it has sent.
    fn gathers(&self) -> bool {
        true
    }

    /// Moves buffered bytes on until none is left. Called by one task at a time.
    ///
    /// # Errors
    /// The link is broken.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Waits until a frame that found the buffer full may be tried again. Called by one task at a time.
    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Tells the peer that nothing more comes; what is buffered goes first.
    ///
    /// # Errors
    /// The link is broken.
    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The connection has ended: gives back what it holds of the system, though somebody still has this half. What is
    /// called later finds the link closed.
    fn close(&self) {}

    /// Nothing was sent for a while: gives back memory that only a busy connection needs.
    fn release(&self) {}

    /// Bytes that were taken and are neither the system's nor the peer's yet, for who watches; 0 where the link cannot
    /// tell. Never waits and runs no code of the user.
    fn buffered(&self) -> usize {
        0
    }

    /// Whether a frame would be taken now, as far as the link can tell: who makes messages for it asks before. Never waits
    /// and runs no code of the user.
    fn has_room(&self) -> bool {
        true
    }

    /// `None` while nothing waits for the peer to take it; else a number that changes whenever the peer takes something,
    /// so that who looks twice sees whether it has stopped. `None` also where the link cannot tell.
    fn unsent(&self) -> Option<u64> {
        None
    }
}

/// The receiving half of a link.
pub trait LinkRx: fmt::Debug + Send + 'static {
    /// Hands the frames that are here to `sink`, at most `budget` of them and until the sink breaks. Waits for the
    /// first one only.
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered>;

    /// Whether no frame is expected, so that looking for one would be in vain. Told before each
    /// [`poll_frames`](Self::poll_frames) by a side that knows.
    fn set_idle(&mut self, _idle: bool) {}

    /// A frame is about to be asked for: whether looking for it in place, with [`spin`](Self::spin), is worth it. After `true`
    /// nobody is woken for what comes until [`poll_frames`](Self::poll_frames) has been called again, which must be soon.
    fn expect(&mut self) -> bool {
        false
    }

    /// Hands over frames that come within a moment, and says how many. For who has nothing else to do in its thread; a moment
    /// is a few microseconds, less where such looks were in vain. What ends the link shows in
    /// [`poll_frames`](Self::poll_frames).
    fn spin(&mut self, _budget: usize, _sink: &mut dyn FrameSink) -> usize {
        0
    }

    /// Throws away what still comes, until the peer closes: a socket that is closed with bytes unread takes those with
    /// it that the peer has not read yet.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// `None` where all that has come was handed over; else, a frame in part at least, a number that changes whenever more
    /// comes or is handed over.
    fn unfinished(&self) -> Option<u64> {
        None
    }

    /// Nothing came for a while: gives back memory that only a busy connection needs.
    fn release(&mut self) {}
}

/// Takes frames as they arrive.
pub trait FrameSink {
    /// One frame. After `Break` no further frame is handed over in this turn.
    fn frame(&mut self, head: &Head, body: FrameBody<'_>) -> ControlFlow<()>;

    /// A long frame with a message of `message` bytes, of which a part has come, needs `bytes` of memory in all to go on;
    /// asked again whenever it needs more. With `false` the link drops the frame, what has come and what will, and ends
    /// the turn.
    fn admit(&mut self, _head: &Head, _message: usize, _bytes: usize) -> bool {
        true
    }
}

/// How a turn of [`LinkRx::poll_frames`] ended.
#[derive(Debug)]
pub enum Delivered {
    /// This many frames were handed over, none where one was not admitted; there may be more.
    Frames(usize),
    /// No frame will come any more.
    Closed(Closed),
}

/// Why no more frames come.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The peer closed between two frames.
    #[error("the peer closed the connection")]
    Ended,
    /// The peer closed, or went away, in the middle of a frame.
    #[error("the connection was closed in the middle of a frame, {got} bytes into it")]
    Torn {
        /// Bytes of the frame that had arrived.
        got: usize,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The peer sent something that is no frame.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

/// One frame to send. The message is `body` followed by the pieces of `tail`.
#[derive(Clone, Copy, Debug)]
pub struct FrameParts<'a> {
    /// The head.
    pub head: Head,
    /// The message, or its beginning: copied.
    pub body: &'a [u8],
    /// The rest of the message: shared rather than copied where the link can.
    pub tail: &'a [Bytes],
}

impl FrameParts<'_> {
    /// Bytes of the message.
    #[must_use]
    pub fn message_len(&self) -> usize {
        self.body.len() + self.tail.iter().map(Bytes::len).sum::<usize>()
    }
}

/// The link takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// A frame was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Wait with [`LinkTx::poll_space`] and try again.
    Full,
    /// The link takes nothing any more.
    Closed,
}

/// What a flush has achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Nothing is left.
    Done,
    /// Something is left: [`LinkTx::poll_flush`] moves it on.
    Left,
}
