//! What is taken from the heap: per connection that rests, per call that waits, per call that is made or item. Two runs of
//! different length are compared, so that what a program takes to begin with does not count.

use std::{collections::BTreeMap, error::Error, thread, time::Duration};

use rpc_load::Report;

use crate::{
    case::Case,
    idle::{CONNECTIONS, resting},
    plan::Plan,
    process::{Programs, Served},
    results::{Ends, HeapUse, Who},
    subject::{Subject, Transport},
};

/// Calls that wait at the server.
const WAITING: u32 = 1_000;
/// Calls or items of the short and of the long run.
const CALLS: [u64; 2] = [20_000, 120_000];
/// Cases whose allocations are counted.
const COUNTED: [&str; 6] = ["add", "echo-64", "echo-64-x64", "server-stream-16", "client-stream-16", "bidi-16"];
/// Seconds that a run has at most.
const SECONDS: f64 = 30.0;

/// Counts for every subject that can do everything; floors keep large buffers and allocate nothing else.
pub(crate) fn measure(plan: &Plan, programs: &Programs, skipped: &mut Vec<String>) -> Vec<HeapUse> {
    let mut uses = Vec::new();
    for subject in plan.whole_subjects() {
        for transport in plan.transports.iter().filter(|transport| subject.transports.contains(transport)) {
            eprint!("\r\x1b[Kheap of {} over {transport}", subject.name);
            let mut left_out = |what: &str, error: Box<dyn Error>| {
                skipped.push(format!("{}, {what}, {transport}: {error}", subject.name));
            };
            let mut one = HeapUse {
                who: Who { subject: subject.name.to_owned(), group: subject.group, transport: *transport },
                connection: None,
                waiting: None,
                allocations: BTreeMap::new(),
            };
            match connection(programs, subject, *transport) {
                Ok(ends) => one.connection = Some(ends),
                Err(error) => left_out("heap of resting connections", error),
            }
            match waiting(programs, subject, *transport) {
                Ok(ends) => one.waiting = Some(ends),
                Err(error) => left_out("heap of waiting calls", error),
            }
            let cases = plan.cases.iter().filter(|case| COUNTED.contains(&case.name));
            for case in cases.filter(|case| case.suits(subject, *transport)) {
                match allocations(programs, subject, *transport, case) {
                    Ok(ends) => drop(one.allocations.insert(case.name.to_owned(), ends)),
                    Err(error) => left_out("allocations", error),
                }
            }
            uses.push(one);
        }
    }
    eprint!("\r\x1b[K");
    uses
}

/// Bytes per connection that rests.
fn connection(programs: &Programs, subject: &Subject, transport: Transport) -> Result<Ends, Box<dyn Error>> {
    let few = live(programs, subject, transport, &resting(10, 3.0))?;
    let many = live(programs, subject, transport, &resting(10 + CONNECTIONS, 5.0))?;
    Ok(per(few, many, f64::from(CONNECTIONS)))
}

/// Bytes per call that waits at the server.
fn waiting(programs: &Programs, subject: &Subject, transport: Transport) -> Result<Ends, Box<dyn Error>> {
    let calls = |in_flight: u32| {
        let arguments = format!("--method sleep --size 20000 --in-flight {in_flight} --seconds 1.5");
        arguments.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let few = live(programs, subject, transport, &calls(10))?;
    let many = live(programs, subject, transport, &calls(10 + WAITING))?;
    Ok(per(few, many, f64::from(WAITING)))
}

/// Bytes that both ends hold shortly before the load's end.
fn live(
    programs: &Programs,
    subject: &Subject,
    transport: Transport,
    arguments: &[String],
) -> Result<Ends, Box<dyn Error>> {
    let mut served = programs.serve(subject, transport, &[])?;
    let loading = programs.begin_load(subject, &served.url, arguments, &[])?;
    let seconds: f64 = arguments.last().map_or(Ok(1.0), |seconds| seconds.parse())?;
    thread::sleep(Duration::from_secs_f64(seconds - 0.1));
    let server = served.heap()?.live as f64;
    let report: Report = loading.end()?;
    served.end()?;
    if !report.errors.is_empty() {
        return Err(format!("{:?}", report.errors).into());
    }
    Ok(Ends { client: report.heap.ok_or("the load does not count")?.live as f64, server })
}

/// Allocations per call.
fn allocations(
    programs: &Programs,
    subject: &Subject,
    transport: Transport,
    case: &Case,
) -> Result<Ends, Box<dyn Error>> {
    let mut runs = Vec::new();
    for calls in CALLS {
        let mut served = programs.serve(subject, transport, &[])?;
        let mut arguments = case.arguments();
        arguments.extend(["--calls".to_owned(), calls.to_string(), "--seconds".to_owned(), SECONDS.to_string()]);
        let report = programs.load(subject, &served.url, &arguments, &[])?;
        runs.push(taken(&mut served, &report)?);
        served.end()?;
    }
    Ok(per(runs[0], runs[1], (CALLS[1] - CALLS[0]) as f64))
}

/// Allocations of both ends in a run.
fn taken(served: &mut Served, report: &Report) -> Result<Ends, Box<dyn Error>> {
    let client = report.heap.ok_or("the load does not count")?.allocations as f64;
    Ok(Ends { client, server: served.heap()?.allocations as f64 })
}

fn per(few: Ends, many: Ends, more: f64) -> Ends {
    Ends { client: (many.client - few.client) / more, server: (many.server - few.server) / more }
}
