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
    /// No frame is expected.
    idle: bool,
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
        Self { most, limit: FIRST.min(most), wait: None, vain: 0, skip: 0, pause: 0, idle: false }
    }

    /// Whether no frame is expected: what comes then says nothing of how long it pays to look.
    pub(super) fn set_idle(&mut self, idle: bool) {
        self.idle = idle;
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
        if self.idle {
            self.wait = None;
            return false;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_micros(50);

    /// The rule, and a clock that goes when it is told to.
    struct Waits {
        spin: Spin,
        now: Instant,
    }

    impl Waits {
        fn new(most: Duration) -> Self {
            Self { spin: Spin::new(most), now: Instant::now() }
        }

        /// With that limit.
        fn at(limit: Duration) -> Self {
            let mut waits = Self::new(MOST);
            waits.spin.limit = limit;
            waits
        }

        fn limit(&self) -> Duration {
            self.spin.limit
        }

        fn goes_on(&mut self, after: Duration) -> bool {
            self.now += after;
            self.spin.goes_on(self.now)
        }

        fn came(&mut self, after: Duration) {
            self.now += after;
            self.spin.came(self.now);
            assert!(!self.spin.waits());
        }

        /// Looks every microsecond, rests, and a frame comes that long after the first look. Whether it looked at all.
        fn rests(&mut self, took: Duration) -> bool {
            let since = self.now;
            let looked = self.goes_on(Duration::ZERO);
            while self.goes_on(Duration::from_micros(1)) {}
            self.came(took.saturating_sub(self.now - since));
            looked
        }

        /// Others run between two looks; a frame comes soon. Whether it looked at all.
        fn is_contended(&mut self) -> bool {
            let looked = self.goes_on(Duration::ZERO);
            assert!(!self.goes_on(2 * OTHERS), "others have use for the processor");
            self.came(Duration::ZERO);
            looked
        }
    }

    #[test]
    fn the_limit_doubles_where_frames_come_soon_after_a_rest_up_to_the_most_that_pays() {
        let mut waits = Waits::new(MOST);
        for expected in [2, 4, 8, 16, 32, 50, 50] {
            assert_eq!(waits.limit(), Duration::from_micros(expected));
            assert!(waits.rests(MOST));
        }
    }

    #[test]
    fn the_limit_is_twice_what_a_wait_without_a_rest_took() {
        let mut waits = Waits::at(Duration::from_micros(10));
        assert!(waits.goes_on(Duration::ZERO) && waits.goes_on(Duration::from_micros(4)));
        waits.came(Duration::from_micros(4));
        assert_eq!(waits.limit(), Duration::from_micros(16));
        assert!(waits.goes_on(Duration::ZERO));
        waits.came(Duration::from_micros(1));
        assert_eq!(waits.limit(), Duration::from_micros(16), "shorter ones fit as well");
    }

    #[test]
    fn the_limit_halves_where_frames_come_late_until_nothing_is_left() {
        let mut waits = Waits::at(MOST);
        for _ in 0..6 {
            let before = waits.limit();
            assert!(waits.rests(2 * MOST));
            assert_eq!(waits.limit(), before / 2);
        }
        waits.rests(2 * MOST);
        assert_eq!(waits.limit(), Duration::ZERO, "a caller that is idle does not look");
        assert!(!waits.spin.expect(waits.now), "nor does it look in place");
        assert_eq!(waits.spin.in_place(), Duration::ZERO);
        waits.came(2 * MOST);
        assert!(!waits.rests(MOST), "it rests at once");
        assert_eq!(waits.limit(), FIRST, "and begins anew with the first frame that comes soon");
    }

    #[test]
    fn who_never_looks_is_not_taught_to() {
        let mut waits = Waits::new(Duration::ZERO);
        for took in [Duration::ZERO, Duration::from_nanos(10), MOST] {
            assert!(!waits.spin.expect(waits.now));
            waits.came(took);
            assert!(!waits.rests(took));
            assert_eq!((waits.limit(), waits.spin.in_place()), (Duration::ZERO, Duration::ZERO));
        }
    }

    #[test]
    fn a_look_in_place_is_short_and_what_it_finds_changes_nothing() {
        let mut waits = Waits::at(Duration::from_micros(20));
        assert!(waits.spin.expect(waits.now));
        assert_eq!(waits.spin.in_place(), IN_PLACE);
        waits.spin.came_in_place();
        assert_eq!((waits.limit(), waits.spin.waits()), (Duration::from_micros(20), false));
        // Nothing comes in place: the same wait goes on between the turns of others, and is not looked for in place again.
        let since = waits.now;
        waits.now += IN_PLACE;
        waits.spin.nothing_in_place(since, waits.now);
        assert_eq!(waits.spin.in_place(), Duration::ZERO);
        assert!(waits.goes_on(Duration::from_micros(4)) && !waits.goes_on(Duration::from_micros(20)));
        waits.came(Duration::ZERO);
        assert_eq!(waits.limit(), Duration::from_micros(40));
    }

    #[test]
    fn a_look_in_place_during_which_others_ran_is_no_reason_to_go_on() {
        let mut waits = Waits::at(MOST);
        let since = waits.now;
        waits.now += 3 * IN_PLACE + OTHERS;
        waits.spin.nothing_in_place(since, waits.now);
        assert!(!waits.goes_on(Duration::ZERO));
    }

    #[test]
    fn waits_in_which_others_run_lead_to_pauses_that_double_and_end_with_one_success() {
        let mut waits = Waits::new(MOST);
        for pause in (1..=LONGEST_WHILE).chain([LONGEST_WHILE; 2]) {
            for _ in 0..IN_VAIN {
                assert!(waits.is_contended());
            }
            for wait in 0..1 << pause {
                assert_eq!((waits.limit(), waits.spin.in_place()), (Duration::ZERO, Duration::ZERO));
                assert!(!waits.rests(FIRST), "wait {wait} of a pause of 2^{pause}");
            }
            assert!(!waits.rests(FIRST), "the first one behind it has no limit yet");
            assert_eq!(waits.limit(), FIRST);
        }
        waits.spin.came_in_place();
        for _ in 0..IN_VAIN {
            assert!(waits.is_contended());
        }
        for _ in 0..=2 {
            assert!(!waits.rests(FIRST), "the pause is the shortest again");
        }
        assert!(waits.is_contended());
    }

    #[test]
    fn a_success_between_two_waits_in_vain_leads_to_no_pause() {
        let mut waits = Waits::new(MOST);
        for _ in 0..10 {
            for _ in 1..IN_VAIN {
                assert!(waits.is_contended());
            }
            assert!(waits.goes_on(Duration::ZERO));
            waits.came(Duration::from_nanos(100));
        }
        assert!(waits.limit() >= FIRST);
    }

    #[test]
    fn who_expects_nothing_rests_at_once_and_learns_nothing_from_what_comes() {
        let mut waits = Waits::at(MOST);
        waits.spin.set_idle(true);
        assert!(!waits.spin.goes_on(waits.now));
        waits.spin.came(waits.now + Duration::from_secs(1));
        assert_eq!(waits.spin.limit, MOST);
        waits.spin.set_idle(false);
        assert!(waits.spin.goes_on(waits.now));
    }
}
