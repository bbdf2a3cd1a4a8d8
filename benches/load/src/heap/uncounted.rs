//! Counts nothing, and so takes no time.

use super::Heap;

pub(super) fn counts() -> Option<Heap> {
    None
}

/// Nobody can ask for counts that there are not.
pub(crate) fn answer() {}
