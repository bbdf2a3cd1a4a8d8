//! The targets of shared memory: ours over it, against what shared memory itself costs, against sockets, against its peer.

use super::{Bound, Figure, Measured, OURS, ratio};
use crate::{
    case::Case,
    results::Results,
    subject::Transport::{self, Shm, Unix},
    table::{calls_per_second, p50, spread, turns},
};

/// A ratio that is aimed at.
struct Target {
    case: &'static str,
    words: &'static str,
    figure: Figure,
    by: Measured<'static>,
    bound: Bound,
}

/// What one call takes against what another does.
const fn takes(case: &'static str, most: f64, by: &'static str, over: Transport) -> Target {
    Target { case, words: "p50", figure: p50, by: (by, over, case), bound: Bound::AtMost(most) }
}

/// How many calls there are against those of another.
const fn makes(case: &'static str, least: f64, by: &'static str, over: Transport) -> Target {
    Target { case, words: "calls/s", figure: calls_per_second, by: (by, over, case), bound: Bound::AtLeast(least) }
}

const TARGETS: [Target; 11] = [
    takes("echo-64", 2.0, "ring", Shm),
    takes("echo-64", 0.5, "iceoryx2-busy", Shm),
    takes("echo-64-asleep", 1.1, "raw", Unix),
    makes("echo-64-x64", 0.8, "ring-mux", Shm),
    makes("echo-64-x64", 1.3, OURS, Unix),
    // Four calls or more for five of the ring's: told by what half of them take, for who spins loses its processor to whatever
    // else runs.
    takes("echo-64k", 1.25, "ring", Shm),
    takes("echo-64k", 1.3, "iceoryx2-busy", Shm),
    takes("echo-1m", 1.25, "ring", Shm),
    takes("echo-1m", 1.6, "iceoryx2-busy", Shm),
    takes("echo-64-core", 1.2, OURS, Unix),
    NEIGHBOUR,
];

/// What a neighbour gets done while calls spin, against what it does while they do not.
const NEIGHBOUR: Target = Target {
    case: "neighbour",
    words: "the neighbour's turns/s",
    figure: turns,
    by: (OURS, Shm, "neighbour-off"),
    bound: Bound::AtLeast(0.98),
};

/// Prints how far they are reached.
pub(super) fn print(results: &Results) {
    let rows: Vec<String> = TARGETS.iter().filter_map(|target| row(results, target)).collect();
    if !rows.is_empty() {
        println!("\n### Against the targets of shared memory\n\n| | target | |\n|---|---|---|");
        rows.iter().for_each(|row| println!("{row}"));
    }
}

fn row(results: &Results, Target { case, words, figure, by, bound }: &Target) -> Option<String> {
    let ratio = ratio(results, (OURS, Shm, case), *by, *figure)?;
    let (title, (name, over, other)) = (Case::named(case)?.title, by);
    let other = if other == case { over.to_string() } else { Case::named(other)?.title.to_owned() };
    Some(format!("| {title}: {words} | {bound} × {name}, {other} | {} {} |", spread(ratio), bound.word(ratio)))
}
