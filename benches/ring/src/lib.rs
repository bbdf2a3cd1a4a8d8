//! Floors of shared memory: a ring of cells in each direction, as the framework's transport lays it out, without the
//! framework. No codec, no deadlines, no errors, and no check of what the peer writes but that it stays within bounds.
//!
//! Linux only, as what they are compared with.

pub mod memory;
pub mod mux;
pub mod ping_pong;
pub mod ring;
pub mod session;
