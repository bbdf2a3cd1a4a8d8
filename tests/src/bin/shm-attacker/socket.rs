//! The control socket: messages with any number of descriptors, bells, and the end. Every wait is bounded.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::{
    cmsg_space,
    io::Errno,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
        Shutdown, recv, recvmsg, send, sendmsg, shutdown,
    },
};

/// Longer than any wait on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// Most descriptors of one message that Linux knows.
const MOST: usize = 253;

/// Which end of the connection the attacker is.
#[derive(Debug)]
pub(crate) enum Side {
    Dials(String),
    Serves(UnixListener),
}

impl Side {
    /// The next connection.
    pub(crate) fn connect(&self) -> io::Result<Socket> {
        let stream = match self {
            Self::Dials(path) => UnixStream::connect(path)?,
            Self::Serves(listener) => {
                listener.set_nonblocking(true)?;
                let mut accepted = None;
                until(PATIENCE, || {
                    accepted = listener.accept().ok();
                    accepted.is_some()
                });
                accepted.ok_or(io::ErrorKind::TimedOut)?.0
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Socket(stream))
    }

    pub(crate) fn dials(&self) -> bool {
        matches!(self, Self::Dials(_))
    }
}

/// A control socket.
#[derive(Debug)]
pub(crate) struct Socket(UnixStream);

impl Socket {
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Sends bytes, and descriptors with the first of them.
    pub(crate) fn send(&self, bytes: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
        let mut descriptors = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            assert!(descriptors.push(SendAncillaryMessage::ScmRights(files)), "there is room");
        }
        Ok(sendmsg(&self.0, &[IoSlice::new(bytes)], &mut descriptors, SendFlags::NOSIGNAL)?)
    }

    /// So many bytes, and a descriptor if one came with them; fewer bytes at the end.
    pub(crate) fn receive(&self, len: usize) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
        let (mut bytes, mut got, mut file) = (vec![0; len], 0, None);
        while got < len {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
            let mut descriptors = RecvAncillaryBuffer::new(&mut space);
            let into = &mut [IoSliceMut::new(&mut bytes[got..])];
            let read = match recvmsg(&self.0, into, &mut descriptors, RecvFlags::CMSG_CLOEXEC) {
                Ok(read) => read.bytes,
                Err(Errno::CONNRESET) => 0,
                Err(error) => return Err(error.into()),
            };
            for message in descriptors.drain() {
                if let RecvAncillaryMessage::ScmRights(mut files) = message {
                    file = files.next().or(file);
                }
            }
            if read == 0 {
                bytes.truncate(got);
                break;
            }
            got += read;
        }
        Ok((bytes, file))
    }

    /// One bell, unless the socket is full.
    pub(crate) fn bell(&self) {
        self.tell(&[1]);
    }

    /// Sends bytes if there is room for them; whether the peer is still there.
    pub(crate) fn tell(&self, bytes: &[u8]) -> bool {
        let told = send(&self.0, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        matches!(told, Ok(_) | Err(Errno::AGAIN))
    }

    /// Whether the peer has closed. Hears its bells.
    pub(crate) fn has_ended(&self) -> bool {
        let mut bells = [0; 64];
        loop {
            match recv(&self.0, &mut bells, RecvFlags::DONTWAIT) {
                Ok((0, _)) => return true,
                Ok(_) => {}
                Err(Errno::AGAIN) => return false,
                Err(_) => return true,
            }
        }
    }

    pub(crate) fn shutdown(&self, how: Shutdown) {
        let _ = shutdown(&self.0, how);
    }
}

/// Waits until something is so; whether it came to be within the time.
pub(crate) fn until(longest: Duration, mut so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    let mut looks = 0;
    while !so() {
        if start.elapsed() > longest {
            return false;
        }
        looks += 1;
        if looks < 100 { thread::yield_now() } else { thread::sleep(Duration::from_micros(100)) }
    }
    true
}
