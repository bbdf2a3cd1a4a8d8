//! How latencies are distributed: a line for each subject, over the share of calls that took no longer. Both scales are
//! logarithmic, the lower one in what is left above, so that the slowest calls have their place.

use svg::{
    Document,
    node::element::{Path, path::Data},
};

use super::paper::{Anchor, FAINT, colour, line, paper, word};
use crate::{
    case::Case,
    results::Results,
    subject::{Group, SUBJECTS, Subject, Transport},
    table::p50,
};

/// The load that is shown.
const CASE: &str = "echo-64-x64";
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 430.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 650.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 380.0;
/// Percentiles with a mark.
const MARKS: [f64; 5] = [0.0, 50.0, 90.0, 99.0, 99.9];
/// Least distance between two names at the lines' ends.
const APART: f64 = 13.0;

/// Percentiles of latencies, in microseconds.
type Curve = Vec<(f64, f64)>;

/// The picture, if the load was measured over this transport.
pub(super) fn draw(results: &Results, transport: Transport) -> Option<Document> {
    let case = Case::named(CASE)?;
    let curves: Vec<(&Subject, Curve)> =
        SUBJECTS.iter().filter_map(|subject| Some((subject, curve(results, transport, subject)?))).collect();
    let latencies = || curves.iter().flat_map(|(_, curve)| curve.iter().map(|(_, latency)| latency.max(1.0)));
    let lowest = latencies().reduce(f64::min)?.log10().floor();
    let highest = latencies().reduce(f64::max)?.log10().ceil();
    let y = |latency: f64| BOTTOM - (latency.max(1.0).log10() - lowest) / (highest - lowest) * (BOTTOM - TOP);
    let mut picture = paper(WIDTH, HEIGHT, &format!("Latency of {} over {transport}", case.title));
    for mark in MARKS {
        let name = word(x(mark), BOTTOM + 18.0, format!("{mark} %"), Anchor::Middle, 11.0);
        picture = picture.add(line((x(mark), TOP), (x(mark), BOTTOM))).add(name);
    }
    let share = word(f64::midpoint(LEFT, RIGHT), BOTTOM + 38.0, "calls that took no longer", Anchor::Middle, 11.0);
    picture = picture.add(share.set("fill", FAINT));
    for power in lowest as i32..=highest as i32 {
        let latency = 10_f64.powi(power);
        let name = word(LEFT - 8.0, y(latency) + 4.0, readable(latency), Anchor::End, 11.0);
        picture = picture.add(line((LEFT, y(latency)), (RIGHT, y(latency)))).add(name);
    }
    let mut names: Vec<(&Subject, f64)> = Vec::new();
    for (subject, curve) in &curves {
        let mut points = curve.iter().map(|(percentile, latency)| (x(*percentile), y(*latency)));
        let Some(first) = points.next() else { continue };
        let data = points.fold(Data::new().move_to(first), Data::line_to);
        let width = if subject.group == Group::Ours { 2.5 } else { 1.5 };
        let path = Path::new().set("d", data).set("fill", "none").set("stroke", colour(subject.group));
        picture = picture.add(path.set("stroke-width", width));
        names.extend(curve.last().map(|(_, latency)| (*subject, y(*latency))));
    }
    for (subject, y) in apart(names) {
        picture = picture.add(word(RIGHT + 8.0, y + 4.0, subject.name, Anchor::Start, 11.0));
    }
    Some(picture)
}

/// The middle round's distribution: medians of percentiles are those of no round.
fn curve(results: &Results, transport: Transport, subject: &Subject) -> Option<Curve> {
    let mut rounds: Vec<_> = results.rounds_of(subject.name, transport, CASE)?.iter().collect();
    rounds.sort_by(|a, b| f64::total_cmp(&p50(a), &p50(b)));
    let distribution = &rounds.get(rounds.len() / 2)?.report.distribution;
    Some(distribution.iter().copied().filter(|(percentile, _)| *percentile <= 99.9).collect())
}

/// Where a percentile is: each nine takes as much room as the one before.
fn x(percentile: f64) -> f64 {
    let nines = -(1.0 - percentile / 100.0).max(1e-9).log10();
    LEFT + nines / 3.0 * (RIGHT - LEFT)
}

/// The names from top to bottom, moved down where they would stand on each other.
fn apart(mut names: Vec<(&Subject, f64)>) -> Vec<(&Subject, f64)> {
    names.sort_by(|a, b| f64::total_cmp(&a.1, &b.1));
    let mut last = f64::NEG_INFINITY;
    for (_, y) in &mut names {
        *y = y.max(last + APART);
        last = *y;
    }
    names
}

fn readable(micros: f64) -> String {
    match micros {
        1e6.. => format!("{} s", micros / 1e6),
        1e3.. => format!("{} ms", micros / 1e3),
        _ => format!("{micros} µs"),
    }
}
