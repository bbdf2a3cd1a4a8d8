//! Lines of a log, as events of `tracing`, and how many of them there may be.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use tracing::{Level, event, event_enabled};

use super::Cause;
use crate::status::one_line;

/// Lines of one cause in a second.
const LINES: u32 = 10;

/// When the first line was to be said: seconds are counted from it.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
/// One per cause; of the process, because its log is.
static RATES: [Rate; 11] = [const { Rate::new() }; 11];

/// Says a line, unless too many of its cause were said. What `text` gives is put on one line, whatever a peer has put in.
pub(crate) fn say(cause: Cause, peer: &str, text: impl FnOnce() -> String) {
    use Cause::{
        Accepted, Connected, Ended, Exposed, Lost, Misbehaved, NoHello, NotAccepting, Refused, TurnedAway, Unreached,
    };
    macro_rules! at {
        ($level:expr) => {
            if event_enabled!(target: "rpc_core", $level)
                && let Some(left_out) = RATES[cause as usize].line(START.elapsed().as_secs())
            {
                let text = text();
                let text = one_line(&text);
                match left_out {
                    0 => event!(target: "rpc_core", $level, ?cause, peer, "{text}"),
                    _ => event!(target: "rpc_core", $level, ?cause, peer, left_out, "{text}"),
                }
            }
        };
    }
    match cause {
        Accepted | Ended | Connected => at!(Level::DEBUG),
        Refused | Lost => at!(Level::INFO),
        NotAccepting | TurnedAway | NoHello | Misbehaved | Exposed | Unreached => at!(Level::WARN),
    }
}

/// How many lines there were in this second.
struct Rate {
    second: AtomicU64,
    lines: AtomicU32,
    left_out: AtomicU64,
}

impl Rate {
    const fn new() -> Self {
        Self { second: AtomicU64::new(0), lines: AtomicU32::new(0), left_out: AtomicU64::new(0) }
    }

    /// Whether there may be one more, and how many were left out before it. Threads that see a second begin together may
    /// say a line or two more.
    fn line(&self, second: u64) -> Option<u64> {
        if self.second.swap(second, Relaxed) != second {
            self.lines.store(0, Relaxed);
        }
        if self.lines.fetch_add(1, Relaxed) < LINES {
            return Some(self.left_out.swap(0, Relaxed));
        }
        self.left_out.fetch_add(1, Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_tenth_of_a_second_are_counted_and_not_said() {
        let rate = Rate::new();
        let said = |second| (0..25).map(|_| rate.line(second)).collect::<Vec<_>>();
        assert_eq!(said(0), [vec![Some(0); 10], vec![None; 15]].concat());
        assert_eq!(said(3), [vec![Some(15)], vec![Some(0); 9], vec![None; 15]].concat());
    }

    #[test]
    fn every_cause_has_its_rate() {
        assert_eq!(Cause::Lost as usize, RATES.len() - 1);
    }
}
