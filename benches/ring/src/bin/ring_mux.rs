//! Floor: many calls through one ring of shared memory, a task each.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    rpc_ring::mux::program()
}
