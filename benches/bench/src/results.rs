//! What was measured, as it is written to a file and read back. Knows no processes.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use rpc_load::Report;
use serde::{Deserialize, Serialize};

use crate::{
    machine::Machine,
    subject::{Group, Transport},
};

/// Everything that one run has measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// Rounds of the timed loads, and how long each took, in seconds.
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) timed: Vec<Timed>,
    pub(crate) idle: Vec<Idle>,
    pub(crate) heap: Vec<HeapUse>,
    pub(crate) kernel: Vec<Counted>,
    pub(crate) instructions: Vec<Counted>,
    pub(crate) steps: Vec<Steps>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<String>,
}

/// Who was measured, and over what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Who {
    pub(crate) subject: String,
    pub(crate) group: Group,
    pub(crate) transport: Transport,
}

/// A load, in every round.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Timed {
    pub(crate) who: Who,
    pub(crate) case: String,
    pub(crate) rounds: Vec<Round>,
}

/// A load in one round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) report: Report,
    /// CPU time of the server per call or item, in microseconds.
    pub(crate) server_cpu_per_call: f64,
    /// How often the server waited for something, per call or item.
    pub(crate) server_waits_per_call: f64,
}

/// Connections that rest.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Idle {
    pub(crate) who: Who,
    pub(crate) connections: u32,
    pub(crate) seconds: f64,
    /// CPU time of both ends, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// How often a thread of either end woke and waited again.
    pub(crate) waits: u64,
}

/// What is taken from the heap, by each end: the client's and the server's.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeapUse {
    pub(crate) who: Who,
    /// Bytes per connection that rests.
    pub(crate) connection: Option<Ends>,
    /// Bytes per call that waits at the server.
    pub(crate) waiting: Option<Ends>,
    /// Allocations per call or item, by case.
    pub(crate) allocations: BTreeMap<String, Ends>,
}

/// Something counted per call or item, at both ends, in one case.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) who: Who,
    pub(crate) case: String,
    pub(crate) per_call: Ends,
    /// Of what it consists, most first.
    pub(crate) parts: Vec<(String, Ends)>,
}

/// A figure of each end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ends {
    pub(crate) client: f64,
    pub(crate) server: f64,
}

/// Where a call's time goes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Steps {
    pub(crate) transport: Transport,
    /// Microseconds of each of the ten steps: the median of many calls.
    pub(crate) medians: Vec<f64>,
    /// Median of the whole call, in microseconds.
    pub(crate) whole: f64,
}

impl Results {
    pub(crate) fn write(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(file, serde_json::to_string_pretty(self)?)?)
    }

    pub(crate) fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The rounds of a load.
    pub(crate) fn rounds_of(&self, subject: &str, transport: Transport, case: &str) -> Option<&[Round]> {
        let found = self
            .timed
            .iter()
            .find(|timed| timed.who.subject == subject && timed.who.transport == transport && timed.case == case);
        found.map(|timed| &*timed.rounds)
    }
}

/// A median, and the lowest and highest of what it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Spread {
    /// Of at least one figure.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (lowest, highest) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            0 => f64::midpoint(figures[middle - 1], figures[middle]),
            _ => figures[middle],
        };
        Some(Self { median, lowest, highest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_middle_figure_or_what_lies_between_two() {
        let odd = Spread { median: 2.0, lowest: 1.0, highest: 9.0 };
        assert_eq!(Spread::of([9.0, 1.0, 2.0]), Some(odd));
        let even = Spread { median: 3.0, lowest: 1.0, highest: 9.0 };
        assert_eq!(Spread::of([9.0, 4.0, 2.0, 1.0]), Some(even));
        assert_eq!(Spread::of([]), None);
    }
}
