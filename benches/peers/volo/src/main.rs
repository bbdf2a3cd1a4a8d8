//! volo-thrift with one call at a time on each connection, which is its default.
//!
//! Further calls in flight take further connections from the client's pool: `--connections N --in-flight M` uses up to
//! N times M connections.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_volo::run(false)
}
