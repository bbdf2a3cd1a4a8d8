//! A laboratory: a service that does whatever a call can do, for tests and measurements. Serves it, calls it by hand, and
//! calls it under load.
//!
//! ```text
//! cargo run --release --example lab -- serve --listen tcp://127.0.0.1:0
//! cargo run --release --example lab -- call URL add '[2, 3]'
//! cargo run --release --example lab -- load URL --method echo --size 64
//! cargo run --release --example lab -- load URL --method relay --in-flight 8
//! ```
//! Begin with `lab/service.rs`, what can be called, and `lab/bench.rs`, what then happens. `lab/call.rs` makes one call,
//! `lab/load.rs` makes many, and `lab/streams.rs` those with streams; how they are timed is `rpc-load`'s business, as for
//! everything else that is measured.
#![allow(unreachable_pub, reason = "this is a binary of other packages as well, whose lints are those of libraries")]

mod lab {
    pub mod bench;
    pub mod call;
    pub mod items;
    pub mod limits;
    pub mod load;
    pub mod serve;
    pub mod service;
    pub mod streams;
    pub mod tier;
}

use std::{error::Error, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use lab::{call::Call, load::Loading, serve::Serving};

type Failure = Box<dyn Error>;

/// A service that does whatever a call can do, for tests and measurements.
#[derive(Debug, Parser)]
#[command(name = "lab")]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT.
    Serve(Serving),
    /// Make one call, and print its value as JSON, or its items.
    Call(Call),
    /// Make calls and measure them.
    Load(Loading),
}

fn main() -> ExitCode {
    let ended = match Program::try_parse() {
        Ok(Program { command: Some(command) }) => run(command),
        Ok(Program { command: None }) => Program::command().print_help().map_err(Failure::from),
        Err(error) if error.use_stderr() => Err(in_one_line(&error.to_string()).into()),
        Err(help) => help.exit(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", escaped(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(serving) => serving.run(),
        Command::Call(call) => call.run(),
        Command::Load(loading) => loading.run(),
    }
}

/// What is wrong with a command line, which is said in several.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in an error may come from a peer; it is to stay on its line.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
