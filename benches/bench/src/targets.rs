//! What is aimed at, and how far it is reached: ratios of figures of the same round, against floors and peers.

mod shared;

use std::fmt;

use crate::{
    case::CASES,
    results::{Results, Round, Spread},
    subject::{Group, SUBJECTS, Transport},
    table::{calls_per_second, cpu, p50, p99, spread},
};

/// The transports that the targets of sockets are for.
const SOCKETS: [Transport; 2] = [Transport::Tcp, Transport::Unix];

/// Who is held against the targets.
const OURS: &str = "ours";

/// A figure of a round.
type Figure = fn(&Round) -> f64;

/// A ratio that is aimed at.
struct Target {
    case: &'static str,
    words: &'static str,
    figure: Figure,
    floor: &'static str,
    bound: Bound,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// The targets that floors exist for.
const TARGETS: [Target; 8] = [
    at_most("add", "p50", p50, "mux", 1.03),
    at_most("add", "p50", p50, "raw", 1.05),
    at_most("add", "p99", p99, "raw", 1.15),
    at_most("echo-64", "p50", p50, "raw", 1.05),
    at_least("echo-64-x64", "mux", 0.8),
    at_least("echo-64-x1024", "mux-128", 0.75),
    at_least("echo-1m", "raw", 0.95),
    at_least("echo-1m-x8", "mux", 0.95),
];

const fn at_most(case: &'static str, words: &'static str, figure: Figure, floor: &'static str, bound: f64) -> Target {
    Target { case, words, figure, floor, bound: Bound::AtMost(bound) }
}

const fn at_least(case: &'static str, floor: &'static str, bound: f64) -> Target {
    Target { case, words: "calls/s", figure: calls_per_second, floor, bound: Bound::AtLeast(bound) }
}

/// Prints how far the targets are reached, and where a peer does better.
pub(crate) fn print(results: &Results) {
    let rows: Vec<String> = TARGETS.iter().filter_map(|target| row(results, target)).collect();
    if !rows.is_empty() {
        println!("\n### Against the targets\n\n| | target | {} | {} |", SOCKETS[0], SOCKETS[1]);
        println!("|---|---|---|---|");
        rows.iter().for_each(|row| println!("{row}"));
    }
    shared::print(results);
    let rows: Vec<String> = Transport::ALL.iter().flat_map(|transport| peers(results, *transport)).collect();
    if !rows.is_empty() {
        println!("\n### Against the best peer: ours by theirs\n");
        println!("| | | calls or items/s | p50 | p99 | CPU of both ends |\n|---|---|---|---|---|---|");
        rows.iter().for_each(|row| println!("{row}"));
    }
}

fn row(results: &Results, target: &Target) -> Option<String> {
    let Target { case, words, figure, floor, bound } = target;
    let title = CASES.iter().find(|known| known.name == *case)?.title;
    let cell = |transport| {
        let ratio = ratio(results, (OURS, transport, case), (floor, transport, case), *figure)?;
        Some(format!("{} {}", spread(ratio), bound.word(ratio)))
    };
    let cells = SOCKETS.map(cell);
    if cells.iter().all(Option::is_none) {
        return None;
    }
    let [tcp, unix] = cells.map(Option::unwrap_or_default);
    Some(format!("| {title}: {words} | {bound} × {floor} | {tcp} | {unix} |"))
}

impl Bound {
    fn word(&self, ratio: Spread) -> &'static str {
        let reached = match self {
            Self::AtMost(bound) => ratio.median <= *bound,
            Self::AtLeast(bound) => ratio.median >= *bound,
        };
        if reached { "reached" } else { "missed" }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
        }
    }
}

/// For each load, the peer that does best in each respect, and ours by its figure.
fn peers(results: &Results, transport: Transport) -> Vec<String> {
    let rows = CASES.iter().filter_map(|case| {
        let best = |figure: Figure, most: bool| {
            let peers = SUBJECTS.iter().filter(|subject| subject.group == Group::Peer);
            let ratios = peers.filter_map(|peer| {
                Some((
                    peer.name,
                    ratio(results, (OURS, transport, case.name), (peer.name, transport, case.name), figure)?,
                ))
            });
            // The best peer is the one that leaves ours the least lead.
            let lead = |ratio: &Spread| if most { ratio.median } else { -ratio.median };
            ratios.min_by(|(_, a), (_, b)| f64::total_cmp(&lead(a), &lead(b)))
        };
        // Of a stream there are no latencies.
        let best = |figure, most| best(figure, most).filter(|(_, ratio)| ratio.median.is_finite());
        let cell = |best: Option<(&str, Spread)>| {
            best.map_or_else(String::new, |(name, ratio)| format!("{} {name}", spread(ratio)))
        };
        let figures = [Some(best(calls_per_second, true)?), best(p50, false), best(p99, false), best(cpu, false)];
        Some(format!("| {} | {transport} | {} |", case.title, figures.map(cell).join(" | ")))
    });
    rows.collect()
}

/// Who, over what, in which case.
type Measured<'a> = (&'a str, Transport, &'a str);

/// One's figure by another's, in each round.
fn ratio(results: &Results, one: Measured<'_>, other: Measured<'_>, figure: Figure) -> Option<Spread> {
    let rounds = |(subject, transport, case)| results.rounds_of(subject, transport, case);
    let (one, other) = (rounds(one)?, rounds(other)?);
    Spread::of(one.iter().zip(other).map(|(one, other)| figure(one) / figure(other)))
}
