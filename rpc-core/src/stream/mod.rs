//! Streams as programs see them, on either side: [`Streaming`] gives items, a [`Source`] is where they come from.
//!
//! ```text
//!   the driver ──push──▶ Queue of the connection ──swap──▶ Queue of the reader ──decode──▶ the program
//!                                     ▲                               │
//!                                     └──────── Taken: credit ────────┘
//! ```
//! The other way an [`Outbox`] gathers what a program gives, for as long as there is credit.
//!
//! A reader takes over all items that have come at once, so that it looks behind the connection's lock once for many of
//! them. Which side of a connection it is, and what a frame is, is not known here.

mod credit;
mod outbox;
mod parked;
mod queue;
mod run;
mod source;
mod streaming;

pub(crate) use credit::give_credit;
pub(crate) use outbox::{Closed, Given, More, Next, Outbox, Sent, Way};
pub(crate) use parked::Parked;
pub(crate) use queue::Queue;
pub(crate) use run::Run;
pub(crate) use source::{Ending, Failure, Form, Source, Taken};
pub(crate) use streaming::Decoder;
pub use streaming::Streaming;
