//! The harness of the behaviour tests: services that do everything a method can do, servers and clients of them over any
//! transport, transports of a user's own, and peers that speak the protocol by hand.
//!
//! A scenario is an async function of a [`Setup`]. [`run`] runs it and then looks whether anything is left: every
//! server must drain, every handler have ended, every task be gone. Which transports and codecs there are is not known
//! here: that is one table, in `tests/conformance.rs`.

mod cells;
pub mod deaths;
mod desk;
mod door;
mod duplex;
mod folder;
mod laboratory;
mod ledger;
mod lines;
mod lines_of_log;
pub mod marks;
mod polls;
mod raw_peer;
mod relay;
mod seeded;
mod server_by_hand;
mod setup;
mod streams;
mod watched;

pub use cells::Cells;
pub use desk::Desk;
pub use door::{Answer, Door};
pub use duplex::Duplex;
pub use folder::Folder;
pub use laboratory::{
    Breakdown, LabError, Laboratory, LaboratoryClient, LaboratoryServer, Measured, Sample, Seen, Shape,
};
pub use ledger::{Ledger, LedgerClient, LedgerFile, LedgerServer};
pub use lines_of_log::LinesOfLog;
pub use polls::{poll_once, polled_times};
pub use raw_peer::{AnyStream, RawPeer, Stream, request, request_of};
pub use relay::{Onward, Relay, RelayClient, RelayServer};
pub use seeded::Seeded;
pub use server_by_hand::{listen, server_by_hand, server_over_a_pipe};
pub use setup::{Flavour, Scenario, Served, Setup, run, tidy, within};
pub use streams::{Streams, StreamsClient, StreamsServer};
pub use watched::{Watched, watched};

/// The example of the page about shared memory, compiled and run.
#[cfg(all(doctest, target_os = "linux"))]
#[doc = include_str!("../../docs/shared-memory.md")]
pub struct SharedMemory;

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
