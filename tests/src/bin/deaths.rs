//! Has processes die over `shm://`, as often as it is told, and reports what their peers made of it: half of them at
//! points that are spread over all that a victim passes, half at any time. Fails when anything was wrong.
//!
//! ```text
//! cargo run --release -p rpc-tests --bin deaths -- run 4000
//! ```

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use rpc_tests::{
    Folder, Seeded,
    deaths::{Leftovers, Means, Shape, Side, Tally, Trial, Work, be_victim, points, rounds},
};

/// Until when a victim has died that does so at any time: it is done by then, more often than not.
const LONGEST: Duration = Duration::from_millis(40);

#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have processes die.
    Run {
        /// How many.
        deaths: usize,
    },
    #[command(flatten)]
    Victim(Work),
}

fn main() -> ExitCode {
    match Program::parse().command {
        Command::Run { deaths } => run(deaths),
        Command::Victim(work) => be_victim(work),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn run(deaths: usize) -> ExitCode {
    let (before, folder) = (Leftovers::now(), Folder::new());
    let mut seeded = Seeded::anew();
    let mut tally = Tally::default();
    let kinds = Side::ALL.into_iter().flat_map(|side| Shape::ALL.map(|shape| (side, shape)));
    for (side, shape) in kinds {
        let trial = Trial::new(std::env::current_exe().expect("this program has a name"), &folder, side, shape);
        let each = deaths / (Side::ALL.len() * Shape::ALL.len());
        let trials = trial.with_points(&points(&trial).await, each / 2, &mut seeded);
        tally = tally.and(rounds(before, trials).await);
        let trials = (0..each - each / 2).map(|_| trial.with(Means::any(&mut seeded, LONGEST), &mut seeded)).collect();
        tally = tally.and(rounds(before, trials).await);
    }
    print!("{tally}");
    if tally.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
