//! The block between head and body: what a message carries beside its value (protocol §4.4).
//!
//! ```text
//!   length u16 │ type u8 │ length u16 │ value │ type u8 │ length u16 │ value │ …
//!
//!   1 metadata:     key length u8 │ key │ value length u16 │ value │ …
//!   2 long deadline: time left u64, µs        3 retry-after: u32, ms        4 window: bytes u32 │ items u32
//! ```
//! Entries of unknown type are skipped. Which messages carry what is not known here, nor is what time it is.

use std::time::Duration;

use bytes::{BufMut, BytesMut};

use crate::{Limits, Metadata, metadata::is_key};

const METADATA: u8 = 1;
const LONG_DEADLINE: u8 = 2;
const RETRY_AFTER: u8 = 3;
const WINDOW: u8 = 4;
/// The time left in a head that says: the exact value is in the block.
const IN_BLOCK: u32 = u32::MAX;

/// What stands in a block; `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The message's metadata.
    pub metadata: Option<Metadata>,
    /// A time left that the head cannot hold, in µs.
    pub time_left: Option<u64>,
    /// When it may be worth to try again, in ms.
    pub retry_after: Option<u32>,
    /// What the callee may send of the items of the reply at first, in bytes and items, each at least 1.
    pub window: Option<(u32, u32)>,
}

impl Block {
    /// Whether there is nothing in it, so that it need not be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Appends the block. Its lengths fit their 16 bits, as [`Metadata`] is never longer than 60 KiB.
    pub fn encode(&self, out: &mut BytesMut) {
        let start = out.len();
        out.put_u16_le(0);
        if let Some(metadata) = &self.metadata {
            entry(out, METADATA, metadata.encoded_len());
            for (key, value) in metadata.iter() {
                out.put_u8(key.len() as u8);
                out.put_slice(key.as_bytes());
                out.put_u16_le(value.len() as u16);
                out.put_slice(value);
            }
        }
        if let Some(micros) = self.time_left {
            entry(out, LONG_DEADLINE, 8);
            out.put_u64_le(micros);
        }
        if let Some(millis) = self.retry_after {
            entry(out, RETRY_AFTER, 4);
            out.put_u32_le(millis);
        }
        if let Some((bytes, items)) = self.window {
            entry(out, WINDOW, 8);
            out.put_u32_le(bytes);
            out.put_u32_le(items);
        }
        let length = (out.len() - start - 2) as u16;
        out[start..start + 2].copy_from_slice(&length.to_le_bytes());
    }

    fn take(&mut self, kind: u8, value: &[u8], limits: &Limits) -> Result<(), &'static str> {
        let twice = match kind {
            METADATA => self.metadata.replace(metadata(value, limits)?).is_some(),
            LONG_DEADLINE => self.time_left.replace(u64::from_le_bytes(fixed(value)?)).is_some(),
            RETRY_AFTER => self.retry_after.replace(u32::from_le_bytes(fixed(value)?)).is_some(),
            WINDOW => self.window.replace(window(fixed(value)?)?).is_some(),
            _ => false,
        };
        if twice { Err("an entry stands twice") } else { Ok(()) }
    }
}

fn entry(out: &mut BytesMut, kind: u8, length: usize) {
    out.put_u8(kind);
    out.put_u16_le(length as u16);
}

/// Splits a message whose head has the flag BLOCK into its block and its body.
///
/// # Errors
/// A block that does not have its form; metadata above the limits `metadata_bytes` or `metadata_pairs`.
pub fn split<'a>(message: &'a [u8], limits: &Limits) -> Result<(Block, &'a [u8]), &'static str> {
    let (mut entries, body) = prefixed(message).ok_or("it is longer than its message")?;
    let mut block = Block::default();
    while let Some((&kind, rest)) = entries.split_first() {
        let (value, rest) = prefixed(rest).ok_or("an entry is longer than the block")?;
        block.take(kind, value, limits)?;
        entries = rest;
    }
    Ok((block, body))
}

fn metadata(mut bytes: &[u8], limits: &Limits) -> Result<Metadata, &'static str> {
    if bytes.len() > limits.metadata_bytes.min(Metadata::LONGEST) {
        return Err("the metadata is longer than the limit `metadata_bytes` allows");
    }
    let mut metadata = Metadata::default();
    while let Some((&length, rest)) = bytes.split_first() {
        if metadata.len() == limits.metadata_pairs {
            return Err("there are more pairs of metadata than the limit `metadata_pairs` allows");
        }
        let (key, rest) = rest.split_at_checked(usize::from(length)).ok_or("a metadata key is cut off")?;
        let key =
            std::str::from_utf8(key).ok().filter(|key| is_key(key.as_bytes())).ok_or("a metadata key is malformed")?;
        let (value, rest) = prefixed(rest).ok_or("a metadata value is cut off")?;
        metadata.push(key, value);
        bytes = rest;
    }
    Ok(metadata)
}

