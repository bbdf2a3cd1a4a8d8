//! What connections take that rest: processor and wake-ups.

use std::{error::Error, fs, thread, time::Duration};

use rpc_load::Report;

use crate::{
    plan::Plan,
    process::{Programs, Taken},
    results::{Idle, Who},
    subject::{Subject, Transport},
};

/// Connections that rest.
pub(crate) const CONNECTIONS: u32 = 1_000;
/// How long they have rested when they begin to be watched.
const SETTLE: Duration = Duration::from_secs(3);

/// Watches resting connections of every subject that can do everything.
pub(crate) fn measure(plan: &Plan, programs: &Programs, skipped: &mut Vec<String>) -> Vec<Idle> {
    let mut idle = Vec::new();
    for subject in plan.whole_subjects() {
        for transport in plan.transports.iter().filter(|transport| subject.transports.contains(transport)) {
            eprint!("\r\x1b[K{CONNECTIONS} resting connections of {} over {transport}", subject.name);
            match watch(plan, programs, subject, *transport) {
                Ok(one) => idle.push(one),
                Err(error) => skipped.push(format!("{}, resting connections, {transport}: {error}", subject.name)),
            }
        }
    }
    eprint!("\r\x1b[K");
    idle
}

fn watch(plan: &Plan, programs: &Programs, subject: &Subject, transport: Transport) -> Result<Idle, Box<dyn Error>> {
    let seconds = if plan.quick { 2.0 } else { 10.0 };
    let served = programs.serve(subject, transport, &[])?;
    let files = open_files(served.id())?;
    // They open, make a call each, come to rest, are watched, and the load ends.
    let arguments = resting(CONNECTIONS, seconds + 8.0);
    let loading = programs.begin_load(subject, &served.url, &arguments, &[])?;
    let connected = || Ok::<_, Box<dyn Error>>(open_files(served.id())? >= files + CONNECTIONS as usize);
    for _ in 0..400 {
        if connected()? {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    if !connected()? {
        return Err("the connections did not all open".into());
    }
    thread::sleep(SETTLE);
    let before = [Taken::by(served.id())?, Taken::by(loading.id())?];
    thread::sleep(Duration::from_secs_f64(seconds));
    let after = [Taken::by(served.id())?, Taken::by(loading.id())?];
    loading.end::<Report>()?;
    served.end()?;
    let taken: Vec<Taken> = after.iter().zip(before).map(|(after, before)| after.since(before)).collect();
    Ok(Idle {
        who: Who { subject: subject.name.to_owned(), group: subject.group, transport },
        connections: CONNECTIONS,
        seconds,
        cpu_ms: taken.iter().map(|taken| taken.cpu.as_secs_f64() * 1e3).sum(),
        waits: taken.iter().map(|taken| taken.waits).sum(),
    })
}

/// The load of connections that make one call each and then rest.
pub(crate) fn resting(connections: u32, seconds: f64) -> Vec<String> {
    let arguments = format!("--method add --in-flight 0 --connections {connections} --seconds {seconds}");
    arguments.split(' ').map(str::to_owned).collect()
}

fn open_files(process: u32) -> std::io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}
