//! Receives from the control socket, with whatever descriptors come beside the bytes. What either of them means is not known
//! here.

use std::{
    io::{self, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    cmsg_space,
    net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg, sockopt::set_socket_linger},
};

use super::faults::point;

/// Most descriptors that a message can bring. All of them are taken: those that the kernel drops for lack of room are closed
/// by this thread too, where nothing can be done about how long that takes.
const MOST: usize = 253;

/// What a peer has sent beside its bytes.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<OwnedFd>);

impl Files {
    pub(super) fn as_slice(&self) -> &[OwnedFd] {
        &self.0
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for file in &self.0 {
            // Who closes a socket last waits for as long as the peer has told it to linger. What is no socket says so.
            let _ = set_socket_linger(file, None);
        }
    }
}

/// What there is, without waiting: how many bytes, and whether the kernel could not hand over all descriptors.
pub(super) fn receive(socket: impl AsFd, into: &mut [u8], files: &mut Files) -> io::Result<(usize, bool)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut descriptors = RecvAncillaryBuffer::new(&mut space);
    point();
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let read = recvmsg(socket, &mut [IoSliceMut::new(into)], &mut descriptors, flags);
    point();
    let read = read?;
    for message in descriptors.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            files.0.extend(more);
        }
    }
    Ok((read.bytes, read.flags.contains(ReturnFlags::CTRUNC)))
}
