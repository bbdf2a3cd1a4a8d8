//! What all floors share: messages of the sizes that ours have, and the sockets that carry them. No codec, no deadlines,
//! no errors, no names: whoever adds those pays for them, and that is what is measured.

pub mod blocking;
pub mod inbox;
pub mod message;
pub mod mux;
pub mod ping_pong;
pub mod server;
pub mod socket;
pub mod stream;
