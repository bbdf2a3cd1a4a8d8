//! What this process has of the system, to see whether anything is left of connections that have ended.

use std::{
    fs,
    time::{Duration, Instant},
};

/// Descriptors and mappings of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftovers {
    descriptors: usize,
    /// Of memory files: regions.
    mappings: usize,
}

impl Leftovers {
    /// What there is now.
    ///
    /// # Panics
    /// When the system does not say.
    #[must_use]
    pub fn now() -> Self {
        let descriptors = fs::read_dir("/proc/self/fd").expect("a process can see its descriptors").count();
        let maps = fs::read_to_string("/proc/self/maps").expect("a process can see its mappings");
        Self { descriptors, mappings: maps.lines().filter(|line| line.contains("/memfd:")).count() }
    }

    /// Waits until there is no more than this. What goes on beside the trials may still be closing.
    ///
    /// # Errors
    /// What is left after a time that is long for that.
    pub async fn until_equal(self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            let now = Self::now();
            if now == self {
                return Ok(());
            }
            if start.elapsed() > Duration::from_secs(10) {
                return Err(format!("before it was {self:?}, now it is {now:?}"));
            }
            tokio::task::yield_now().await;
        }
    }
}
