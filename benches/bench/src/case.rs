//! What is measured: which calls, and how many of them at a time; which streams.

use crate::subject::{Can, Group, Subject, Transport};

/// A load.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    pub(crate) method: &'static str,
    pub(crate) size: usize,
    pub(crate) in_flight: u32,
    pub(crate) connections: u32,
    /// The floor that others are compared with.
    pub(crate) floor: &'static str,
    pub(crate) kind: Kind,
    /// Further arguments of the load.
    pub(crate) further: &'static [&'static str],
    /// What is asked of shared memory beside its path.
    pub(crate) query: &'static str,
    /// Whether both ends have one processor together.
    pub(crate) one_processor: bool,
}

/// What a load consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Calls.
    Calls,
    /// Calls with the payload of a stream's items, which are there to be set beside it: of who streams, and of no floor but
    /// their own.
    Beside,
    /// The items of one stream.
    Stream,
    /// Calls that show what shared memory costs whoever else runs, of those with these names, over it and over Unix sockets.
    Shared(&'static [&'static str]),
}

/// All loads that are timed.
pub(crate) const CASES: &[Case] = &[
    one("add", "add, 1 in flight", "add", 0),
    one("echo-64", "echo 64 B, 1 in flight", "echo", 64),
    one("echo-1k", "echo 1 KiB, 1 in flight", "echo", 1 << 10),
    one("echo-64k", "echo 64 KiB, 1 in flight", "echo", 64 << 10),
    one("echo-1m", "echo 1 MiB, 1 in flight", "echo", 1 << 20),
    many("echo-64-x64", "echo 64 B, 64 in flight", 64, 64, "mux"),
    many("echo-64-x1024", "echo 64 B, 1,024 in flight", 64, 1_024, "mux-128"),
    many("echo-1m-x8", "echo 1 MiB, 8 in flight", 1 << 20, 8, "mux"),
    Case { connections: 64, ..one("echo-64-c64", "echo 64 B, 64 connections", "echo", 64) },
    stream("server-stream-16", "server stream of 16 B", "ticks", 16),
    stream("server-stream-1k", "server stream of 1 KiB", "ticks", 1 << 10),
    stream("server-stream-64k", "server stream of 64 KiB", "ticks", 64 << 10),
    stream("client-stream-16", "client stream of 16 B", "sink", 16),
    stream("client-stream-1k", "client stream of 1 KiB", "sink", 1 << 10),
    stream("client-stream-64k", "client stream of 64 KiB", "sink", 64 << 10),
    stream("bidi-16", "both ways, 16 B", "relay", 16),
    stream("bidi-1k", "both ways, 1 KiB", "relay", 1 << 10),
    stream("bidi-64k", "both ways, 64 KiB", "relay", 64 << 10),
    beside(one("echo-16", "echo 16 B, 1 in flight", "echo", 16)),
    beside(many("echo-16-x64", "echo 16 B, 64 in flight", 16, 64, "mux")),
    beside(many("echo-1k-x64", "echo 1 KiB, 64 in flight", 1 << 10, 64, "mux")),
    beside(many("echo-64k-x64", "echo 64 KiB, 64 in flight", 64 << 10, 64, "mux")),
    Case {
        further: &["--pause-us", "2000"],
        kind: Kind::Shared(&["raw", "ring-futex", "ours", "iceoryx2-event"]),
        ..one("echo-64-asleep", "echo 64 B, every 2 ms", "echo", 64)
    },
    Case {
        one_processor: true,
        kind: Kind::Shared(&["raw", "ring-futex", "ours"]),
        floor: "ours",
        ..one("echo-64-core", "echo 64 B, both ends on one processor", "echo", 64)
    },
    neighbour("neighbour", "a neighbour of a call of 50 µs", ""),
    neighbour("neighbour-off", "a neighbour of a call of 50 µs, no spinning", "?spin=off"),
];

