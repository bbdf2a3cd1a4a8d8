//! Floor: many calls on one connection, and whoever is answered is woken at once.

use std::error::Error;

use rpc_floors::{mux, server, socket::Registered::Reading};
use rpc_load::Command;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => serve.run.build()?.block_on(server::serve(&serve.listen, Reading))?,
        Command::Load(load) => load.run.build()?.block_on(mux::load(&load, usize::MAX, Reading))?.print(load.json),
    }
    Ok(())
}
