//! The command line, and what it leaves of all that could be measured.

use std::path::PathBuf;

use clap::Parser;

use crate::{
    case::{CASES, Case},
    programs::target,
    subject::{Group, SUBJECTS, Subject, Transport},
};

/// Measures the framework beside floors and peers, on this machine.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    /// Floors and the framework only, the loads short, and only `timed` and `steps` unless parts are named: under three
    /// minutes.
    #[arg(long)]
    quick: bool,
    /// Measures only what is named: a subject or its group, a case or its group, a transport or a part. Where no name is of a kind,
    /// that kind is measured whole. May be given several times, or several names with commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds of the timed loads; 3 unless given, 2 with `--quick`.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: Option<u16>,
    /// Seconds of each timed load, without its warm-up; 1 unless given, 0.3 with `--quick`.
    #[arg(long)]
    seconds: Option<f64>,
    /// Where to write results.json and the charts.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Prints and draws what an earlier run has written, and measures nothing.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// What is to be measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) subjects: Vec<&'static Subject>,
    pub(crate) transports: Vec<Transport>,
    pub(crate) cases: Vec<&'static Case>,
    pub(crate) parts: Vec<Part>,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) quick: bool,
    pub(crate) out: PathBuf,
    pub(crate) from: Option<PathBuf>,
}

/// A kind of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Calls per second, latencies, CPU time.
    Timed,
    /// What resting connections take.
    Idle,
    /// Heap bytes and allocations.
    Heap,
    /// System calls.
    Kernel,
    /// Instructions.
    Instructions,
    /// Where a call's time goes.
    Steps,
}

const PARTS: [(&str, Part); 6] = [
    ("timed", Part::Timed),
    ("idle", Part::Idle),
    ("heap", Part::Heap),
    ("kernel", Part::Kernel),
    ("instructions", Part::Instructions),
    ("steps", Part::Steps),
];

impl Plan {
    /// What this process is asked to measure.
    pub(crate) fn of_process() -> Result<Self, String> {
        Self::new(Arguments::parse())
    }

    fn new(arguments: Arguments) -> Result<Self, String> {
        let Arguments { quick, only, rounds, seconds, out, from } = arguments;
        let seconds = seconds.unwrap_or(if quick { 0.3 } else { 1.0 });
        if !(0.05..=60.0).contains(&seconds) {
            return Err(format!("--seconds {seconds}: give 0.05 to 60"));
        }
        if let Some(unknown) = only.iter().find(|name| !known().any(|known| known == **name)) {
            let known: Vec<&str> = known().collect();
            return Err(format!("--only {unknown}: nothing has this name. There are: {}", known.join(", ")));
        }
        let mut parts = left(&only, PARTS.to_vec(), |part| vec![part.0]);
        if quick && parts.len() == PARTS.len() {
            parts.retain(|(_, part)| [Part::Timed, Part::Steps].contains(part));
        }
        let subjects = left(&only, SUBJECTS.iter().collect(), |subject| vec![subject.name, group(subject.group)]);
        Ok(Self {
            subjects: subjects.into_iter().filter(|subject| !quick || subject.group != Group::Peer).collect(),
            transports: left(&only, Transport::ALL.to_vec(), |transport| vec![transport.name()]),
            cases: left(&only, CASES.iter().collect(), |case| [case.name].into_iter().chain(case.groups()).collect()),
            parts: parts.into_iter().map(|part| part.1).collect(),
            rounds: rounds.map_or(if quick { 2 } else { 3 }, usize::from),
            seconds,
            quick,
            out: out.unwrap_or_else(|| target().join("results")),
            from,
        })
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// The subjects that can do everything.
    pub(crate) fn whole_subjects(&self) -> impl Iterator<Item = &'static Subject> {
        self.subjects.iter().copied().filter(|subject| subject.can == crate::subject::Can::All)
    }
}

/// Those that are named, or all if none is.
fn left<T: Clone>(only: &[String], all: Vec<T>, names: impl Fn(&T) -> Vec<&'static str>) -> Vec<T> {
    let named = |one: &&T| names(one).iter().any(|name| only.iter().any(|only| only == name));
    let some: Vec<T> = all.iter().filter(named).cloned().collect();
    if some.is_empty() { all } else { some }
}

fn known() -> impl Iterator<Item = &'static str> {
    let groups = [Group::Floor, Group::Ours, Group::Peer].map(group);
    // The framework's group and its first subject have one name.
    let subjects = SUBJECTS.iter().map(|subject| subject.name).filter(|name| *name != "ours");
    let transports = Transport::ALL.map(Transport::name);
    let cases = ["calls", "streams", "shared"].into_iter().chain(CASES.iter().map(|case| case.name));
    groups.into_iter().chain(subjects).chain(transports).chain(cases).chain(PARTS.map(|part| part.0))
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Floor => "floors",
        Group::Ours => "ours",
        Group::Peer => "peers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Kind;

    fn plan(only: &[&str]) -> Result<Plan, String> {
        Plan::new(Arguments::parse_from([&["bench"], only].concat()))
    }

    #[test]
    fn a_kind_of_which_nothing_is_named_is_measured_whole() {
        let plan = plan(&["--only", "ours,unix", "--only", "add"]).unwrap();
        assert!(plan.subjects.iter().all(|subject| subject.group == Group::Ours));
        assert_eq!(plan.transports, [Transport::Unix]);
        assert_eq!(plan.cases.len(), 1);
        assert_eq!(plan.parts.len(), PARTS.len());
    }

    #[test]
    fn a_name_that_nothing_has_is_refused_with_those_there_are() {
        let refused = plan(&["--only", "grpc"]).unwrap_err();
        assert!(refused.contains("grpc") && refused.contains("tonic") && refused.contains("echo-64-x64"), "{refused}");
    }

    #[test]
    fn a_quick_run_leaves_out_the_peers_and_what_takes_long_unless_it_is_named() {
        let quick = plan(&["--quick"]).unwrap();
        assert!(!quick.subjects.is_empty() && quick.subjects.iter().all(|subject| subject.group != Group::Peer));
        assert_eq!(quick.parts, [Part::Timed, Part::Steps]);
        assert_eq!(plan(&["--quick", "--only", "heap"]).unwrap().parts, [Part::Heap]);
    }

    #[test]
    fn streams_are_measured_with_the_calls_that_stand_beside_them() {
        let streams = plan(&["--only", "streams"]).unwrap().cases;
        assert_eq!(streams.iter().filter(|case| case.kind == Kind::Stream).count(), 9);
        for stream in streams.iter().filter(|case| case.kind == Kind::Stream) {
            let beside: Vec<u32> =
                streams.iter().filter(|case| case.is_beside(stream)).map(|case| case.in_flight).collect();
            assert!([1, 64].iter().all(|in_flight| beside.contains(in_flight)), "{}: {beside:?}", stream.name);
        }
        let calls = plan(&["--only", "calls"]).unwrap().cases;
        assert!(!calls.is_empty() && calls.iter().all(|case| case.kind == Kind::Calls));
    }

    #[test]
    fn every_floor_that_a_case_names_can_do_it_over_every_transport() {
        for case in CASES {
            let floor = SUBJECTS.iter().find(|subject| subject.name == case.floor).unwrap();
            let all = if matches!(case.kind, Kind::Shared(_)) { &[Transport::Unix][..] } else { floor.transports };
            let query = !case.query.is_empty();
            assert!(query || all.iter().all(|transport| case.suits(floor, *transport)), "{}", case.name);
        }
    }
}
