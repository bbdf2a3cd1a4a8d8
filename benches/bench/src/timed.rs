//! Calls or items per second, latencies and CPU time: the loads in rounds, so that a machine that changes its pace does so for
//! all alike.

use std::error::Error;

use crate::{
    case::Case,
    plan::Plan,
    process::{Programs, Taken},
    results::{Round, Timed, Who},
    subject::{Subject, Transport},
};
use rpc_load::Report;

/// Runs every load in every round.
pub(crate) fn measure(plan: &Plan, programs: &Programs, skipped: &mut Vec<String>) -> Vec<Timed> {
    let mut timed: Vec<Timed> = Vec::new();
    for round in 1..=plan.rounds {
        for case in &plan.cases {
            for transport in &plan.transports {
                eprint!("\r\x1b[Kround {round} of {}: {} over {transport}", plan.rounds, case.title);
                for subject in plan.subjects.iter().filter(|subject| case.suits(subject, *transport)) {
                    match load(plan, programs, subject, case, *transport) {
                        Ok(round) => add(&mut timed, subject, case, *transport, round),
                        Err(error) => {
                            skipped.push(format!("{}, {}, {transport}: {error}", subject.name, case.title));
                        }
                    }
                }
            }
        }
    }
    eprint!("\r\x1b[K");
    timed
}

fn load(
    plan: &Plan,
    programs: &Programs,
    subject: &Subject,
    case: &Case,
    transport: Transport,
) -> Result<Round, Box<dyn Error>> {
    let programs = programs.as_in(case);
    let served = programs.serve(subject, transport, &[])?;
    let before = Taken::by(served.id())?;
    let mut arguments = case.arguments();
    arguments.extend(["--seconds".to_owned(), plan.seconds.to_string()]);
    let loading = programs.begin_load(subject, &served.url, &arguments, &[])?;
    let report: Report = loading.end()?;
    let server = Taken::by(served.id())?.since(before);
    served.end()?;
    if let Some((kind, count)) = report.errors.iter().next() {
        return Err(format!("{count} errors: {kind}").into());
    }
    if report.calls == 0 {
        return Err("nothing ended in time".into());
    }
    let calls = (report.calls + report.warm_up) as f64;
    let server_cpu_per_call = server.cpu.as_secs_f64() * 1e6 / calls;
    Ok(Round { report, server_cpu_per_call, server_waits_per_call: server.waits as f64 / calls })
}

fn add(timed: &mut Vec<Timed>, subject: &Subject, case: &Case, transport: Transport, round: Round) {
    let who = Who { subject: subject.name.to_owned(), group: subject.group, transport };
    match timed.iter_mut().find(|timed| timed.who == who && timed.case == case.name) {
        Some(timed) => timed.rounds.push(round),
        None => timed.push(Timed { who, case: case.name.to_owned(), rounds: vec![round] }),
    }
}
