//! Floor: ping-pong by threads that block in the kernel. `--runtime` and `--workers` mean nothing to it.

use std::{error::Error, process::exit, thread};

use rpc_floors::blocking;
use rpc_load::{Command, Serve, ended};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(command) => serve(command),
        Command::Load(load) => blocking::load(&load).map(|report| report.print(load.json)),
    }
}

fn serve(Serve { mut listen, run }: Serve) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (Some(url), true) = (listen.pop(), listen.is_empty()) else {
        return Err("this floor listens at one place".into());
    };
    thread::spawn(move || {
        if let Err(error) = blocking::serve(&url) {
            eprintln!("{error}");
            exit(1);
        }
    });
    // The runtime only waits to be told to end.
    Ok(run.build()?.block_on(ended())?)
}
