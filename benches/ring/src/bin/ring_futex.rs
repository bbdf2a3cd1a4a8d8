//! Floor: ping-pong through the same shared memory by threads that sleep until the commit word changes.

use std::error::Error;

use rpc_ring::ping_pong::{self, Wait};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    ping_pong::program(Wait::Sleep)
}