const fn one(name: &'static str, title: &'static str, method: &'static str, size: usize) -> Case {
    Case {
        name,
        title,
        method,
        size,
        in_flight: 1,
        connections: 1,
        floor: "raw",
        kind: Kind::Calls,
        further: &[],
        query: "",
        one_processor: false,
    }
}

const fn many(name: &'static str, title: &'static str, size: usize, in_flight: u32, floor: &'static str) -> Case {
    Case { in_flight, floor, ..one(name, title, "echo", size) }
}

const fn neighbour(name: &'static str, title: &'static str, query: &'static str) -> Case {
    let further = &["--neighbour-us", "20"];
    Case { further, query, kind: Kind::Shared(&["ours"]), floor: "ours", ..one(name, title, "work", 50) }
}

const fn stream(name: &'static str, title: &'static str, method: &'static str, size: usize) -> Case {
    Case { kind: Kind::Stream, ..one(name, title, method, size) }
}

const fn beside(case: Case) -> Case {
    Case { kind: Kind::Beside, ..case }
}

impl Case {
    /// A case by its name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// The groups that it is in.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &'static str> {
        let streams = CASES.iter().any(|stream| stream.kind == Kind::Stream && self.is_beside(stream));
        let calls = (self.kind == Kind::Calls).then_some("calls");
        let shared = matches!(self.kind, Kind::Shared(_)).then_some("shared");
        calls.into_iter().chain((streams || self.kind == Kind::Stream).then_some("streams")).chain(shared)
    }

    /// Who others are compared with over a transport, and over what that one is measured.
    pub(crate) fn floor_over(&self, transport: Transport) -> (&'static str, Transport) {
        match (self.kind, transport, self.floor) {
            (Kind::Shared(_), ..) => (self.floor, Transport::Unix),
            (_, Transport::Shm, "raw") => ("ring", transport),
            (_, Transport::Shm, _) => ("ring-mux", transport),
            _ => (self.floor, transport),
        }
    }

    /// Whether its calls carry what the items of the stream do, on one connection.
    pub(crate) fn is_beside(&self, stream: &Self) -> bool {
        self.method == "echo" && self.connections == 1 && self.size == stream.size
    }

    /// Whether the subject can do it over this transport, in a way of its own, and is measured with it.
    pub(crate) fn suits(&self, subject: &Subject, transport: Transport) -> bool {
        if !subject.transports.contains(&transport) {
            return false;
        }
        match (self.kind, subject.group) {
            (Kind::Stream, _) => return subject.streams,
            (Kind::Shared(who), _) => {
                let over =
                    if self.query.is_empty() { &[Transport::Unix, Transport::Shm][..] } else { &[Transport::Shm] };
                return over.contains(&transport) && who.contains(&subject.name);
            }
            (Kind::Beside, Group::Floor) if subject.name != self.floor_over(transport).0 => return false,
            (Kind::Beside, Group::Peer) if !subject.streams => return false,
            _ => {}
        }
        match subject.can {
            Can::OneCall => self.in_flight == 1 && self.connections == 1,
            Can::OneEach => self.in_flight == 1,
            Can::Many => subject.name == "mux" || self.in_flight > 128,
            Can::OneEcho => self.method == "echo" && self.in_flight == 1 && self.connections == 1,
            Can::SmallEchoes => {
                self.method == "echo" && self.in_flight <= 64 && self.connections == 1 && self.size <= 64
            }
            Can::Echoes => self.method == "echo" && self.in_flight <= 64 && self.connections == 1,
            Can::All => true,
        }
    }

    /// The part of the command line that says so.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let numbers = [
            ("--size", self.size.to_string()),
            ("--in-flight", self.in_flight.to_string()),
            ("--connections", self.connections.to_string()),
        ];
        let mut arguments = vec!["--method".to_owned(), self.method.to_owned()];
        arguments.extend(numbers.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        arguments.extend(self.further.iter().map(|argument| (*argument).to_owned()));
        arguments
    }
}
