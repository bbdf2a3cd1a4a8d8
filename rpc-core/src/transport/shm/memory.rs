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
#[cfg_attr(any(sanitized, not(target_arch = "x86_64")), allow(dead_code, reason = "words copy everything there"))]
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
        let from = self.at(at, len);
        into.reserve(len);
        let to = into.spare_capacity_mut().as_mut_ptr().cast::<u8>();
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
    #[cfg(all(target_arch = "x86_64", not(sanitized)))]
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
    #[cfg(all(target_arch = "x86_64", not(sanitized)))]
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
#[cfg(all(target_arch = "x86_64", not(sanitized)))]
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

#[cfg(test)]
mod tests {
    use std::{fs, os::fd::OwnedFd, panic};

    use super::*;
    use crate::transport::shm::{geometry::Geometry, region};

    /// One region, mapped by its owner and by its peer, and the file that the peer got.
    fn mapped() -> (OwnMapping, PeerMapping, OwnedFd, usize) {
        let geometry = Geometry::new(16, 4 << 10).unwrap();
        let (own, file) = region::make(&geometry).unwrap();
        let peer = region::map(&file, &geometry, usize::MAX).unwrap();
        (own, peer, file, geometry.len())
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 7 + len) as u8 | 1).collect()
    }

    #[test]
    fn bytes_of_any_length_at_any_place_are_copied_and_none_beside_them() {
        let (own, peer, _file, end) = mapped();
        for len in 0..=300 {
            let bytes = bytes(len);
            // On either side of a page's end, and at the very end of the region.
            for at in (0..=16).flat_map(|shift| [4_096 + shift, 8_192 - shift - len / 2, end - shift - len]) {
                own.copy_in(at, &bytes);
                let (start, stop) = (at - 16, (at + len + 16).min(end));
                let mut around = b"before".to_vec();
                peer.copy_out(start, stop - start, &mut around);
                let expected = [&b"before"[..], &[0; 16], &bytes, &vec![0; stop - at - len]].concat();
                assert!(around == expected, "{len} bytes at {at}: {around:?}");
                let mut same = Vec::new();
                own.copy_out(at, len, &mut same);
                assert!(same == bytes, "{len} bytes at {at}: {same:?}");
                own.copy_in(at, &vec![0; len]);
            }
        }
    }

    #[test]
    fn a_word_is_what_its_owner_has_stored_last_for_both() {
        let (own, peer, _file, end) = mapped();
        for at in [0, 8, 4_096, end - 8] {
            own.store(at, 0x0102_0304_0506_0708);
            assert_eq!((own.load(at), peer.load(at)), (0x0102_0304_0506_0708, 0x0102_0304_0506_0708));
            let mut bytes = Vec::new();
            peer.copy_out(at, 8, &mut bytes);
            assert_eq!(bytes, 0x0102_0304_0506_0708_u64.to_ne_bytes());
        }
    }

    #[track_caller]
    fn is_refused(what: &str, access: impl FnOnce()) {
        let refused = panic::catch_unwind(panic::AssertUnwindSafe(access)).expect_err(what);
        let why = refused.downcast_ref::<String>().expect("a panic says why");
        assert!(why.contains("outside of a region") || why.contains("is not aligned"), "{what}: {why}");
    }

    #[test]
    fn an_access_outside_of_the_mapping_or_across_its_end_is_a_panic() {
        let (own, peer, _file, end) = mapped();
        for at in [end, end + 8, 1 << 40, usize::MAX - 7] {
            is_refused("a load", || assert_eq!(peer.load(at), 0));
            is_refused("an own load", || assert_eq!(own.load(at), 0));
            is_refused("a store", || own.store(at, 1));
        }
        for at in [1, 4, end - 4, end - 7] {
            is_refused("a load that is not aligned", || assert_eq!(peer.load(at), 0));
            is_refused("a store that is not aligned", || own.store(at, 1));
        }
        for len in [1, 7, 8, 9, FEW - 1, FEW, FEW + 1, 300, 4_096] {
            for at in [end - len + 1, end, end + 1, usize::MAX - len, usize::MAX] {
                is_refused("a copy out", || peer.copy_out(at, len, &mut Vec::new()));
                is_refused("a copy in", || own.copy_in(at, &vec![1; len]));
            }
        }
        // Far more than there could be, and what wraps around.
        for len in [end + 1, usize::MAX / 2, usize::MAX - 4_095] {
            is_refused("a long copy out", || peer.copy_out(4_096, len, &mut Vec::new()));
        }
        own.copy_in(end, &[]);
        peer.copy_out(end, 0, &mut Vec::new());
    }

    /// What the kernel lets be done with a mapping, as `r--s`.
    fn rights(mapping: &Mapping) -> String {
        let start = format!("{:x}-", mapping.at.as_ptr().addr());
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let line = maps.lines().find(|line| line.trim_start_matches('0').starts_with(&start)).expect("it is mapped");
        line.split_whitespace().nth(1).expect("a mapping has rights").to_owned()
    }

    #[test]
    fn who_gets_a_region_can_read_it_and_nothing_else() {
        let (own, peer, file, len) = mapped();
        assert_eq!((&*rights(&own.0), &*rights(&peer.0)), ("rw-s", "r--s"));
        // Sealed: not even by the file.
        let denied = OwnMapping::new(&file, len).expect_err("it is sealed");
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        assert!(rustix::io::pwrite(&file, b"x", 0).is_err());
    }

    #[test]
    fn a_mapping_lives_as_long_as_anybody_has_it_and_no_longer() {
        let (own, peer, file, _) = mapped();
        let inode = rustix::fs::fstat(&file).unwrap().st_ino.to_string();
        let mapped = || {
            let maps = fs::read_to_string("/proc/self/maps").unwrap();
            maps.lines().filter(|line| line.split_whitespace().nth(4) == Some(&inode)).count()
        };
        own.store(0, 7);
        let copy = peer.clone();
        drop((peer, file));
        assert_eq!(mapped(), 2);
        drop(own);
        assert_eq!((mapped(), copy.load(0)), (1, 7), "also when its owner has given it back");
        drop(copy);
        assert_eq!(mapped(), 0);
    }
}
