//! The points of a build without the feature `faults`: nothing.

#[inline(always)]
pub(super) fn point() {}
