//! What the peers share: where they listen, which calls they make, and the two commands of their programs. Knows no peer.

mod address;
mod call;
mod program;

pub use address::{Address, Listener};
pub use call::Call;
pub use program::{Outcome, program, serve};

/// Most bytes of a message, for peers that have a limit: 1 MiB of payload and what they add to it.
pub const MESSAGE: usize = 2 << 20;
/// Most calls in flight on a connection, for peers that queue them: as many as a load may ask for.
pub const IN_FLIGHT: usize = 100_000;
