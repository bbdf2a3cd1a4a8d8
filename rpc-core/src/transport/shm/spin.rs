//! How long it pays to look again and again for a frame before one rests. Decides only; others look, and tell it what they
//! found.
//!
//! ```text
//!   a wait:  in place, up to 3 µs ──▶ between other tasks' turns, up to the limit ──▶ at rest, until the bell
//! ```
//! The limit follows what waits have turned out to be: it grows where frames come soon after one has begun to rest, and
//! shrinks at once where they come late, or where looking keeps others from running.

use std::time::{Duration, Instant};

/// Longest time to look in one poll: less than what an ordinary handler takes.
const IN_PLACE: Duration = Duration::from_micros(3);
/// What a limit of 0 grows to.
const FIRST: Duration = Duration::from_micros(2);
/// Below it the limit is 0: a rest and a bell cost more by then, but looking would hardly ever succeed.
const LEAST: Duration = Duration::from_nanos(500);
/// Time between two looks of which others must have made use.
const OTHERS: Duration = Duration::from_micros(5);
/// Waits in a row in which others could have run and looking was in vain, after which none is made for a while.
const IN_VAIN: u32 = 3;
/// Longest such while, in waits, as a power of two.
const LONGEST_WHILE: u32 = 10;

/// The rule for one end of one connection.
#[derive(Debug)]
pub(super) struct Spin {
    /// Longest time that is ever worth it; 0 where it never is.
    most: Duration,
    limit: Duration,
    /// The wait that goes on.
    wait: Option<Wait>,
    /// Waits in vain in a row.
    vain: u32,
    /// Waits still to go without looking, and what their number was last.
    skip: u32,
    pause: u32,
}

#[derive(Debug)]
struct Wait {
    since: Instant,
    /// The last look between other tasks' turns.
    looked: Instant,
    /// Others have made use of the time.
    others: bool,
    rests: bool,
}

impl Spin {
    pub(super) fn new(most: Duration) -> Self {
        Self { most, limit: FIRST.min(most), wait: None, vain: 0, skip: 0, pause: 0 }
    }

    /// A frame is expected from now on. Whether looking for it in place is worth it.
    pub(super) fn expect(&mut self, now: Instant) -> bool {
        let looks = self.limit > Duration::ZERO && self.skip == 0;
        self.wait = (!looks).then_some(Wait { since: now, looked: now, others: false, rests: true });
        looks
    }

    /// How long to look in place, now that nothing is there. 0: not at all.
    pub(super) fn in_place(&self) -> Duration {
        if self.skip > 0 || self.wait.is_some() { Duration::ZERO } else { self.limit.min(IN_PLACE) }
    }

    /// Nothing came in place since then.
    pub(super) fn nothing_in_place(&mut self, since: Instant, now: Instant) {
        // Twice the time: somebody else had the processor meanwhile.
        let others = now.duration_since(since) > 2 * IN_PLACE + OTHERS;
        self.wait.get_or_insert(Wait { since, looked: now, others, rests: false });
    }

    /// Nothing is there. Whether to look again after others had their turn; else to rest.
    pub(super) fn goes_on(&mut self, now: Instant) -> bool {
        let (limit, skip) = (self.limit, self.skip);
        let wait = self.wait.get_or_insert(Wait { since: now, looked: now, others: false, rests: false });
        wait.others |= now.duration_since(wait.looked) > OTHERS;
        wait.looked = now;
        let goes_on = !wait.rests && skip == 0 && !wait.others && now.duration_since(wait.since) < limit;
        wait.rests |= !goes_on;
        goes_on
    }

    /// Whether a wait goes on, so that [`came`](Self::came) wants to know when it ends.
    pub(super) fn waits(&self) -> bool {
        self.wait.is_some()
    }

    /// A frame has come in place: what is done is right.
    pub(super) fn came_in_place(&mut self) {
        self.vain = 0;
        self.pause = 0;
    }

    /// A frame has come at the end of a wait.
    pub(super) fn came(&mut self, now: Instant) {
        let Some(wait) = self.wait.take() else { return };
        let took = now.duration_since(wait.since);
        if !wait.rests {
            self.came_in_place();
            self.limit = self.limit.max(2 * took).min(self.most);
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if self.limit > Duration::ZERO && wait.others {
            self.vain += 1;
        }
        if self.vain >= IN_VAIN {
            self.vain = 0;
            self.limit = Duration::ZERO;
            self.pause = (self.pause + 1).min(LONGEST_WHILE);
            self.skip = 1 << self.pause;
        } else if took <= self.most {
            self.limit = (2 * self.limit).max(FIRST).min(self.most);
        } else {
            self.limit /= 2;
            if self.limit < LEAST {
                self.limit = Duration::ZERO;
            }
        }
    }
}
