//! Who is measured: floors, the framework, its peers. Each is a program with the commands `serve` and `load`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program that is measured, in one of its ways.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    pub(crate) program: &'static str,
    /// The runtime's kind, at both ends. With `multi` there is one worker, for each end has one processor.
    pub(crate) runtime: &'static str,
    /// What it can do.
    pub(crate) can: Can,
    /// What it can do it over, in a way of its own.
    pub(crate) transports: &'static [Transport],
    /// Whether it has streams, and they are measured.
    pub(crate) streams: bool,
}

/// What a program is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// What kernel and runtime cost by themselves.
    Floor,
    /// The framework.
    Ours,
    /// Other frameworks.
    Peer,
}

/// How much a program can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Can {
    /// One call in flight, on one connection.
    OneCall,
    /// One call in flight on each connection.
    OneEach,
    /// Adds and echoes, many calls on a connection.
    Many,
    /// One echo in flight, on one connection.
    OneEcho,
    /// Many echoes of what fits into a cell of a ring, on one connection.
    SmallEchoes,
    /// Echoes, as many on one connection as it has buffers for.
    Echoes,
    /// All methods.
    All,
}

const SOCKETS: &[Transport] = &[Transport::Tcp, Transport::Unix];
const UNIX: &[Transport] = &[Transport::Unix];
const SHARED: &[Transport] = &[Transport::Shm];

/// All of them, in the order of the tables.
pub(crate) const SUBJECTS: &[Subject] = &[
    floor("blocking", Can::OneCall),
    streaming(floor("raw", Can::OneEach)),
    Subject { transports: UNIX, ..floor("raw-read", Can::OneEach) },
    floor("mux", Can::Many),
    floor("mux-128", Can::Many),
    shared(floor("ring", Can::OneEcho)),
    shared(floor("ring-futex", Can::OneEcho)),
    shared(floor("ring-mux", Can::SmallEchoes)),
    streaming(ours("ours", "ours", "current")),
    streaming(ours("ours-multi", "ours", "multi")),
    peer("tarpc", "current"),
    streaming(peer("tonic", "multi")),
    peer("volo", "current"),
    peer("volo-mux", "current"),
    peer("capnp", "current"),
    peer("ttrpc", "current"),
    shared(Subject { can: Can::Echoes, ..peer("iceoryx2-busy", "current") }),
    shared(Subject { can: Can::Echoes, ..peer("iceoryx2-event", "current") }),
];

/// The framework with the marks of its steps, which is timed step by step and in no other way.
pub(crate) const MARKED: Subject = ours("steps", "steps", "current");

const fn floor(name: &'static str, can: Can) -> Subject {
    Subject { name, group: Group::Floor, program: name, runtime: "current", can, transports: SOCKETS, streams: false }
}

const fn ours(name: &'static str, program: &'static str, runtime: &'static str) -> Subject {
    Subject { name, group: Group::Ours, program, runtime, can: Can::All, transports: &Transport::ALL, streams: false }
}

const fn peer(name: &'static str, runtime: &'static str) -> Subject {
    Subject { name, group: Group::Peer, program: name, runtime, can: Can::All, transports: SOCKETS, streams: false }
}

const fn streaming(subject: Subject) -> Subject {
    Subject { streams: true, ..subject }
}

const fn shared(subject: Subject) -> Subject {
    Subject { transports: SHARED, ..subject }
}

/// What carries the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    /// TCP over loopback.
    Tcp,
    /// A Unix socket.
    Unix,
    /// Shared memory.
    Shm,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::Tcp, Self::Unix, Self::Shm];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Unix => "unix",
            Self::Shm => "shm",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Unix => "Unix socket",
            Self::Shm => "shared memory",
        })
    }
}
