//! Pairs that travel with a message beside its value: names of tenants, tokens, traces.
//!
//! Keys are lower-case text, values are any bytes; pairs keep their order. What a peer accepts is bounded by
//! [`Limits::metadata_bytes`](crate::Limits::metadata_bytes) and `metadata_pairs`. How the pairs stand on the wire is
//! not known here (protocol §4.4), only their length.

use std::fmt;

/// Longest value that `Debug` prints, in bytes: enough for a name or an id, too little for most tokens to leak.
const PRINTED: usize = 64;
/// Bytes of a pair on the wire beside its key and value: the two lengths.
const LENGTHS: usize = 3;

/// The metadata of one message.
///
/// ```
/// let mut metadata = rpc_core::Metadata::default();
/// metadata.insert("tenant", "eu")?;
/// assert_eq!(metadata.text("tenant"), Some("eu"));
/// assert!(metadata.insert("Tenant", "eu").is_err()); // keys are lower-case
/// # Ok::<(), rpc_core::MetadataError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(Box<str>, Box<[u8]>)>);

/// A pair that metadata cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The key does not have the form of a key.
    #[error("the metadata key {key:?} is not 1 to 255 characters of a-z 0-9 . _ -")]
    Key {
        /// The key as given.
        key: String,
    },
    /// The pairs together would be longer than a message can carry.
    #[error("metadata would be {got} bytes long with {key:?}, at most {limit} fit")]
    TooLong {
        /// The key of the pair that does not fit.
        key: String,
        /// Bytes that all pairs would need.
        got: usize,
        /// Bytes that fit.
        limit: usize,
    },
}

impl Metadata {
    /// Most bytes that the pairs of a message need together, as encoded: 60 KiB. Their place on the wire counts with
    /// 16 bits and has other entries too.
    pub const LONGEST: usize = 60 << 10;

    /// Sets a pair: it replaces all pairs of that key and stands last.
    ///
    /// # Errors
    /// A key that is not 1 to 255 characters of `a-z 0-9 . _ -`; pairs that are together longer than
    /// [`LONGEST`](Self::LONGEST).
    pub fn insert(&mut self, key: &str, value: impl AsRef<[u8]>) -> Result<(), MetadataError> {
        let value = value.as_ref();
        if !is_key(key.as_bytes()) {
            return Err(MetadataError::Key { key: key.into() });
        }
        let others: usize = self.iter().filter(|(other, _)| *other != key).map(|(key, value)| cost(key, value)).sum();
        let got = others.saturating_add(cost(key, value));
        if got > Self::LONGEST {
            return Err(MetadataError::TooLong { key: key.into(), got, limit: Self::LONGEST });
        }
        self.0.retain(|(other, _)| **other != *key);
        self.push(key, value);
        Ok(())
    }

    /// Adds a pair that has been checked; a key may come more than once from a peer.
    pub(crate) fn push(&mut self, key: &str, value: &[u8]) {
        self.0.push((key.into(), value.into()));
    }

    /// The first value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// The first value of a key, where it is text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        std::str::from_utf8(self.get(key)?).ok()
    }

    /// The pairs, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that the pairs need on the wire.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.iter().map(|(key, value)| cost(key, value)).sum()
    }
}

fn cost(key: &str, value: &[u8]) -> usize {
    LENGTHS.saturating_add(key.len()).saturating_add(value.len())
}

/// Whether bytes have the form of a key; such bytes are ASCII.
pub(crate) fn is_key(key: &[u8]) -> bool {
    (1..=255).contains(&key.len())
        && key.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in self.iter() {
            if value.len() > PRINTED {
                map.entry(&key, &format_args!("({} bytes)", value.len()));
            } else {
                map.entry(&key, &format_args!("\"{}\"", value.escape_ascii()));
            }
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_form_is_refused_and_named() {
        let mut metadata = Metadata::default();
        for key in ["", "Tenant", "a b", "ä", "a\0", "a/b", &"k".repeat(256)] {
            assert_eq!(metadata.insert(key, "v"), Err(MetadataError::Key { key: key.into() }));
        }
        assert!(metadata.is_empty());
        for key in ["a", "x-request-id", "a.b_c-9", &"k".repeat(255)] {
            assert_eq!(metadata.insert(key, [0, 255]), Ok(()));
        }
        assert_eq!(metadata.len(), 4);
    }

    #[test]
    fn a_pair_replaces_those_of_its_key_and_stands_last() {
        let mut metadata = Metadata::default();
        for (key, value) in [("user", "eve"), ("tenant", "eu"), ("user", "mallory")] {
            metadata.push(key, value.as_bytes());
        }
        assert_eq!(metadata.text("user"), Some("eve"));
        metadata.insert("user", "alice").unwrap();
        let pairs: Vec<_> = metadata.iter().collect();
        assert_eq!(pairs, [("tenant", &b"eu"[..]), ("user", &b"alice"[..])]);
    }

    #[test]
    fn pairs_fit_exactly_up_to_the_longest_and_a_refused_pair_changes_nothing() {
        let mut metadata = Metadata::default();
        metadata.insert("a", vec![0; Metadata::LONGEST - 4]).unwrap();
        assert_eq!(metadata.encoded_len(), Metadata::LONGEST);
        let before = metadata.clone();
        let got = Metadata::LONGEST + 4;
        let error = MetadataError::TooLong { key: "b".into(), got, limit: Metadata::LONGEST };
        assert_eq!(metadata.insert("b", ""), Err(error));
        assert_eq!(metadata, before);
        metadata.insert("a", "short again").unwrap();
        metadata.insert("b", "").unwrap();
    }

    #[test]
    fn debug_prints_short_values_escaped_and_of_long_ones_the_length() {
        let mut metadata = Metadata::default();
        metadata.insert("id", b"a\xff").unwrap();
        metadata.insert("token", "s".repeat(65)).unwrap();
        assert_eq!(format!("{metadata:?}"), r#"{"id": "a\xff", "token": (65 bytes)}"#);
    }
}
