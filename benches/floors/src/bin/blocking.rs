//! Floor: ping-pong by threads that block in the kernel. `--runtime` and `--workers` mean nothing to it.

use std::error::Error;

use rpc_floors::blocking;
use rpc_load::Command;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => blocking::serve(&serve.listen[0]),
        Command::Load(load) => blocking::load(&load).map(|report| report.print(load.json)),
    }
}
