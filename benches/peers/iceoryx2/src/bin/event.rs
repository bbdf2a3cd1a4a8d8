//! iceoryx2, at each end a thread that sleeps until an event.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_iceoryx2::run(peer_iceoryx2::Wait::Event)
}