fn window([b0, b1, b2, b3, i0, i1, i2, i3]: [u8; 8]) -> Result<(u32, u32), &'static str> {
    let (bytes, items) = (u32::from_le_bytes([b0, b1, b2, b3]), u32::from_le_bytes([i0, i1, i2, i3]));
    if bytes == 0 || items == 0 { Err("a window lets nothing through") } else { Ok((bytes, items)) }
}

/// A value with its length before it, and what follows.
fn prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], &'static str> {
    value.try_into().map_err(|_| "an entry does not have the length of its type")
}

/// The time that a request leaves, from the last word of its head and its block; `None` is no deadline. Says the
/// longest that the head alone can, 71 minutes, where the block should say more and does not.
#[must_use]
pub fn time_left(extra: u32, block: &Block) -> Option<Duration> {
    let exact = block.time_left.filter(|_| extra == IN_BLOCK);
    (extra != 0).then(|| Duration::from_micros(exact.unwrap_or_else(|| extra.into())))
}

/// A time left as a request says it: the last word of the head, and the block's entry where the head is too small.
/// Rounded up to a whole µs and at least one, for 0 would be no deadline at all.
#[must_use]
pub fn encode_time_left(left: Duration) -> (u32, Option<u64>) {
    let micros = u64::try_from(left.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
    match u32::try_from(micros) {
        Ok(extra) if extra != IN_BLOCK => (extra, None),
        _ => (IN_BLOCK, Some(micros)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn encoded(block: &Block) -> BytesMut {
        let mut out = BytesMut::new();
        block.encode(&mut out);
        out
    }

    /// A block of entries given as they stand on the wire.
    fn raw(entries: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = BytesMut::new();
        for (kind, value) in entries {
            entry(&mut out, *kind, value.len());
            out.put_slice(value);
        }
        [&(out.len() as u16).to_le_bytes(), &out[..]].concat()
    }

    fn refusal(bytes: &[u8]) -> &'static str {
        split(bytes, &Limits::default()).expect_err("it is malformed")
    }

    prop_compose! {
        fn pairs()(pairs in vec(("[a-z0-9._-]{1,40}", vec(any::<u8>(), 0..80)), 0..20)) -> Metadata {
            let mut metadata = Metadata::default();
            for (key, value) in pairs {
                metadata.push(&key, &value);
            }
            metadata
        }
    }

    prop_compose! {
        fn a_block()(
            metadata in option::of(pairs()),
            time_left in any::<Option<u64>>(),
            retry_after in any::<Option<u32>>(),
            window in option::of((1..=u32::MAX, 1..=u32::MAX)),
        ) -> Block {
            Block { metadata, time_left, retry_after, window }
        }
    }

    proptest! {
        #[test]
        fn a_block_survives_the_wire_and_no_part_of_it_is_taken_for_it(block in a_block(), body: Vec<u8>) {
            let limits = Limits::default();
            let bytes = encoded(&block);
            for cut in 0..bytes.len() {
                prop_assert!(split(&bytes[..cut], &limits).is_err());
            }
            let message = [&bytes[..], &body].concat();
            prop_assert_eq!(split(&message, &limits), Ok((block, &body[..])));
        }

        #[test]
        fn no_bytes_make_it_panic_and_what_it_reads_is_within_the_limits(
            bytes: Vec<u8>,
            damage: [prop::sample::Index; 2],
            block in a_block(),
        ) {
            let limits = Limits { metadata_bytes: 300, metadata_pairs: 5, ..Limits::default() };
            let mut damaged = encoded(&block);
            let (from, to) = (damage[0].index(damaged.len()), damage[1].index(damaged.len()));
            damaged[to] = damaged[from];
            for message in [&bytes[..], &damaged, &raw(&[(METADATA, &bytes)])] {
                if let Ok((Block { metadata: Some(metadata), .. }, _)) = split(message, &limits) {
                    prop_assert!(metadata.encoded_len() <= 300 && metadata.len() <= 5);
                }
            }
        }

        #[test]
        fn a_time_left_is_rounded_up_and_never_becomes_none(nanos in 0_u64..) {
            let left = Duration::from_nanos(nanos);
            let (extra, time) = encode_time_left(left);
            let read = time_left(extra, &Block { time_left: time, ..Block::default() }).expect("a deadline");
            prop_assert!(read >= left && read - left <= Duration::from_micros(1));
        }
    }

    #[test]
    fn the_times_at_the_bounds_are_exact() {
        let micros = Duration::from_micros;
        let last = u64::from(u32::MAX);
        for (left, head) in [
            (Duration::ZERO, (1, None)),
            (Duration::from_nanos(1), (1, None)),
            (micros(1), (1, None)),
            (Duration::from_nanos(1_001), (2, None)),
            (micros(last - 1), (u32::MAX - 1, None)),
            (micros(last), (u32::MAX, Some(last))),
            (micros(last + 1), (u32::MAX, Some(last + 1))),
            (Duration::MAX, (u32::MAX, Some(u64::MAX))),
        ] {
            assert_eq!(encode_time_left(left), head, "{left:?}");
        }
        assert_eq!(time_left(0, &Block { time_left: Some(7), ..Block::default() }), None);
        assert_eq!(time_left(5, &Block { time_left: Some(7), ..Block::default() }), Some(micros(5)));
        assert_eq!(time_left(u32::MAX, &Block::default()), Some(micros(last)));
    }

    #[test]
    fn entries_of_unknown_type_are_skipped_and_known_ones_stand_once() {
        let unknown = raw(&[(0, b"x"), (5, b""), (255, &[0; 300]), (5, b"")]);
        assert_eq!(split(&unknown, &Limits::default()), Ok((Block::default(), &[][..])));
        for (kind, value) in [(METADATA, &[][..]), (LONG_DEADLINE, &[0; 8]), (RETRY_AFTER, &[0; 4]), (WINDOW, &[1; 8])]
        {
            assert_eq!(refusal(&raw(&[(kind, value), (kind, value)])), "an entry stands twice");
        }
    }

    #[test]
    fn what_does_not_have_its_form_is_refused() {
        let length = "an entry does not have the length of its type";
        let (key, value) = ("a metadata key is malformed", "a metadata value is cut off");
        for (bytes, why) in [
            (vec![], "it is longer than its message"),
            (vec![9, 0, 1], "it is longer than its message"),
            (vec![3, 0, 1, 9, 0], "an entry is longer than the block"),
            (vec![1, 0, 1], "an entry is longer than the block"),
            (raw(&[(LONG_DEADLINE, &[0; 7])]), length),
            (raw(&[(RETRY_AFTER, &[0; 5])]), length),
            (raw(&[(WINDOW, &[1; 7])]), length),
            (raw(&[(WINDOW, &[1, 0, 0, 0, 0, 0, 0, 0])]), "a window lets nothing through"),
            (raw(&[(METADATA, &[0, 0, 0])]), key),
            (raw(&[(METADATA, b"\x01K\x00\x00")]), key),
            (raw(&[(METADATA, b"\x01\xff\x00\x00")]), key),
            (raw(&[(METADATA, b"\x09key")]), "a metadata key is cut off"),
            (raw(&[(METADATA, b"\x01k\x00")]), value),
            (raw(&[(METADATA, b"\x01k\x02\x00v")]), value),
        ] {
            assert_eq!(refusal(&bytes), why, "{bytes:?}");
        }
    }

    #[test]
    fn metadata_is_taken_up_to_its_limits_and_not_beyond() {
        let mut metadata = Metadata::default();
        metadata.push("key", &[7; 94]);
        metadata.push("key", b"");
        let message = encoded(&Block { metadata: Some(metadata), ..Block::default() });
        let limits = |metadata_bytes, metadata_pairs| Limits { metadata_bytes, metadata_pairs, ..Limits::default() };
        assert!(split(&message, &limits(106, 2)).is_ok());
        let error = split(&message, &limits(105, 2)).expect_err("too many bytes");
        assert!(error.contains("`metadata_bytes`"));
        let error = split(&message, &limits(106, 1)).expect_err("too many pairs");
        assert!(error.contains("`metadata_pairs`"));
    }

    #[test]
    fn the_longest_metadata_fits_beside_all_other_entries() {
        let mut metadata = Metadata::default();
        metadata.insert("k", vec![1; Metadata::LONGEST - 4]).expect("it fits");
        let block = Block { metadata: Some(metadata), time_left: Some(1), retry_after: Some(2), window: Some((3, 4)) };
        let limits = Limits { metadata_bytes: usize::MAX, ..Limits::default() };
        assert_eq!(split(&encoded(&block), &limits), Ok((block, &[][..])));
    }
}
