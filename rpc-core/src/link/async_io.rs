//! Any `AsyncRead + AsyncWrite` as a byte stream: what users bring, and half of what the built-in transports need.

use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{ByteIo, ByteReader, ByteWriter};

impl ByteIo {
    /// A byte stream over `io`: a TLS session, a pipe pair, a simulated network.
    #[must_use]
    pub fn new(io: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (reader, writer) = tokio::io::split(io);
        Self { reader: Box::new(Reader(reader)), writer: Box::new(Writer(Mutex::new(writer))), read: Vec::new() }
    }
}

/// Anything that reads.
pub(crate) struct Reader<R>(pub(crate) R);

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

/// Anything that writes. It can only write with a context, so every write goes through the driver.
struct Writer<W>(Mutex<W>);

impl<W: AsyncWrite + Unpin + Send + 'static> Writer<W> {
    fn with<T>(&self, write: impl FnOnce(Pin<&mut W>) -> T) -> T {
        write(Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl<W: AsyncWrite + Unpin + Send + 'static> ByteWriter for Writer<W> {
    fn try_write(&self, _bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.with(|writer| writer.poll_write_vectored(cx, bytes))
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|writer| writer.poll_flush(cx))
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|writer| writer.poll_shutdown(cx))
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
