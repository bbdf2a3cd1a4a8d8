//! How long a client pauses between two attempts to connect: doubling, capped, and shortened by chance. Knows no clock.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use crate::limits::Limits;

/// The pause after so many attempts in a row that failed, at least one.
pub(super) fn pause(limits: &Limits, failed: usize) -> Duration {
    let doublings = u32::try_from(failed.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    let longest = limits.backoff_min.saturating_mul(factor).min(limits.backoff_max);
    longest.mul_f64(1.0 - 0.5 * chance())
}

/// Any number from 0 to 1. The standard library seeds its hashers by chance, which spares a dependency; no secret hangs
/// on it.
fn chance() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_are_shortened_by_at_most_a_half() {
        let limits = Limits::default().backoff_min(Duration::from_millis(100)).backoff_max(Duration::from_secs(1));
        for (failed, longest) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000), (33, 1_000), (usize::MAX, 1_000)]
        {
            let longest = Duration::from_millis(longest);
            for _ in 0..100 {
                let pause = pause(&limits, failed);
                assert!(longest / 2 <= pause && pause <= longest, "{pause:?} after {failed}");
            }
        }
        let endless = Limits::default().backoff_min(Duration::MAX).backoff_max(Duration::MAX);
        assert!(pause(&endless, usize::MAX) > Duration::from_secs(1 << 40));
    }

    #[test]
    fn two_clients_do_not_pause_alike() {
        let pauses: Vec<Duration> = (0..20).map(|_| pause(&Limits::default(), 1)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
