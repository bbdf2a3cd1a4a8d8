//! Floor: ping-pong through shared memory by threads that spin.

use std::error::Error;

use rpc_ring::ping_pong::{self, Wait};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    ping_pong::program(Wait::Spin)
}
