//! Memory of two processes: one writes it, the other reads it. Knows no ring. The only file that may do what the
//! compiler cannot check: it maps, and copies between private memory and what another process may look at or change at
//! any time.
#![allow(unsafe_code)]

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, AtomicU64},
};

use rustix::{
    fs::{MemfdFlags, ftruncate, memfd_create},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};

/// Memory that this process writes and its peer reads.
#[derive(Debug)]
pub struct Own(Mapping);

/// Memory that the peer writes and this process reads.
#[derive(Debug)]
pub struct Peer(Mapping);

/// A mapping of shared memory. It ends with this.
#[derive(Debug)]
struct Mapping {
    base: NonNull<u8>,
    length: usize,
}

// SAFETY: it owns its mapping, which is of no thread in particular; `&Mapping` reads and writes words as atomics only,
// and bytes are written through `&mut Own`.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(fd: impl AsFd, length: usize, access: ProtFlags) -> io::Result<Self> {
        // SAFETY: the system chooses an address that nothing else is mapped at.
        let base = unsafe { mmap(ptr::null_mut(), length, access, MapFlags::SHARED | MapFlags::POPULATE, fd, 0) }?;
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, length })
    }

    /// Where so many bytes begin, all of which are mapped.
    #[inline]
    fn at(&self, at: usize, length: usize) -> *mut u8 {
        assert!(at <= self.length && length <= self.length - at, "{length} bytes at {at} are out of bounds");
        // SAFETY: it is within the mapping.
        unsafe { self.base.as_ptr().add(at) }
    }

    #[inline]
    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8), "a word is aligned");
        // SAFETY: it is mapped, aligned, and as long as `self`; both processes use it as an atomic only. Where the
        // mapping is for reading, it is only read: `Peer` gives no more.
        unsafe { &*self.at(at, 8).cast() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing that is in it outlives `self`.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.length) };
    }
}

impl Own {
    /// Makes so many bytes of zeros, and what the peer maps them by.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(length: usize) -> io::Result<(Self, OwnedFd)> {
        let fd = memfd_create("ring", MemfdFlags::CLOEXEC)?;
        ftruncate(&fd, length as u64)?;
        let mapping = Mapping::new(&fd, length, ProtFlags::READ | ProtFlags::WRITE)?;
        Ok((Self(mapping), fd))
    }

    /// A word.
    #[inline]
    #[must_use]
    pub fn word(&self, at: usize) -> &AtomicU64 {
        self.0.word(at)
    }

    /// The lower half of a word, by which the system can be told to wake who waits for it.
    #[must_use]
    pub fn half(&self, at: usize) -> &AtomicU32 {
        half(self.0.word(at))
    }

    /// Copies bytes in.
    #[inline]
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        let to = self.0.at(at, bytes.len());
        // SAFETY: so many bytes can be read and written, and private memory does not lie within the mapping.
        unsafe { copy(bytes.as_ptr(), to, bytes.len()) }
    }
}

impl Peer {
    /// Maps what the peer has made.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(fd: impl AsFd, length: usize) -> io::Result<Self> {
        Ok(Self(Mapping::new(fd, length, ProtFlags::READ)?))
    }

    /// A word, to be loaded only: the memory cannot be written.
    #[inline]
    #[must_use]
    pub fn word(&self, at: usize) -> &AtomicU64 {
        self.0.word(at)
    }

    /// The lower half of a word, which the system can wait for.
    #[must_use]
    pub fn half(&self, at: usize) -> &AtomicU32 {
        half(self.0.word(at))
    }

    /// Copies bytes out, to the end of others.
    #[inline]
    pub fn read(&self, at: usize, length: usize, into: &mut Vec<u8>) {
        into.reserve(length);
        let from = self.0.at(at, length);
        // SAFETY: so many bytes can be read, and there is room for as many, which have values afterwards.
        unsafe {
            copy(from, into.as_mut_ptr().add(into.len()), length);
            into.set_len(into.len() + length);
        }
    }
}

fn half(word: &AtomicU64) -> &AtomicU32 {
    let at = usize::from(cfg!(target_endian = "big"));
    // SAFETY: half of a word that lives as long, aligned; the processes use whole words, the system this half.
    unsafe { &*ptr::from_ref(word).cast::<AtomicU32>().add(at) }
}

/// Copies as the processor does it best by itself. The peer may write meanwhile, so this is no copy that the compiler
/// knows: it takes each byte once, whatever it then is.
#[inline]
// SAFETY: whoever calls it sees to it that so many bytes can be read at `from` and written at `to`, and do not overlap.
unsafe fn copy(from: *const u8, to: *mut u8, length: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads and writes what the caller allows, and nothing else; the direction is forward by the calling convention.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") length => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: as the caller says.
    unsafe {
        ptr::copy_nonoverlapping(from, to, length);
    }
}
