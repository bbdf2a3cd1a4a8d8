//! volo-thrift with many calls at a time on each connection: `multiplex(true)` at the server and at the clients, as in
//! its `examples/src/thrift/multiplex`. A client has one connection.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_volo::run(true)
}
