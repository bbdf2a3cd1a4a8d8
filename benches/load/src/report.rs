//! What came of a load, for people and for programs.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Heap, Load, tally::Counts};

/// Percentiles of which the latency distribution consists.
const DISTRIBUTION: [f64; 17] =
    [0.0, 1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 99.0, 99.5, 99.9, 100.0];

/// What came of a load: of calls, or of the items of streams, each of which counts as a call does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The method.
    pub method: String,
    /// Its size; see [`Load::size`].
    pub size: usize,
    /// Calls in flight per connection, or streams.
    pub in_flight: u32,
    /// Connections.
    pub connections: u32,
    /// Calls that were to begin per second.
    pub rate: Option<f64>,
    /// How long it was measured.
    pub seconds: f64,
    /// Calls that went well; items that arrived.
    pub calls: u64,
    /// Calls that ended before the measurement, while all warmed up.
    pub warm_up: u64,
    /// Of those that went well, per second.
    pub calls_per_second: f64,
    /// How long they took; `None` of streams, whose items are not asked for one by one.
    pub latency: Option<Latency>,
    /// Percentiles, and the latency in microseconds up to which so many calls took.
    pub distribution: Vec<(f64, f64)>,
    /// Calls, or streams, that failed, by kind.
    pub errors: BTreeMap<String, u64>,
    /// CPU time of the calling process per call that ended, in microseconds. With a rate it includes watching the clock.
    pub cpu_per_call: f64,
    /// Turns per second of a neighbour on the same runtime, if there was one.
    #[serde(default)]
    pub neighbour_turns_per_second: Option<f64>,
    /// Heap allocations of the calling process per call that ended, in a build that counts them.
    pub allocations_per_call: Option<f64>,
    /// The calling process's heap when the measurement ended, with all its connections and calls, in such a build.
    pub heap: Option<Heap>,
}

/// Latencies of calls that went well, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Half took no longer.
    pub p50: f64,
    /// 90 % took no longer.
    pub p90: f64,
    /// 99 % took no longer.
    pub p99: f64,
    /// 99.9 % took no longer.
    pub p999: f64,
    /// None took longer.
    pub max: f64,
}

/// The cost of a measurement.
#[derive(Default)]
pub(crate) struct Cost {
    pub(crate) time: Duration,
    pub(crate) cpu: Duration,
    pub(crate) allocations: Option<u64>,
    pub(crate) heap: Option<Heap>,
}

impl Report {
    pub(crate) fn of_calls(load: &Load, counts: &Counts, cost: &Cost) -> Self {
        let calls = counts.latencies.len();
        let ended = calls + counts.errors.values().sum::<u64>();
        let at = |percentile: f64| counts.latencies.value_at_percentile(percentile) as f64 / 1e3;
        Self {
            rate: load.rate,
            warm_up: counts.before,
            latency: Some(Latency { p50: at(50.0), p90: at(90.0), p99: at(99.0), p999: at(99.9), max: at(100.0) }),
            distribution: DISTRIBUTION.map(|percentile| (percentile, at(percentile))).to_vec(),
            errors: counts.errors.clone(),
            ..Self::of(load, calls, ended, cost)
        }
    }

    /// Of streams: so many items before the measurement, and in it. Those of streams that failed, by `errors`, are not
    /// among them.
    pub(crate) fn of_items(load: &Load, warm_up: u64, items: u64, cost: &Cost, errors: BTreeMap<String, u64>) -> Self {
        Self { warm_up, errors, ..Self::of(load, items, items, cost) }
    }

    /// What calls and items have in common.
    fn of(load: &Load, calls: u64, ended: u64, cost: &Cost) -> Self {
        let seconds = cost.time.as_secs_f64();
        let ended = ended.max(1) as f64;
        Self {
            method: load.method.to_string(),
            size: load.size,
            in_flight: load.in_flight,
            connections: load.connections,
            rate: None,
            seconds,
            calls,
            warm_up: 0,
            calls_per_second: if seconds > 0.0 { calls as f64 / seconds } else { 0.0 },
            latency: None,
            distribution: Vec::new(),
            errors: BTreeMap::new(),
            cpu_per_call: cost.cpu.as_secs_f64() * 1e6 / ended,
            neighbour_turns_per_second: None,
            allocations_per_call: cost.allocations.map(|allocations| allocations as f64 / ended),
            heap: cost.heap,
        }
    }

    /// Bytes in a second, without what carries them: of items that arrived, or of what was echoed, counted once.
    #[must_use]
    pub fn bytes_per_second(&self) -> f64 {
        self.calls_per_second * self.size as f64
    }

    /// Prints it, as `--json` asks or for people.
    pub fn print(&self, json: bool) {
        match json {
            true => println!("{}", serde_json::json!(self)),
            false => print!("{self}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let streamed = self.latency.is_none();
        let (one, many) = if streamed { ("item", "items") } else { ("call", "calls") };
        writeln!(f, "{:>14.0} {many}/s ({} in {:.2} s)", self.calls_per_second, self.calls, self.seconds)?;
        match self.latency {
            Some(Latency { p50, p90, p99, p999, max }) if self.calls > 0 => {
                writeln!(f, "{p50:>14.1} µs p50\n{p90:>14.1} µs p90\n{p99:>14.1} µs p99")?;
                writeln!(f, "{p999:>14.1} µs p99.9\n{max:>14.1} µs at most")?;
            }
            Some(_) => {}
            None => writeln!(f, "{:>14.1} MB/s", self.bytes_per_second() / 1e6)?,
        }
        // An item may be one of many thousand in a system call.
        let (cpu, unit) = if streamed { (self.cpu_per_call * 1e3, "ns") } else { (self.cpu_per_call, "µs") };
        writeln!(f, "{cpu:>14.2} {unit} CPU time per {one}, in this process")?;
        if let Some(turns) = self.neighbour_turns_per_second {
            writeln!(f, "{turns:>14.0} turns of the neighbour/s")?;
        }
        if let Some(allocations) = self.allocations_per_call {
            writeln!(f, "{allocations:>14.5} heap allocations per {one}, in this process")?;
        }
        for (kind, count) in &self.errors {
            writeln!(f, "{count:>14} errors: {kind}")?;
        }
        Ok(())
    }
}
