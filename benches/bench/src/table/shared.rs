//! The tables of what shared memory costs whoever else runs: over it and over Unix sockets, side by side.

use super::{against, calls_per_second, median, micros, p50, p99, thousands};
use crate::{
    case::{CASES, Case, Kind},
    results::{Results, Round},
    subject::{SUBJECTS, Transport},
};

/// Prints those that were measured.
pub(super) fn print(results: &Results) {
    CASES.iter().filter(|case| matches!(case.kind, Kind::Shared(_))).for_each(|case| table(results, case));
}

fn table(results: &Results, case: &Case) {
    let rows: Vec<_> = SUBJECTS
        .iter()
        .flat_map(|subject| Transport::ALL.map(|transport| (subject, transport)))
        .filter_map(|(subject, transport)| {
            Some((subject.name, transport, results.rounds_of(subject.name, transport, case.name)?))
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let (name, over) = case.floor_over(Transport::Shm);
    let floor = results.rounds_of(name, over, case.name);
    println!("\n### {}\n", case.title);
    println!(
        "| | | calls/s | p50 µs | p99 µs | client CPU µs | server CPU µs | neighbour's turns/s | p50 against {name}, {over} |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for (name, transport, rounds) in rows {
        let median = |figure| median(rounds, figure);
        let neighbour = rounds.iter().any(|round| turns(round).is_finite());
        println!(
            "| {name} | {transport} | {} | {} | {} | {:.2} | {:.2} | {} | {} |",
            thousands(median(calls_per_second)),
            micros(median(p50)),
            micros(median(p99)),
            median(|round| round.report.cpu_per_call),
            median(|round| round.server_cpu_per_call),
            if neighbour { thousands(median(turns)) } else { String::new() },
            against(rounds, floor, p50),
        );
    }
}

/// Turns per second of the neighbour.
pub(crate) fn turns(round: &Round) -> f64 {
    round.report.neighbour_turns_per_second.unwrap_or(f64::NAN)
}
