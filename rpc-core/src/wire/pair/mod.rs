//! Both ends of a connection tried against each other: a [`Caller`] and a [`Callee`] with two pipes of bytes between.
//!
//! ```text
//!               ┌────────── out ─────────▶ cut anywhere ─────┐
//!   Calling ────┘                                            ▼
//!   (Caller) ◀──── cut anywhere ◀───────── out ─────── Called (Callee)
//!        └──────────────── Ledger: the truth ───────────────┘
//! ```
//! The ends know no link and no task; what a runtime would do with an event they do at once, or when an operation of
//! the test says so. Begin with `lawful`, which draws any history of two ends that keep the rules; `hostile` breaks
//! them, `damaged` changes bytes of a lawful history, `stray` has the tables of docs/protocol.md about odd frames.

use bytes::Bytes;

use super::*;
use crate::Limits;

mod called;
mod calling;
mod damaged;
mod hostile;
mod lawful;
mod ledger;
mod pipe;
mod stray;

/// The largest message that either end takes.
const MESSAGE: usize = 100;
/// The calls that may be open at a time.
const CALLS: usize = 4;

fn limits(request_bytes: usize) -> Limits {
    Limits { message: MESSAGE, calls_in_flight: CALLS as u32, request_bytes, ..Limits::default() }
}

/// A message that tells by its bytes whose it is. None of them can stand in a length: so whoever takes a body for
/// frames finds none.
fn message(number: usize, size: usize) -> Bytes {
    (0..size).map(|at| 0xe0 | ((number * 13 + at * 7) & 0x1f) as u8).collect()
}
