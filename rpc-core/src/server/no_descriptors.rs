//! How many files a process may open, on a system that has no such number.

/// Unknown.
pub(super) fn limit() -> Option<usize> {
    None
}
