//! A link over two rings by hand: the message that makes it, the words of the regions, and frames, right or wrong. The
//! numbers are those of protocol §13, written down a second time.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{Ordering, fence},
};

use rpc_core::wire::{Flags, Head, Hello, Kind};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};

use crate::{
    pages::Pages,
    socket::{PATIENCE, Side, Socket, until},
};

pub(crate) const TAKEN: usize = 0x000;
pub(crate) const WAKE_AT: usize = 0x080;
pub(crate) const SPACE_AT: usize = 0x100;
pub(crate) const CELLS: usize = 0x1000;
pub(crate) const CELL: usize = 128;
/// Longest frame that stands in its cell.
const INLINE: usize = 112;
/// Bytes of the message that makes a link.
pub(crate) const MESSAGE: usize = 48;
/// What seals a region.
pub(crate) const SEALS: SealFlags =
    SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::FUTURE_WRITE).union(SealFlags::SEAL);

/// Sizes of a region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) cells: u64,
    pub(crate) area: u64,
}

impl Sizes {
    pub(crate) const USUAL: Self = Self { cells: 64, area: 64 << 10 };

    pub(crate) fn area_at(&self) -> usize {
        CELLS + self.cells as usize * CELL
    }

    pub(crate) fn len(&self) -> usize {
        self.area_at().wrapping_add(self.area as usize)
    }

    pub(crate) fn cell_at(&self, number: u64) -> usize {
        CELLS + (number.wrapping_sub(1) % self.cells) as usize * CELL
    }
}

/// The message that makes a link.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(crate) [u8; MESSAGE]);

impl Message {
    pub(crate) fn of(sizes: &Sizes) -> Self {
        let mut bytes = [0; MESSAGE];
        bytes[..8].copy_from_slice(b"\xf6RPCshm\x0a");
        let mut message = Self(bytes);
        message.set(8, 2, 1);
        message.set(10, 2, 1);
        message.set(16, 4, sizes.cells);
        message.set(24, 8, sizes.area);
        message.set(32, 8, sizes.len() as u64);
        message
    }

