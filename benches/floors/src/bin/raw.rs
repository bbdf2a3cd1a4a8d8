//! Floor: ping-pong by tasks, over sockets as tokio registers them.

use std::error::Error;

use rpc_floors::{ping_pong, server, socket::Registered::Both};
use rpc_load::Command;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => serve.run.build()?.block_on(server::serve(&serve.listen, Both))?,
        Command::Load(load) => load.run.build()?.block_on(ping_pong::load(&load, Both))?.print(load.json),
    }
    Ok(())
}
