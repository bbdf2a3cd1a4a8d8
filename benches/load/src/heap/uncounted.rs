//! Counts nothing, and so takes no time.

use super::Heap;

pub(super) fn counts() -> Option<Heap> {
    None
}
