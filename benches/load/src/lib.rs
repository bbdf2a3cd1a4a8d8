//! Makes calls under load and measures them: how many, how long each took, what failed, what it cost.
//!
//! One measure for all: `lab load`, the floors and the peers drive their calls through here, so that their figures differ
//! by what is called and not by how it is timed. Nothing here knows what a call is, or what a stream sends.
//!
//! A program that is measured has two commands, which [`Command`] parses: `serve --listen URL` and `load URL`.

mod cli;
mod heap;
mod meter;
mod neighbour;
mod pacer;
mod report;
mod run;
mod serving;
mod source;
mod stream;
mod tally;

pub use cli::{Command, Flavour, Load, Method, Run, Serve};
pub use heap::Heap;
pub use report::{Latency, Report};
pub use run::{Caller, Worker, run, run_blocking};
pub use serving::{WITH_INPUT, announce, ended};
pub use source::Source;
pub use stream::{Arrived, Items, StreamWorker, Streams, run_stream, run_streams};
