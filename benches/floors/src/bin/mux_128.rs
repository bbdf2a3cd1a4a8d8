//! Floor: many calls on one connection, of which at most 128 are woken in a turn: more than the run queue of a worker
//! holds would go through the queue that all workers share.

use std::error::Error;

use rpc_floors::{mux, server, socket::Registered::Reading};
use rpc_load::Command;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => serve.run.build()?.block_on(server::serve(&serve.listen, Reading))?,
        Command::Load(load) => load.run.build()?.block_on(mux::load(&load, 128, Reading))?.print(load.json),
    }
    Ok(())
}
