//! Shared memory as words and bytes: the only file with `unsafe` code. What the words mean is not known here.
//!
//! Everything behind these functions is checked: an access outside of the mapping is a panic, never more. The rules that
//! the blocks cite by number are in [`super`].
#![allow(unsafe_code)]

use std::{
    io,
    os::fd::AsFd,
    ptr::{self, NonNull},
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering, fence},
    },
};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

use super::{
    faults::point,
    ring::{Fence, OwnRegion, Region},
};

/// Bytes up to which words are faster than the processor's copy instruction, which takes some 10 ns to begin.
#[cfg(target_arch = "x86_64")]
const FEW: usize = 128;

/// Pages that another process has mapped too. Gives them back when it is dropped.
#[derive(Debug)]
struct Mapping {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: rule 1: the memory belongs to no thread, and rule 3: it is only reached by atomic accesses and by copies that
// count as such.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(file: impl AsFd, len: usize, protection: ProtFlags) -> io::Result<Self> {
        point();
        // SAFETY: rule 1: no address is asked for, so that nothing is replaced, and no reference is made of the pages.
        let at = unsafe { mmap(ptr::null_mut(), len, protection, MapFlags::SHARED, file, 0) }?;
        let at = NonNull::new(at.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let mapping = Self { at, len };
        point();
        // A forked child must not keep it: it would neither read nor give it back.
        // SAFETY: rule 1: it says nothing of this process's own use of the pages.
        unsafe { madvise(at.as_ptr().cast(), len, Advice::LinuxDontFork) }?;
        point();
        Ok(mapping)
    }

    /// Rule 2: the place of `len` bytes, which lie within the mapping.
    fn at(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at <= self.len && len <= self.len - at, "{len} bytes at {at} are outside of a region of {}", self.len);
        // SAFETY: rule 2: the place is within the mapping, as was just seen.
        unsafe { self.at.as_ptr().add(at) }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8), "a word at {at} is not aligned");
        let word = self.at(at, 8).cast::<AtomicU64>();
        // SAFETY: rules 1 to 3: within the mapping for as long as this is borrowed, aligned as pages are, and only ever
        // reached by atomic accesses.
        unsafe { &*word }
    }

    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        into.reserve(len);
        let (from, to) = (self.at(at, len), into.spare_capacity_mut().as_mut_ptr().cast::<u8>());
        // SAFETY: rule 4: `from` has `len` bytes by rule 2, and `to` has room for them, which is this process's own.
        unsafe { read(from, to, len) };
        // SAFETY: rule 4: that many bytes behind the vector's end have just been written.
        unsafe { into.set_len(into.len() + len) };
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        let (from, to) = (bytes.as_ptr(), self.at(at, bytes.len()));
        // SAFETY: rule 4: `to` has room for as many bytes by rule 2, and `from` is this process's own.
        unsafe { write(from, to, bytes.len()) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        point();
        // SAFETY: rule 1: nothing that was borrowed of it is left, and nobody else unmaps it.
        let unmapped = unsafe { munmap(self.at.as_ptr().cast(), self.len) };
        point();
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

/// Copies bytes that may change at any time into memory of one's own.
///
/// # Safety
/// `from` has `len` shared bytes, and `to` room for as many that are nobody else's.
#[inline]
// SAFETY: rule 4: what the caller owes stands above.
unsafe fn read(from: *const u8, to: *mut u8, len: usize) {
    #[cfg(target_arch = "x86_64")]
    if len > FEW {
        // SAFETY: rule 4: by the contract of this function.
        return unsafe { copy(from, to, len) };
    }
    let words = if from.addr().is_multiple_of(8) { len / 8 } else { 0 };
    for word in 0..words {
        // SAFETY: rules 3 and 4: within both sides by the contract, and the shared one is aligned.
        unsafe {
            let bytes = (*from.cast::<AtomicU64>().add(word)).load(Ordering::Relaxed);
            to.cast::<u64>().add(word).write_unaligned(bytes);
        }
    }
    for offset in words * 8..len {
        // SAFETY: rules 3 and 4: within both sides by the contract.
        unsafe { to.add(offset).write((*from.add(offset).cast::<AtomicU8>()).load(Ordering::Relaxed)) };
    }
}

/// Copies bytes of one's own to where others may look at any time.
///
/// # Safety
/// `from` has `len` bytes, and `to` room for as many shared ones that nobody else writes.
#[inline]
// SAFETY: rule 4: what the caller owes stands above.
unsafe fn write(from: *const u8, to: *mut u8, len: usize) {
    #[cfg(target_arch = "x86_64")]
    if len > FEW {
        // SAFETY: rule 4: by the contract of this function.
        return unsafe { copy(from, to, len) };
    }
    let words = if to.addr().is_multiple_of(8) { len / 8 } else { 0 };
    for word in 0..words {
        // SAFETY: rules 3 and 4: within both sides by the contract, and the shared one is aligned.
        unsafe {
            let bytes = from.cast::<u64>().add(word).read_unaligned();
            (*to.cast::<AtomicU64>().add(word)).store(bytes, Ordering::Relaxed);
        }
    }
    for offset in words * 8..len {
        // SAFETY: rules 3 and 4: within both sides by the contract.
        unsafe { (*to.add(offset).cast::<AtomicU8>()).store(from.add(offset).read(), Ordering::Relaxed) };
    }
}

/// Copies many bytes with the processor's own instruction, in assembly, for the compiler must not assume that they stay as
/// they are. As fast as `memcpy`, which on what has it is the same.
///
/// # Safety
/// `from` has `len` bytes, and `to` room for as many.
#[cfg(target_arch = "x86_64")]
// SAFETY: rule 4: what the caller owes stands above.
unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: rule 4: each byte is read once and written once; the direction flag is clear in Rust code.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") len => _,
            inout("rsi") from => _,
            inout("rdi") to => _,
            options(nostack, preserves_flags),
        );
    }
}

