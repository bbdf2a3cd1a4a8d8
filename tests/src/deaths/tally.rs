//! What came of many trials, for people and for tests.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{calls::Outcome, means::Side, trial::Verdict};

/// Sums over trials.
#[derive(Debug, Default)]
pub struct Tally {
    /// How often who died by which means.
    pub deaths: BTreeMap<(Side, &'static str), usize>,
    /// How often at which place.
    pub places: BTreeMap<String, usize>,
    /// Victims that were done before.
    pub done: usize,
    /// How calls of surviving clients ended.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Calls that surviving servers were given.
    pub served: u64,
    /// Calls, or handlers, that ended twice.
    pub twice: usize,
    /// Those that never ended.
    pub never: usize,
    /// What was wrong otherwise.
    pub wrong: Vec<String>,
    /// What was left of a round.
    pub left: Vec<String>,
    latencies: Vec<Duration>,
    nexts: Vec<Duration>,
}

impl Tally {
    pub(super) fn add(&mut self, side: Side, means: &'static str, verdict: Verdict) {
        if verdict.amid {
            *self.deaths.entry((side, means)).or_default() += 1;
            self.latencies.push(verdict.latency);
        } else {
            self.done += 1;
        }
        for place in verdict.places {
            *self.places.entry(place).or_default() += 1;
        }
        for (outcome, count) in verdict.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.served += verdict.served;
        self.twice += verdict.twice;
        self.never += verdict.never;
        self.wrong.extend(verdict.wrong);
        self.nexts.push(verdict.next);
    }

    /// The sum of two.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        other.deaths.into_iter().for_each(|(key, count)| *self.deaths.entry(key).or_default() += count);
        other.places.into_iter().for_each(|(key, count)| *self.places.entry(key).or_default() += count);
        other.outcomes.into_iter().for_each(|(key, count)| *self.outcomes.entry(key).or_default() += count);
        self.done += other.done;
        self.served += other.served;
        self.twice += other.twice;
        self.never += other.never;
        self.wrong.extend(other.wrong);
        self.left.extend(other.left);
        self.latencies.extend(other.latencies);
        self.nexts.extend(other.nexts);
        self
    }

    /// How many victims have died amid their work.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.deaths.values().sum()
    }

    /// The longest time from a death to the last outcome of what was under way.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.latencies.iter().max().copied().unwrap_or_default()
    }

    /// Whether nothing was wrong, however long it took.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.twice + self.never + self.wrong.len() + self.left.len() == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} deaths:", self.dead())?;
        for ((side, means), count) in &self.deaths {
            write!(f, " {side} {means} {count},")?;
        }
        writeln!(f, " and {} were done before", self.done)?;
        writeln!(f, "calls of clients: {:?}; calls given to servers: {}", self.outcomes, self.served)?;
        writeln!(f, "ended twice {}, never {}; left over {}", self.twice, self.never, self.left.len())?;
        writeln!(f, "from the death to the last outcome: {}", Spread(&self.latencies))?;
        writeln!(f, "until the next one works: {}", Spread(&self.nexts))?;
        for (place, count) in &self.places {
            writeln!(f, "{count:6} at {place}")?;
        }
        self.wrong.iter().chain(&self.left).try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))
    }
}

/// Times, in a line.
struct Spread<'a>(&'a [Duration]);

impl fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.0.to_vec();
        times.sort_unstable();
        let at = |part: f64| times.get((times.len() as f64 * part) as usize).or_else(|| times.last()).copied();
        let [half, most, nearly, all] = [0.5, 0.99, 0.999, 1.0].map(|part| at(part).unwrap_or_default());
        write!(f, "p50 {half:.1?}, p99 {most:.1?}, p99.9 {nearly:.1?}, max {all:.1?}")
    }
}
