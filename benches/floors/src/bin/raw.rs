//! Floor: ping-pong by tasks, and streams of a task for each direction, over sockets as tokio registers them.

use std::error::Error;

use rpc_floors::{ping_pong, server, socket::Registered::Both, stream};
use rpc_load::{Command, Method};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(serve) => serve.run.build()?.block_on(server::serve(&serve.listen, Both))?,
        Command::Load(load) => {
            let runtime = load.run.build()?;
            let report = match load.method {
                Method::Ticks | Method::Sink | Method::Relay => runtime.block_on(stream::load(&load, Both)),
                _ => runtime.block_on(ping_pong::load(&load, Both)),
            };
            report?.print(load.json);
        }
    }
    Ok(())
}
