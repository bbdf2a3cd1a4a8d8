//! The table of a stream: items per second, beside the calls of this framework that carry as much.

use super::{against, calls_per_second, cpu, median, thousands};
use crate::{
    case::{CASES, Case},
    results::{Results, Round},
    subject::{Group, SUBJECTS, Transport},
};

/// Prints the table, if the stream was measured over this transport.
pub(super) fn print(results: &Results, transport: Transport, stream: &Case) {
    let rounds_of = |subject: &str, case: &Case| results.rounds_of(subject, transport, case.name);
    let streams = SUBJECTS
        .iter()
        .filter_map(|subject| Some((subject.name.to_owned(), rounds_of(subject.name, stream)?)))
        .collect::<Vec<_>>();
    if streams.is_empty() {
        return;
    }
    let beside = CASES.iter().filter(|case| case.is_beside(stream)).flat_map(|case| {
        let ours = SUBJECTS.iter().filter(|subject| subject.group == Group::Ours);
        ours.filter_map(move |ours| Some((format!("{}: {}", ours.name, case.title), rounds_of(ours.name, case)?)))
    });
    let floor = rounds_of(stream.floor, stream);
    println!("\n### {}, {transport}\n", stream.title);
    println!("| | items or calls/s | MB/s | client CPU ns | server CPU ns | items/s against {} | CPU |", stream.floor);
    println!("|---|--:|--:|--:|--:|--:|--:|");
    streams.into_iter().for_each(|(name, rounds)| println!("{}", row(&name, rounds, floor)));
    // Calls have a floor of their own, in their own tables.
    beside.for_each(|(name, rounds)| println!("{}", row(&name, rounds, None)));
}

fn row(name: &str, rounds: &[Round], floor: Option<&[Round]>) -> String {
    let median = |figure| median(rounds, figure);
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} |",
        thousands(median(calls_per_second)),
        thousands(median(|round| round.report.bytes_per_second() / 1e6)),
        nanos(median(|round| round.report.cpu_per_call)),
        nanos(median(|round| round.server_cpu_per_call)),
        against(rounds, floor, calls_per_second),
        against(rounds, floor, cpu),
    )
}

/// Microseconds as nanoseconds, which small items take few of.
fn nanos(micros: f64) -> String {
    match micros * 1e3 {
        few @ ..100.0 => format!("{few:.1}"),
        many => thousands(many),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_nanoseconds_have_their_tenths() {
        assert_eq!([0.004_21, 0.099_9, 5.1].map(nanos), ["4.2", "99.9", "5,100"]);
    }
}
