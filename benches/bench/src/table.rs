//! The figures as tables of Markdown, on standard output: medians of the rounds, ratios of figures taken in the same
//! round, and how far they spread.

mod shared;
mod streams;

pub(crate) use shared::turns;

use crate::{
    case::{CASES, Case, Kind},
    results::{Ends, Results, Round, Spread},
    subject::{SUBJECTS, Transport},
};

/// Prints all that was measured.
pub(crate) fn print(results: &Results) {
    println!("{}", results.machine);
    println!("Timed loads: {} rounds of {} s.", results.rounds, results.seconds);
    for transport in Transport::ALL {
        for case in CASES {
            match case.kind {
                Kind::Stream => streams::print(results, transport, case),
                Kind::Shared(_) => {}
                Kind::Calls | Kind::Beside => timed(results, transport, case),
            }
        }
    }
    shared::print(results);
    steps(results);
    idle(results);
    heap(results);
    counted("System calls", &results.kernel, 2);
    counted("Instructions", &results.instructions, 0);
    if !results.skipped.is_empty() {
        println!("\nLeft out:\n");
        results.skipped.iter().for_each(|skipped| println!("- {skipped}"));
    }
}

fn timed(results: &Results, transport: Transport, case: &Case) {
    let rows: Vec<_> = SUBJECTS
        .iter()
        .filter_map(|subject| Some((subject, results.rounds_of(subject.name, transport, case.name)?)))
        .collect();
    if rows.is_empty() {
        return;
    }
    let (name, over) = case.floor_over(transport);
    let floor = results.rounds_of(name, over, case.name);
    println!("\n### {}, {transport}\n", case.title);
    println!("| | calls/s | p50 µs | p99 µs | client CPU µs | server CPU µs | calls/s against {name} | p50 | p99 |",);
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (subject, rounds) in rows {
        row(subject.name, rounds, floor);
    }
    if transport == Transport::Shm {
        for beside in ["raw", "mux", "ours"] {
            if let Some(rounds) = results.rounds_of(beside, Transport::Unix, case.name) {
                row(&format!("{beside}, {}", Transport::Unix), rounds, floor);
            }
        }
    }
}

fn row(name: &str, rounds: &[Round], floor: Option<&[Round]>) {
    let median = |figure| median(rounds, figure);
    let against = |figure| against(rounds, floor, figure);
    println!(
        "| {name} | {} | {} | {} | {:.2} | {:.2} | {} | {} | {} |",
        thousands(median(calls_per_second)),
        micros(median(p50)),
        micros(median(p99)),
        median(|round| round.report.cpu_per_call),
        median(|round| round.server_cpu_per_call),
        against(calls_per_second),
        against(p50),
        against(p99),
    );
}

/// The median of a figure.
fn median(rounds: &[Round], figure: fn(&Round) -> f64) -> f64 {
    Spread::of(rounds.iter().map(figure)).map_or(0.0, |spread| spread.median)
}

/// The figure by the floor's in the same round.
fn against(rounds: &[Round], floor: Option<&[Round]>, figure: fn(&Round) -> f64) -> String {
    let ratios = floor.and_then(|floor| Spread::of(rounds.iter().zip(floor).map(|(a, b)| figure(a) / figure(b))));
    ratios.map_or_else(String::new, spread)
}

pub(crate) fn calls_per_second(round: &Round) -> f64 {
    round.report.calls_per_second
}

pub(crate) fn p50(round: &Round) -> f64 {
    round.report.latency.map_or(f64::NAN, |latency| latency.p50)
}

pub(crate) fn p99(round: &Round) -> f64 {
    round.report.latency.map_or(f64::NAN, |latency| latency.p99)
}

/// CPU time of both ends per call or item.
pub(crate) fn cpu(round: &Round) -> f64 {
    round.report.cpu_per_call + round.server_cpu_per_call
}

/// Microseconds, of which a call through shared memory takes few.
pub(crate) fn micros(micros: f64) -> String {
    if micros < 10.0 { format!("{micros:.2}") } else { format!("{micros:.1}") }
}

