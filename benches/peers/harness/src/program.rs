//! The two commands of a peer's program. Knows no peer.

use std::{fs, process::ExitCode};

use rpc_load::{Command, Load, Report, Serve, announce, ended};

use crate::{Address, Listener};

/// What came of something; an error is words for people, or the kind of a failed call.
pub type Outcome<T = ()> = Result<T, String>;

/// Runs the command of this process: it serves, or makes calls and prints what came of them.
pub fn program(serve: impl AsyncFnOnce(Serve) -> Outcome, load: impl AsyncFnOnce(Load) -> Outcome<Report>) -> ExitCode {
    let outcome = match Command::of_process() {
        Command::Serve(command) => run(&command.run.clone(), serve(command)),
        Command::Load(command) => {
            let json = command.json;
            run(&command.run.clone(), load(command)).map(|report| report.print(json))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Listens wherever it is asked to, hands each socket to `accept`, which is to spawn what accepts connections, and waits
/// until the process is told to end.
///
/// # Errors
/// A URL is none, or the system does not let the process listen there.
pub async fn serve(command: &Serve, mut accept: impl FnMut(Listener)) -> Outcome {
    let mut addresses = Vec::new();
    for url in &command.listen {
        let address: Address = url.parse()?;
        let (listener, address) = address.bind().map_err(|error| format!("{url}: {error}"))?;
        accept(listener);
        addresses.push(address);
    }
    announce(&addresses);
    ended().await.map_err(|error| error.to_string())?;
    for address in addresses {
        if let Address::Unix(path) = address {
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

/// Runs a command on the runtime that it asks for. Whatever else runs there ends with it.
fn run<T>(runtime: &rpc_load::Run, command: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = runtime.build().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_background();
    outcome
}