/// The own region, mapped for reading and writing.
#[derive(Clone, Debug)]
pub(super) struct OwnMapping(Arc<Mapping>);

impl OwnMapping {
    pub(super) fn new(file: impl AsFd, len: usize) -> io::Result<Self> {
        Ok(Self(Arc::new(Mapping::new(file, len, ProtFlags::READ | ProtFlags::WRITE)?)))
    }
}

impl Region for OwnMapping {
    #[inline]
    fn load(&self, at: usize) -> u64 {
        self.0.word(at).load(Ordering::Relaxed)
    }

    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        self.0.copy_out(at, len, into);
    }
}

impl OwnRegion for OwnMapping {
    // A point stands where the store is asked for.
    #[track_caller]
    #[inline]
    fn store(&self, at: usize, word: u64) {
        point();
        self.0.word(at).store(word, Ordering::Relaxed);
        point();
    }

    #[track_caller]
    #[inline]
    fn copy_in(&self, at: usize, bytes: &[u8]) {
        point();
        self.0.copy_in(at, bytes);
        point();
    }

    #[inline]
    fn fence(&self, which: Fence) {
        match which {
            Fence::Filled | Fence::CopiedOut => fence(Ordering::Release),
            Fence::Seen | Fence::Freed => fence(Ordering::Acquire),
            Fence::Committed | Fence::Resting | Fence::Published | Fence::Waiting => fence(Ordering::SeqCst),
        }
    }
}

/// The peer's region, mapped for reading only.
#[derive(Clone, Debug)]
pub(super) struct PeerMapping(Arc<Mapping>);

impl PeerMapping {
    /// Maps `len` bytes of a file that has them and keeps them (rule 9).
    pub(super) fn new(file: impl AsFd, len: usize) -> io::Result<Self> {
        Ok(Self(Arc::new(Mapping::new(file, len, ProtFlags::READ)?)))
    }
}

impl Region for PeerMapping {
    #[inline]
    fn load(&self, at: usize) -> u64 {
        self.0.word(at).load(Ordering::Relaxed)
    }

    fn copy_out(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        self.0.copy_out(at, len, into);
    }
}
