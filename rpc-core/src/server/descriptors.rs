//! How many files a process may open, as Unix says it.

use rustix::process::{Resource, getrlimit};

/// How many; `None` where there is no bound.
pub(super) fn limit() -> Option<usize> {
    getrlimit(Resource::Nofile).current.and_then(|limit| limit.try_into().ok())
}
