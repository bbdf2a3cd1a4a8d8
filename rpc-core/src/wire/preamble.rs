//! The first 16 bytes of a connection, the only ones whose form never changes in any version (protocol §2).
//!
//! ```text
//!   0 magic F2 "RPC" 0D 0A 1A 0A │ 8 lowest u16 │ 10 highest u16 │ 12 length u32 │ 16 entries …
//! ```
//! The magic's first byte is no text, no TLS record and no length below 3 GiB, so that any other protocol differs in
//! it; its last four bytes show a way that converts line ends, as in PNG. What the entries say is not known here.

use std::fmt;

use super::{ProtocolError, Stranger};

/// The first bytes that both sides send.
pub const MAGIC: [u8; 8] = [0xf2, b'R', b'P', b'C', 0x0d, 0x0a, 0x1a, 0x0a];
/// Bytes of magic, versions and length together.
pub const PREAMBLE: usize = 16;

/// The versions of the protocol that a side speaks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// The oldest.
    pub lowest: u16,
    /// The newest.
    pub highest: u16,
}

impl VersionRange {
    /// What this side speaks.
    pub const OURS: Self = Self { lowest: 1, highest: 1 };
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lowest, highest } = self;
        if lowest == highest { write!(f, "{lowest}") } else { write!(f, "{lowest} to {highest}") }
    }
}

/// The highest version in both ranges (protocol §2.2). Both sides compute the same.
pub(super) fn agree(ours: VersionRange, theirs: VersionRange) -> Option<u16> {
    let highest = ours.highest.min(theirs.highest);
    (highest >= ours.lowest.max(theirs.lowest)).then_some(highest)
}

/// The preamble before `entries` bytes of entries.
pub(super) fn encode(entries: u32) -> [u8; PREAMBLE] {
    let mut bytes = [0; PREAMBLE];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VersionRange::OURS.lowest.to_le_bytes());
    bytes[10..12].copy_from_slice(&VersionRange::OURS.highest.to_le_bytes());
    bytes[12..].copy_from_slice(&entries.to_le_bytes());
    bytes
}

/// Reads a preamble: the agreed version and the bytes of entries, `None` while it is not whole. A stranger is found at
/// its first byte that differs: it may send no more than that and wait.
pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Option<(u16, usize)>, ProtocolError> {
    if !MAGIC.iter().zip(bytes).all(|(ours, theirs)| ours == theirs) {
        return Err(ProtocolError::Stranger(Stranger::named(bytes)));
    }
    let Some(&[_, _, _, _, _, _, _, _, low0, low1, high0, high1, l0, l1, l2, l3]) = bytes.first_chunk::<PREAMBLE>()
    else {
        return Ok(None);
    };
    let (lowest, highest) = (u16::from_le_bytes([low0, low1]), u16::from_le_bytes([high0, high1]));
    let (ours, theirs) = (VersionRange::OURS, VersionRange { lowest, highest });
    let version = agree(ours, theirs).ok_or(ProtocolError::Version { ours, theirs })?;
    let got = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if got > limit {
        return Err(ProtocolError::HelloTooLong { got, limit });
    }
    Ok(Some((version, got)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(lowest: u16, highest: u16) -> VersionRange {
        VersionRange { lowest, highest }
    }

    #[test]
    fn the_highest_common_version_is_agreed_and_both_sides_agree() {
        for (a, b, version) in [
            ((1, 1), (1, 1), Some(1)),
            ((1, 3), (2, 9), Some(3)),
            ((1, 3), (3, 3), Some(3)),
            ((1, 3), (4, 9), None),
            ((1, 1), (0, 0), None),
            ((1, 1), (2, 1), None),
            ((1, 9), (8, 3), None),
        ] {
            let (a, b) = (range(a.0, a.1), range(b.0, b.1));
            assert_eq!(agree(a, b), version);
            assert_eq!(agree(b, a), version);
        }
    }

    #[test]
    fn a_range_of_one_version_reads_as_one_number() {
        assert_eq!(range(1, 1).to_string(), "1");
        assert_eq!(range(1, 3).to_string(), "1 to 3");
    }

    #[test]
    fn every_wrong_byte_of_the_magic_is_refused_as_soon_as_it_is_there() {
        for at in 0..MAGIC.len() {
            let mut bytes = MAGIC;
            assert_eq!(decode(&bytes[..at], 0), Ok(None));
            bytes[at] ^= 1;
            assert!(matches!(decode(&bytes[..=at], 0), Err(ProtocolError::Stranger(_))));
        }
    }

    #[test]
    fn a_version_that_is_not_ours_is_named_before_the_length_is_looked_at() {
        let mut bytes = encode(u32::MAX);
        bytes[8..12].copy_from_slice(&[2, 0, 7, 0]);
        let error = decode(&bytes, 0).unwrap_err();
        let text = "no common protocol version: this side speaks 1, the peer 2 to 7";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_length_above_the_limit_is_refused_before_the_entries_arrive() {
        assert_eq!(decode(&encode(100), 100), Ok(Some((1, 100))));
        for got in [101, 1 << 31, u32::MAX] {
            let error = ProtocolError::HelloTooLong { got: got as usize, limit: 100 };
            assert_eq!(decode(&encode(got), 100), Err(error));
        }
    }
}
