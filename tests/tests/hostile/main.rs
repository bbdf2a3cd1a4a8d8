//! The catalogue of hostile inputs, as tests. Each begins with the id of its case, and `catalogue` compares the names with
//! the list of them.
//!
//! | ids | what is hostile | where |
//! |---|---|---|
//! | F-1 to F-13 | frames: cut, torn, malformed, random | `frames` |
//! | C-1 to C-9 | values that decode badly, handlers that misbehave | `codec` |
//! | R-2 to, R-9 | calls: cancelled, dropped, too many, with too much beside them | `calls` |
//! | S-1 to S-9 | streams: beyond their credit, out of order, given up, unread | `streams` |
//! | D-1 to D-5, D-8 | deadlines and clocks | `deadlines`, `late` |
//! | K-1 to K-3, K-5, K-8 to K-10 | connections, descriptors, accepting | `connections` |
//! | U-1 to U-6 | Unix sockets | `tests/unix` |
//! | U-7, M-1 to M-11 | shared memory: descriptors, words, bells, frames, ends | `shm` |
//!
//! `attack` holds what is asserted of every attack.

mod attack;
mod calls;
mod catalogue;
mod codec;
mod connections;
mod deadlines;
mod frames;
mod handlers;
mod late;
mod own_process;
#[cfg(target_os = "linux")]
mod shm;
mod specimens;
mod streams;
