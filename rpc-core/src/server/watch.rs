//! Whether a peer goes on with what it has begun. Looked at now and then by a connection's driver; a thing is stalled
//! when it has shown the same progress at each look for too long. Knows neither frames nor clocks.

use std::time::Duration;

use tokio::time::Instant;

/// Something that a peer has begun, from look to look.
#[derive(Debug, Default)]
pub(super) struct Watch(Option<(u64, Instant)>);

impl Watch {
    /// A look: `progress` is `None` where nothing is under way, else a number that changes with each step. Whether it
    /// has not changed for `limit`.
    pub(super) fn stalled(&mut self, progress: Option<u64>, now: Instant, limit: Duration) -> bool {
        let since = match (self.0, progress) {
            (Some((before, since)), Some(progress)) if before == progress => since,
            _ => now,
        };
        self.0 = progress.map(|progress| (progress, since));
        now.duration_since(since) >= limit && progress.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_under_way_and_does_not_move_stalls() {
        const LIMIT: Duration = Duration::from_secs(10);
        let (mut watch, start) = (Watch::default(), Instant::now());
        let looks = [
            (0, Some(1), false),
            (9, Some(1), false),
            (10, Some(2), false),
            (19, Some(2), false),
            (20, None, false),
            (21, Some(2), false),
            (30, Some(2), false),
            (31, Some(2), true),
            (32, Some(3), false),
        ];
        for (seconds, progress, expected) in looks {
            let now = start + Duration::from_secs(seconds);
            assert_eq!(watch.stalled(progress, now, LIMIT), expected, "after {seconds} s");
        }
    }
}
