//! Floor: ping-pong by tasks, over Unix sockets that are registered for reading only.

use std::error::Error;

use rpc_floors::{ping_pong, server, socket::Registered::Reading};
use rpc_load::Command;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => serve.run.build()?.block_on(server::serve(&serve.listen, Reading))?,
        Command::Load(load) => load.run.build()?.block_on(ping_pong::load(&load, Reading))?.print(load.json),
    }
    Ok(())
}
