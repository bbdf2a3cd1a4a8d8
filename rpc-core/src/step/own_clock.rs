//! A monotonic clock of this process alone, for systems where processes share none.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(super) fn now() -> Duration {
    START.elapsed()
}
