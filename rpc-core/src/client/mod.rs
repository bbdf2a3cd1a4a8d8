//! Calls go out: stubs, channels, and the connection under them.
//!
//! ```text
//!   stub ── call (typed) ── raw call ──▶ session ──▶ link          the caller writes itself when nothing else is
//!                              ▲            ▲  │                   in flight; else the driver gathers what is ready
//!                              └── reply ── driver ◀── link
//!                  items, upload ── streams ──┘                    what a call has that goes on after its request
//! ```
//! Begin with [`Call`], where steps 1, 2 and 10 are, then `raw_call`. Nothing here knows servers.

mod backoff;
mod call;
mod channel;
mod connector;
mod dial;
mod driver;
mod items;
mod near;
mod options;
mod raw_call;
mod reader;
mod reply;
mod request;
mod session;
mod streams;
mod stub;
mod upload;
mod waiting;

pub use call::{Call, Detailed, Response};
pub use channel::{Channel, ChannelConfig};
pub use dial::ConnectError;
pub use stub::{StreamCall, Stub};
