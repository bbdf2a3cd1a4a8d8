//! iceoryx2, at each end a thread that looks all the time.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_iceoryx2::run(peer_iceoryx2::Wait::Busy)
}
