//! What is measured: which calls, and how many of them at a time.

use crate::subject::{Can, Subject, Transport};

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
}

/// All loads whose calls are timed.
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
];

const fn one(name: &'static str, title: &'static str, method: &'static str, size: usize) -> Case {
    Case { name, title, method, size, in_flight: 1, connections: 1, floor: "raw" }
}

const fn many(name: &'static str, title: &'static str, size: usize, in_flight: u32, floor: &'static str) -> Case {
    Case { name, title, method: "echo", size, in_flight, connections: 1, floor }
}

impl Case {
    /// A case by its name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// Whether the subject can do it over this transport, in a way of its own.
    pub(crate) fn suits(&self, subject: &Subject, transport: Transport) -> bool {
        match subject.can {
            Can::OneCall => self.in_flight == 1 && self.connections == 1,
            Can::OneEach => self.in_flight == 1,
            Can::OneEachUnix => self.in_flight == 1 && transport == Transport::Unix,
            Can::Many => subject.name == "mux" || self.in_flight > 128,
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
        arguments
    }
}