/// A ratio, and how far it spreads.
pub(crate) fn spread(Spread { median, lowest, highest }: Spread) -> String {
    format!("{median:.2} ({lowest:.2}–{highest:.2})")
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut apart = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// What happens in each step.
pub(crate) const STEPS: [&str; 10] = [
    "client calls the function",
    "client stub encodes the request",
    "client transport sends, server's receives",
    "server stub decodes the request",
    "the method runs",
    "the result goes to the server stub",
    "server stub encodes the response",
    "server transport sends, client's receives",
    "client transport hands over to the stub",
    "client stub decodes the return value",
];

fn steps(results: &Results) {
    if results.steps.is_empty() {
        return;
    }
    println!("\n### Where a call's time goes: `add`, 1 in flight, medians in µs\n");
    let names: Vec<String> = results.steps.iter().map(|steps| steps.transport.to_string()).collect();
    println!("| | step | {} |\n|--:|---|{}", names.join(" | "), "--:|".repeat(names.len()));
    for (at, name) in STEPS.iter().enumerate() {
        let medians = results.steps.iter().map(|steps| format!("{:.2}", steps.medians.get(at).unwrap_or(&0.0)));
        println!("| {} | {name} | {} |", at + 1, medians.collect::<Vec<_>>().join(" | "));
    }
    let whole = results.steps.iter().map(|steps| format!("{:.2}", steps.whole));
    println!("| | the whole call | {} |", whole.collect::<Vec<_>>().join(" | "));
}

fn idle(results: &Results) {
    if results.idle.is_empty() {
        return;
    }
    println!("\n### Resting connections, both ends together\n");
    println!("| | | connections | CPU ms per s | wake-ups per s |\n|---|---|--:|--:|--:|");
    for idle in &results.idle {
        let (who, seconds) = (&idle.who, idle.seconds);
        let (cpu, waits) = (idle.cpu_ms / seconds, idle.waits as f64 / seconds);
        println!("| {} | {} | {} | {cpu:.2} | {waits:.1} |", who.subject, who.transport, idle.connections);
    }
}

fn heap(results: &Results) {
    if results.heap.is_empty() {
        return;
    }
    let cases: Vec<&Case> =
        CASES.iter().filter(|case| results.heap.iter().any(|heap| heap.allocations.contains_key(case.name))).collect();
    println!("\n### Heap, client + server\n");
    let titles: Vec<String> = cases.iter().map(|case| format!("allocations: {}", case.title)).collect();
    println!("| | | bytes per resting connection | bytes per waiting call | {} |", titles.join(" | "));
    println!("|---|---|--:|--:|{}", "--:|".repeat(cases.len()));
    for heap in &results.heap {
        let bytes = |ends: Option<Ends>| ends.map_or_else(String::new, |ends| both(ends, 0));
        let allocations =
            cases.iter().map(|case| heap.allocations.get(case.name).map_or_else(String::new, |e| both(*e, 3)));
        let (connection, waiting) = (bytes(heap.connection), bytes(heap.waiting));
        let allocations: Vec<String> = allocations.collect();
        println!(
            "| {} | {} | {connection} | {waiting} | {} |",
            heap.who.subject,
            heap.who.transport,
            allocations.join(" | ")
        );
    }
}

fn counted(title: &str, counted: &[crate::results::Counted], digits: usize) {
    if counted.is_empty() {
        return;
    }
    println!("\n### {title}, client + server\n\n| | | | per call or item | of which |\n|---|---|---|--:|---|");
    for one in counted {
        let title = Case::named(&one.case).map_or(&*one.case, |case| case.title);
        let parts: Vec<String> = match one.parts.len() {
            1 => Vec::new(),
            _ => one.parts.iter().map(|(name, ends)| format!("{name} {}", both(*ends, digits))).collect(),
        };
        let (who, sum) = (&one.who, both(one.per_call, digits));
        println!("| {} | {} | {title} | {sum} | {} |", who.subject, who.transport, parts.join(", "));
    }
}

fn both(Ends { client, server }: Ends, digits: usize) -> String {
    // What is a little below 0 by chance is not worth a sign.
    let figure = |number: f64| match digits {
        0 => thousands(number.max(0.0)),
        _ => format!("{:.digits$}", number.max(0.0)),
    };
    format!("{} + {}", figure(client), figure(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let cases = [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.4, "1,234,567")];
        assert!(cases.into_iter().all(|(number, text)| thousands(number) == text));
    }
}
