//! Fields that are bytes in one run: the same bytes as serde's own `Vec<u8>`, and the same refusals.

use serde::{Deserialize, Serialize};

use super::{counted, decode, decoded, encoded, refusal};
use crate::codec::{CodecError, CodecId};
use crate::limits::DecodeLimits;

const BINARY: CodecId = CodecId::BINARY;

/// The layout is held by `golden`, with other implementations: it is that of serde's own `Vec<u8>`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct OneByOne {
    content: Vec<u8>,
    digest: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct InOneRun {
    #[serde(with = "crate::codec::bytes")]
    pub(super) content: Vec<u8>,
    #[serde(with = "crate::codec::bytes", default)]
    pub(super) digest: Option<Vec<u8>>,
}

fn chunks() -> impl Iterator<Item = (OneByOne, InOneRun)> {
    let contents = [vec![], vec![7], (0..=255).collect::<Vec<u8>>()];
    let digests = [None, Some(vec![]), Some(vec![1, 0, 255])];
    contents.into_iter().flat_map(move |content| {
        digests.clone().map(|digest| {
            let one_by_one = OneByOne { content: content.clone(), digest: digest.clone() };
            (one_by_one, InOneRun { content: content.clone(), digest })
        })
    })
}

#[test]
fn bytes_in_one_run_are_written_as_one_by_one_and_read_from_it() {
    for &codec in CodecId::SUPPORTED {
        for (one_by_one, in_one_run) in chunks() {
            let written = encoded(codec, &in_one_run);
            assert_eq!(written, encoded(codec, &one_by_one), "{codec}");
            assert_eq!(decoded::<InOneRun>(codec, &written).unwrap(), in_one_run, "{codec}");
            assert_eq!(decoded::<OneByOne>(codec, &written).unwrap(), one_by_one, "{codec}");
        }
    }
    let chunk = InOneRun { content: vec![1, 2], digest: Some(vec![3]) };
    let golden = [counted(2, &[1, 2]), vec![1], counted(1, &[3])].concat();
    assert_eq!(encoded(BINARY, &chunk), golden);
}

#[test]
fn a_length_that_the_message_does_not_have_is_refused_without_allocating_it() {
    for len in [1 << 32, 100_000_000_000_000, u64::MAX] {
        let missing = usize::try_from(len).unwrap() - 1;
        let end = CodecError::UnexpectedEnd { missing };
        assert_eq!(refusal::<InOneRun>(BINARY, &counted(len, b"x")), end);
        let digest = [counted(0, &[1]), counted(len, b"x")].concat();
        assert_eq!(refusal::<InOneRun>(BINARY, &digest), end);
    }
}

#[test]
fn bytes_in_one_run_are_read_at_once_and_cost_no_elements() {
    let limits = DecodeLimits { memory_factor: 0, memory_floor: 0, ..DecodeLimits::default() };
    let written = [counted(2, &[1, 2]), vec![1], counted(1, &[3])].concat();
    assert!(decode::<InOneRun>(BINARY, &written, &limits).is_ok());
    let refused = decode::<OneByOne>(BINARY, &written, &limits).unwrap_err();
    assert_eq!(refused, CodecError::Memory { needed: 2, limit: 0 });
}
