//! System calls and instructions per call or item, by strace and callgrind, where they are installed. Two runs of different
//! length are compared, so that beginning and ending do not count.

use std::{collections::BTreeMap, error::Error, fs, path::PathBuf, process::Command, process::Stdio};

use crate::{
    case::Case,
    plan::Plan,
    process::Programs,
    results::{Counted, Ends, Who},
    subject::{Subject, Transport},
};

/// Cases that are traced.
const TRACED: [&str; 6] = ["add", "echo-64", "echo-64-x64", "server-stream-16", "client-stream-16", "bidi-16"];
/// Seconds that a run has at most.
const SECONDS: &str = "60";

/// A program that counts what another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracer {
    /// Counts system calls.
    Strace,
    /// Counts instructions.
    Callgrind,
}

impl Tracer {
    fn program(self) -> &'static str {
        match self {
            Self::Strace => "strace",
            Self::Callgrind => "valgrind",
        }
    }

    fn installed(self) -> bool {
        let mut command = Command::new(self.program());
        let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Calls or items of the short and of the long run: as many as take a second or so.
    fn calls(self) -> [u64; 2] {
        match self {
            Self::Strace => [1_000, 11_000],
            Self::Callgrind => [1_000, 6_000],
        }
    }

    fn wrapper(self, file: &str) -> Vec<String> {
        let arguments: Vec<String> = match self {
            Self::Strace => ["strace", "--follow-forks", "--summary-only", "--output", file].map(str::to_owned).into(),
            Self::Callgrind => vec![
                "valgrind".to_owned(),
                "--tool=callgrind".to_owned(),
                format!("--callgrind-out-file={file}"),
                format!("--log-file={file}.log"),
            ],
        };
        arguments
    }

    /// What was counted, by name.
    fn read(self, file: &str) -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
        match self {
            Self::Strace => Ok(system_calls(&fs::read_to_string(file)?)),
            Self::Callgrind => {
                let log = fs::read_to_string(format!("{file}.log"))?;
                let collected = log.lines().find_map(|line| line.split_once("Collected : "));
                let count: f64 = collected.ok_or("callgrind counted nothing")?.1.trim().parse()?;
                Ok(BTreeMap::from([("instructions".to_owned(), count)]))
            }
        }
    }
}

/// The counts of `strace --summary-only`: the last word of a line is the name, the fourth column the count.
fn system_calls(summary: &str) -> BTreeMap<String, f64> {
    let lines = summary.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let counts = lines.filter_map(|words| Some((*words.last()?, words.get(3)?.parse().ok()?)));
    counts.filter(|(name, _)| *name != "total").map(|(name, count)| (name.to_owned(), count)).collect()
}

/// Counts for every subject.
pub(crate) fn measure(plan: &Plan, programs: &Programs, tracer: Tracer, skipped: &mut Vec<String>) -> Vec<Counted> {
    if !tracer.installed() {
        skipped.push(format!("what {} counts: it is not installed", tracer.program()));
        return Vec::new();
    }
    let mut counted = Vec::new();
    for subject in &plan.subjects {
        for transport in &plan.transports {
            if *transport == Transport::Shm {
                // It is slower then than anybody spins: what is counted is how a ring rests.
                skipped.push(format!(
                    "what {} counts of {} over {transport}: both ends rest",
                    tracer.program(),
                    subject.name
                ));
                continue;
            }
            let cases = plan.cases.iter().filter(|case| TRACED.contains(&case.name));
            for case in cases.filter(|case| case.suits(subject, *transport)) {
                eprint!("\r\x1b[K{}: {}, {} over {transport}", tracer.program(), subject.name, case.title);
                match count(programs, tracer, subject, *transport, case) {
                    Ok(one) => counted.push(one),
                    Err(error) => {
                        let what = format!("{}, {} under {}", subject.name, case.title, tracer.program());
                        skipped.push(format!("{what}, {transport}: {error}"));
                    }
                }
            }
        }
    }
    eprint!("\r\x1b[K");
    counted
}

fn count(
    programs: &Programs,
    tracer: Tracer,
    subject: &Subject,
    transport: Transport,
    case: &Case,
) -> Result<Counted, Box<dyn Error>> {
    let calls = tracer.calls();
    let short = run(programs, tracer, subject, transport, case, calls[0])?;
    let long = run(programs, tracer, subject, transport, case, calls[1])?;
    let more = (calls[1] - calls[0]) as f64;
    let per_call = |end: usize, name: &str| {
        let of = |run: &[BTreeMap<String, f64>; 2]| run[end].get(name).copied().unwrap_or_default();
        (of(&long) - of(&short)) / more
    };
    let names: std::collections::BTreeSet<&String> = long.iter().flat_map(BTreeMap::keys).collect();
    let ends = |name: &String| (name.clone(), Ends { client: per_call(0, name), server: per_call(1, name) });
    let mut parts: Vec<(String, Ends)> = names.into_iter().map(ends).collect();
    let sum = parts.iter().fold(Ends::default(), |sum, (_, part)| Ends {
        client: sum.client + part.client,
        server: sum.server + part.server,
    });
    parts.retain(|(_, part)| part.client.max(part.server) >= 0.005);
    parts.sort_by(|(_, a), (_, b)| f64::total_cmp(&(b.client + b.server), &(a.client + a.server)));
    let who = Who { subject: subject.name.to_owned(), group: subject.group, transport };
    Ok(Counted { who, case: case.name.to_owned(), per_call: sum, parts })
}

/// What the client and the server did in a run of so many calls.
fn run(
    programs: &Programs,
    tracer: Tracer,
    subject: &Subject,
    transport: Transport,
    case: &Case,
    calls: u64,
) -> Result<[BTreeMap<String, f64>; 2], Box<dyn Error>> {
    let files = Files::new();
    let served = programs.serve(subject, transport, &tracer.wrapper(&files.server))?;
    let mut arguments = case.arguments();
    arguments.extend(["--calls", &calls.to_string(), "--seconds", SECONDS].map(str::to_owned));
    let report = programs.load(subject, &served.url, &arguments, &tracer.wrapper(&files.client))?;
    if report.calls != calls {
        return Err(format!("{} of {calls} calls went well: {:?}", report.calls, report.errors).into());
    }
    served.end()?;
    Ok([tracer.read(&files.client)?, tracer.read(&files.server)?])
}

/// Where both ends write; gone with this.
struct Files {
    client: String,
    server: String,
}

impl Files {
    fn new() -> Self {
        let file = |end: &str| {
            let path: PathBuf = std::env::temp_dir().join(format!("bench-{}-{end}", std::process::id()));
            path.display().to_string()
        };
        Self { client: file("client"), server: file("server") }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for file in [&self.client, &self.server] {
            let _ = fs::remove_file(file);
            let _ = fs::remove_file(format!("{file}.log"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_calls_are_read_with_and_without_errors() {
        let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.001234           1      1004           sendto
 40.00    0.000823           1      2001       998 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.002057           1      3005       998 total
";
        let counts = system_calls(summary);
        assert_eq!(counts, BTreeMap::from([("sendto".to_owned(), 1_004.0), ("recvfrom".to_owned(), 2_001.0)]));
    }
}