    /// Writes the low `len` bytes of a number.
    pub(crate) fn set(&mut self, at: usize, len: usize, value: u64) {
        self.0[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
    }

    pub(crate) fn number(&self, at: usize, len: usize) -> u64 {
        self.0[at..at + len].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// A memory file of so many bytes, with these seals once it is mapped for writing.
pub(crate) fn region(len: usize, seals: SealFlags) -> io::Result<(Pages, OwnedFd)> {
    let file = memfd_create("attacker", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    ftruncate(&file, len as u64)?;
    let pages = Pages::map(&file, len, true)?;
    fcntl_add_seals(&file, seals)?;
    Ok((pages, file))
}

/// One end of a link.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) socket: Socket,
    pub(crate) own: Pages,
    pub(crate) sizes: Sizes,
    peer: Pages,
    peer_sizes: Sizes,
    /// The number of the next cell to commit, and of the last one that was taken.
    pub(crate) next: u64,
    pub(crate) taken: u64,
    /// Whether the peer is told what was taken.
    pub(crate) tells: bool,
}

impl Ring {
    /// Makes a link as the protocol says.
    pub(crate) fn make(side: &Side, sizes: Sizes) -> io::Result<Self> {
        let socket = side.connect()?;
        let (own, file) = region(sizes.len(), SEALS)?;
        let message = Message::of(&sizes).0;
        if side.dials() {
            socket.send(&message, &[file.as_fd()])?;
        }
        let (bytes, theirs) = socket.receive(MESSAGE)?;
        if !side.dials() {
            socket.send(&message, &[file.as_fd()])?;
        }
        let theirs = theirs.ok_or(io::ErrorKind::UnexpectedEof)?;
        let bytes: [u8; MESSAGE] = bytes.try_into().map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let message = Message(bytes);
        let peer_sizes = Sizes { cells: message.number(16, 4), area: message.number(24, 8) };
        let peer = Pages::map(theirs, peer_sizes.len(), false)?;
        Ok(Self { socket, own, sizes, peer, peer_sizes, next: 1, taken: 0, tells: true })
    }

    /// A link with both hellos.
    pub(crate) fn introduced(side: &Side) -> io::Result<Self> {
        Self::introduced_with(side, Sizes::USUAL)
    }

    /// The same, of other sizes than usual.
    pub(crate) fn introduced_with(side: &Side, sizes: Sizes) -> io::Result<Self> {
        let mut ring = Self::make(side, sizes)?;
        let hello = [&Head::new(Kind::Hello, 0).encode()[..], &Hello::default().encode()].concat();
        if side.dials() {
            ring.send(&hello);
        }
        loop {
            let frame = ring.receive().ok_or(io::ErrorKind::UnexpectedEof)?;
            if frame[1] & 1 == 0 {
                break;
            }
        }
        if !side.dials() {
            ring.send(&hello);
        }
        Ok(ring)
    }

    /// Where the next frame of so many bytes stands, and its place in the area.
    pub(crate) fn room(&self, len: usize) -> (usize, u64) {
        if len <= INLINE {
            return (self.sizes.cell_at(self.next) + 16, 0);
        }
        // A quarter for each: whoever sends them one by one has room.
        let at = (self.next % 4) * (self.sizes.area / 4);
        (self.sizes.area_at() + at as usize, at / 64)
    }

    /// Puts a frame into the ring.
    pub(crate) fn commit(&mut self, frame: &[u8]) {
        let (at, place) = self.room(frame.len());
        self.own.write(at, frame);
        self.commit_as(frame.len() as u64 | place << 32);
    }

    /// Commits a cell that says this of its frame.
    pub(crate) fn commit_as(&mut self, extent: u64) {
        let cell = self.sizes.cell_at(self.next);
        self.own.word(cell + 8).store(extent, Ordering::Relaxed);
        self.own.word(cell).store(self.next, Ordering::Release);
        self.next += 1;
        fence(Ordering::SeqCst);
    }

    /// Commits once more what stands in the next cell, as fast as that can be.
    pub(crate) fn commit_again(&mut self) {
        self.own.word(self.sizes.cell_at(self.next)).store(self.next, Ordering::Release);
        self.next += 1;
    }

    /// Puts a frame into the ring, and rings.
    pub(crate) fn send(&mut self, frame: &[u8]) {
        self.commit(frame);
        self.socket.bell();
    }

    /// Whether a frame has come.
    pub(crate) fn has_frame(&self) -> bool {
        let next = self.taken + 1;
        self.peer.word(self.peer_sizes.cell_at(next)).load(Ordering::Acquire) == next
    }

    /// The next frame; `None` once the peer has closed, and there is none any more.
    ///
    /// # Panics
    /// When neither comes.
    pub(crate) fn receive(&mut self) -> Option<Vec<u8>> {
        let came = until(PATIENCE, || self.has_frame() || self.socket.has_ended());
        assert!(came, "no frame and no end comes");
        if !self.has_frame() {
            return None;
        }
        self.taken += 1;
        let cell = self.peer_sizes.cell_at(self.taken);
        let extent = self.peer.word(cell + 8).load(Ordering::Relaxed);
        let (len, place) = (extent as u32 as usize, (extent >> 32) as usize);
        let at = if len <= INLINE { cell + 16 } else { self.peer_sizes.area_at() + place * 64 };
        let frame = self.peer.read(at, len);
        if self.tells {
            self.own.word(TAKEN).store(self.taken, Ordering::Release);
            fence(Ordering::SeqCst);
            // It may wait for room.
            if self.peer.word(SPACE_AT).load(Ordering::Relaxed) == self.taken {
                self.socket.bell();
            }
        }
        Some(frame)
    }

    /// Whether the peer rests for a frame.
    pub(crate) fn peer_rests(&self) -> bool {
        self.peer.word(WAKE_AT).load(Ordering::Relaxed) != 0
    }

    /// Cells of this side that the peer has taken, as it says.
    pub(crate) fn peer_has_taken(&self) -> u64 {
        self.peer.word(TAKEN).load(Ordering::Acquire)
    }

    /// How the connection ends: the error frame that comes last, or none.
    pub(crate) fn end(&mut self) -> String {
        let mut last = "closed".to_owned();
        while let Some(frame) = self.receive() {
            let (head, text) = frame.split_first_chunk::<16>().expect("a head");
            if let Ok(Some(Head { kind: Kind::Error, word, .. })) = Head::decode(head) {
                last = format!("error {word}: {}", String::from_utf8_lossy(text));
            }
        }
        last
    }

    /// What becomes of a call: `answered`, or how the connection ends instead.
    pub(crate) fn outcome(&mut self, call: u32) -> String {
        loop {
            let Some(frame) = self.receive() else { return "closed".to_owned() };
            let (head, text) = frame.split_first_chunk::<16>().expect("a head");
            match Head::decode(head) {
                Ok(Some(head)) if head.kind == Kind::Error => {
                    return format!("error {}: {}", head.word, String::from_utf8_lossy(text));
                }
                Ok(Some(head)) if head.kind == Kind::Response && head.call == call && head.word == 0 => {
                    return "answered".to_owned();
                }
                Ok(Some(head)) if head.kind == Kind::Response && head.call == call => {
                    return format!("status {}: {}", head.word, String::from_utf8_lossy(text));
                }
                _ => {}
            }
        }
    }

    /// Answers a frame, if it is a request in one piece, with what it brings.
    pub(crate) fn answer_to(&mut self, frame: &[u8]) -> bool {
        let (head, body) = frame.split_first_chunk::<16>().expect("a head");
        let Ok(Some(head)) = Head::decode(head) else { return false };
        let answer = Head { codec: 1, ..Head::new(Kind::Response, head.call) };
        if head.kind == Kind::Request {
            self.send(&[&answer.encode()[..], body].concat());
        }
        head.kind == Kind::Request
    }

    /// Answers so many calls with what they bring, which is right for `note` and `bytes`; whether all of them came.
    pub(crate) fn answer(&mut self, mut calls: u64) -> bool {
        let mut pieces = Vec::new();
        while calls > 0 {
            let Some(frame) = self.receive() else { return false };
            let (head, body) = frame.split_first_chunk::<16>().expect("a head");
            let Ok(Some(head)) = Head::decode(head) else { continue };
            if head.kind != Kind::Request {
                continue;
            }
            pieces.extend_from_slice(body);
            if head.flags.has(Flags::MORE) {
                continue;
            }
            let answer = Head { codec: 1, ..Head::new(Kind::Response, head.call) };
            self.send(&[&answer.encode()[..], &std::mem::take(&mut pieces)].concat());
            calls -= 1;
        }
        true
    }
}
