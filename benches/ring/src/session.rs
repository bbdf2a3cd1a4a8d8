//! How two processes come to a ring: over a Unix socket each hands its memory to the other. Knows no frames. The socket
//! stays, to tell when the peer is gone.

use std::{
    error::Error,
    io::{self, IoSlice, IoSliceMut, Read},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

use crate::{
    memory::{Own, Peer},
    ring::{LENGTH, Ring},
};

/// The path that a URL names.
///
/// # Errors
/// It is none of shared memory.
pub fn path(url: &str) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    match url.strip_prefix("shm://") {
        Some(path) => Ok(path.into()),
        None => Err(format!("`{url}` is not shm:///path").into()),
    }
}

/// A ring, and the socket that it came about by.
#[derive(Debug)]
pub struct Session {
    /// The ring.
    pub ring: Ring,
    /// The socket.
    pub socket: UnixStream,
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or what the system says.
    pub fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self::over(UnixStream::connect(path(url)?)?)?)
    }

    /// Makes a session over a socket.
    ///
    /// # Errors
    /// What the system says.
    pub fn over(socket: UnixStream) -> io::Result<Self> {
        socket.set_nonblocking(false)?;
        let (own, fd) = Own::new(LENGTH)?;
        give(&socket, &fd)?;
        let peer = Peer::new(take(&socket)?, LENGTH)?;
        socket.set_nonblocking(true)?;
        Ok(Self { ring: Ring::new(own, peer), socket })
    }

    /// Whether the peer is gone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        is_over(&self.socket)
    }
}

/// Whether who has the other end of a session's socket is gone.
#[must_use]
pub fn is_over(mut socket: &UnixStream) -> bool {
    let read = socket.read(&mut [0]);
    !matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn give(socket: &UnixStream, fd: &OwnedFd) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = [fd.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&fds));
    sendmsg(socket, &[IoSlice::new(&[0])], &mut control, SendFlags::empty())?;
    Ok(())
}

fn take(socket: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    recvmsg(socket, &mut [IoSliceMut::new(&mut [0])], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let fds = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    fds.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the peer has given no memory"))
}
