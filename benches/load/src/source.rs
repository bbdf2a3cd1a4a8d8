//! What a load sends in a stream: when there is another item, and how many there have been. Knows no items.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// Items between two looks at the clock, which take longer than a small item does.
pub(crate) const LOOK: u64 = 64;

/// Says of each item that it may be sent, until there were enough of them or the time is over, which is first seen after
/// [`LOOK`] of them.
#[derive(Debug)]
pub struct Source {
    sent: u64,
    most: u64,
    until: Instant,
    /// Items between two looks at the clock.
    look: u64,
    shown: Arc<AtomicU64>,
}

impl Source {
    pub(crate) fn new(most: u64, until: Instant) -> Self {
        Self { sent: 0, most, until, look: LOOK, shown: Arc::default() }
    }

    /// Looks at the clock for every item but the first: for items that are far apart.
    #[must_use]
    pub fn slow(self) -> Self {
        Self { look: 1, ..self }
    }

    /// Where it shows how many items it has let go.
    pub(crate) fn shown(&self) -> Arc<AtomicU64> {
        self.shown.clone()
    }
}

impl Iterator for Source {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        let look = self.sent > 0 && self.sent.is_multiple_of(self.look);
        if self.sent == self.most || (look && Instant::now() >= self.until) {
            return None;
        }
        self.sent += 1;
        self.shown.store(self.sent, Relaxed); // nobody else writes it
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_source_ends_with_its_items_or_with_its_time() {
        let later = Instant::now() + Duration::from_secs(3_600);
        let enough = Source::new(1_000, later);
        let shown = enough.shown();
        assert_eq!((enough.count(), shown.load(Relaxed)), (1_000, 1_000));
        assert_eq!(Source::new(1_000, Instant::now()).count() as u64, LOOK);
        assert_eq!(Source::new(1_000, Instant::now()).slow().count(), 1);
    }
}
