//! Any `AsyncRead + AsyncWrite` as a byte stream: what users bring, and the halves of the built-in sockets.

use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{ByteIo, ByteReader, ByteWriter};

impl ByteIo {
    /// A byte stream over `io`: a TLS session, a pipe pair, a simulated network.
    #[must_use]
    pub fn new(io: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (reader, writer) = tokio::io::split(io);
        // It can only write with a context, so that every write goes through the driver.
        halves(reader, writer, |_, _| Err(io::ErrorKind::WouldBlock.into()))
    }
}

/// A way to write without a context.
type TryWrite<W> = fn(&W, &[IoSlice<'_>]) -> io::Result<usize>;

/// A byte stream of two halves. Sockets give their owned ones: only the `poll_read` of those knows that a read which did
/// not fill its buffer has emptied the socket, and saves the system call that would say so.
pub(crate) fn halves<R, W>(reader: R, writer: W, try_write: TryWrite<W>) -> ByteIo
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let writer = Writer { half: Mutex::new(Some(writer)), try_write };
    ByteIo { reader: Box::new(Reader(reader)), writer: Box::new(writer), read: Vec::new() }
}

/// Anything that reads.
struct Reader<R>(R);

impl<R: AsyncRead + Unpin + Send + 'static> ByteReader for Reader<R> {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        tokio_util::io::poll_read_buf(Pin::new(&mut self.0), cx, into)
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// Anything that writes, until it is closed. The lock is for `poll_write`, which wants its writer exclusively; a link writes
/// from one task at a time.
struct Writer<W> {
    half: Mutex<Option<W>>,
    try_write: TryWrite<W>,
}

impl<W> Writer<W> {
    fn half(&self) -> MutexGuard<'_, Option<W>> {
        self.half.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    fn poll<T>(&self, poll: impl FnOnce(Pin<&mut W>) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &mut *self.half() {
            Some(half) => poll(Pin::new(half)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl<W: AsyncWrite + Unpin + Send + 'static> ByteWriter for Writer<W> {
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match &*self.half() {
            Some(half) => (self.try_write)(half, bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.poll(|half| half.poll_write_vectored(cx, bytes))
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|half| half.poll_flush(cx))
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|half| half.poll_shutdown(cx))
    }

    fn close(&self) {
        let half = self.half().take();
        drop(half);
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
