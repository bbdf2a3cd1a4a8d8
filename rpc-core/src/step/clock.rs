//! The machine's monotonic clock, the same for all processes; std's `Instant` hides its value.

use std::time::Duration;

pub(super) fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
