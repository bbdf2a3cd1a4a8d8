//! Regions: makes the own one, and looks closely at what a peer brings before it is mapped. What stands in them is not
//! known here.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    fs::{MemfdFlags, SealFlags},
    fs::{fcntl_add_seals, fcntl_get_seals, fstat, fstatfs, ftruncate, memfd_create},
    io::Errno,
};

use super::{
    faults::point,
    geometry::Geometry,
    memory::{OwnMapping, PeerMapping},
};

/// What must be sealed of a region: its size, that nobody may map it for writing from now on, and these seals.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::FUTURE_WRITE).union(SealFlags::SEAL);
/// The file system of memory files with small pages. Those with huge ones can run out of them when they are read.
const TMPFS: i64 = 0x0102_1994;

/// Makes a region, and the file of it that the peer gets.
pub(super) fn make(geometry: &Geometry) -> io::Result<(OwnMapping, OwnedFd)> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    point();
    let file = match memfd_create("rpc-ring", flags | MemfdFlags::NOEXEC_SEAL) {
        // Before Linux 6.3.
        Err(Errno::INVAL) => memfd_create("rpc-ring", flags)?,
        made => made?,
    };
    point();
    ftruncate(&file, geometry.len() as u64)?;
    point();
    // Before the seal: from then on nobody can map it for writing any more, this process included.
    let mapping = OwnMapping::new(&file, geometry.len())?;
    fcntl_add_seals(&file, SEALS)?;
    point();
    Ok((mapping, file))
}

/// Why a peer's region is not mapped.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("no seals can be read of the descriptor, so that it is no memory file: {0}")]
    NoSeals(Errno),
    #[error("the memory file lacks seals: it has {got:?} and needs {SEALS:?}")]
    Unsealed { got: SealFlags },
    #[error("the file lies in a file system of type {0:#x}, and {TMPFS:#x} is needed")]
    FileSystem(i64),
    #[error("the memory file has {got} bytes, and its ring needs {needed}")]
    Size { got: i64, needed: usize },
    #[error("the region of {got} bytes is larger than the limit `shared_memory` of {limit}")]
    TooLarge { got: usize, limit: usize },
    #[error("the region cannot be mapped: {0}")]
    Io(#[from] io::Error),
}

/// Maps a region that a peer has brought, for reading. In this order: what a file is must be known before it is asked for
/// more, and that it stays as it is before it is mapped (rule 9).
pub(super) fn map(file: impl AsFd, geometry: &Geometry, limit: usize) -> Result<PeerMapping, Unfit> {
    let needed = geometry.len();
    if needed > limit {
        return Err(Unfit::TooLarge { got: needed, limit });
    }
    let got = fcntl_get_seals(&file).map_err(Unfit::NoSeals)?;
    if !got.contains(SEALS) {
        return Err(Unfit::Unsealed { got });
    }
    let file_system = fstatfs(&file).map_err(io::Error::from)?.f_type as i64;
    if file_system != TMPFS {
        return Err(Unfit::FileSystem(file_system));
    }
    let got = fstat(&file).map_err(io::Error::from)?.st_size as i64;
    if got != needed as i64 {
        return Err(Unfit::Size { got, needed });
    }
    Ok(PeerMapping::new(&file, needed)?)
}
