//! Pages of a memory file as the attacker has them mapped: words and bytes that may be anything at any time. What they mean
//! is not known here. The only file of the attacker with `unsafe` code.
#![allow(unsafe_code)]

use std::{
    io,
    os::fd::AsFd,
    ptr::{self, NonNull},
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
};

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Pages that another process has mapped too.
#[derive(Debug)]
pub(crate) struct Pages {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: the memory belongs to no thread, and is only reached by atomic accesses.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Maps the file for reading alone, or for writing as well.
    pub(crate) fn map(file: impl AsFd, len: usize, writable: bool) -> io::Result<Self> {
        let protection = if writable { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        // SAFETY: no address is asked for, so that nothing is replaced, and no reference is made of the pages but to atomics.
        let at = unsafe { mmap(ptr::null_mut(), len, protection, MapFlags::SHARED, file, 0) }?;
        let at = NonNull::new(at.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { at, len })
    }

    fn at(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at <= self.len && len <= self.len - at, "{len} bytes at {at} are outside");
        // SAFETY: the place is within the mapping, as was just seen.
        unsafe { self.at.as_ptr().add(at) }
    }

    pub(crate) fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8), "a word at {at} is not aligned");
        let word = self.at(at, 8).cast::<AtomicU64>();
        // SAFETY: within the mapping for as long as this is borrowed, aligned as pages are, and only reached by atomics.
        unsafe { &*word }
    }

    fn byte(&self, at: usize) -> &AtomicU8 {
        let byte = self.at(at, 1).cast::<AtomicU8>();
        // SAFETY: as for a word.
        unsafe { &*byte }
    }

    pub(crate) fn write(&self, at: usize, bytes: &[u8]) {
        for (offset, byte) in bytes.iter().enumerate() {
            self.byte(at + offset).store(*byte, Ordering::Relaxed);
        }
    }

    pub(crate) fn read(&self, at: usize, len: usize) -> Vec<u8> {
        (at..at + len).map(|at| self.byte(at).load(Ordering::Relaxed)).collect()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: nothing that was borrowed of it is left, and nobody else unmaps it.
        let _ = unsafe { munmap(self.at.as_ptr().cast(), self.len) };
    }
}
