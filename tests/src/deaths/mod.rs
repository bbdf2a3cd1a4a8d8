//! Processes that die amid their work, and what their peers make of it: with the ring of `shm://` between them, at each
//! point before and after a store that the peer sees or a system call, and at any time.
//!
//! A **trial** is one death. The victim is another process, a server or a client; its peer, the survivor, is this one.
//! While both are at work with a **load** that comes again with its seed, the victim dies by its **means**. Then the
//! survivor must have ended every call, once, honestly and soon; the next process must be served, or serve, at the same
//! place; and after a round of trials nothing of them may be left in this process.

mod calls;
mod leftovers;
mod load;
mod means;
mod rounds;
mod tally;
mod trial;
mod victim;

pub use calls::{Call, Calls, Outcome};
pub use leftovers::Leftovers;
pub use load::Load;
pub use means::{Means, Shape, Side};
pub use rounds::{points, rounds};
pub use tally::Tally;
pub use trial::{Trial, Verdict, try_once};
pub use victim::{Death, HeirsClient, Victim, Work, be_victim};
