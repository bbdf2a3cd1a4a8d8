//! When calls are to begin, for a load with a rate. Knows no calls.

use std::time::{Duration, Instant};

use tokio::{sync::Mutex, task::yield_now, time::sleep};

/// The timer is exact to a millisecond: the last two before a start are spent yielding.
const FINE: Duration = Duration::from_millis(2);

/// Starts at equal distances. Who asks next has the next one, however late it is: a load that waits for a slow server
/// would hide what it costs those who do not wait.
#[derive(Debug)]
pub(crate) struct Pacer {
    next: Mutex<Instant>,
    distance: Duration,
}

impl Pacer {
    pub(crate) fn new(first: Instant, per_second: f64) -> Self {
        Self { next: Mutex::new(first), distance: Duration::from_secs_f64(1.0 / per_second) }
    }

    /// Waits for the next start. Only one task at a time watches the clock.
    pub(crate) async fn start(&self) -> Instant {
        let mut next = self.next.lock().await;
        let start = *next;
        loop {
            let left = start.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match left.checked_sub(FINE) {
                Some(coarse) => sleep(coarse).await,
                None => yield_now().await,
            }
        }
        *next = start + self.distance;
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn starts_that_are_late_keep_their_times_and_are_given_at_once() {
        let first = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let pacer = Pacer::new(first, 1_000.0);
        for late in 0..3 {
            assert_eq!(pacer.start().await, first + late * Duration::from_millis(1));
        }
    }

    #[tokio::test]
    async fn no_start_is_given_before_its_time() {
        let first = Instant::now() + Duration::from_millis(5);
        let start = Pacer::new(first, 1.0).start().await;
        assert!(start == first && Instant::now() >= first);
    }
}
