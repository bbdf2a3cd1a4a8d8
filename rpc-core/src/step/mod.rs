//! The ten steps of a call, by number and name, and the marks that time them.
//!
//! ```text
//!   client process                                             server process
//!    1 Call ─ 2 EncodeRequest ─ 3 SendRequest ───────▶ 3 ReceiveRequest ─ 4 DecodeRequest ─ 5 Run ─┐
//!   10 DecodeResponse ─ 9 Deliver ─ 8 ReceiveResponse ◀─ 8 SendResponse ─ 7 EncodeResponse ─ 6 Return
//! ```
//! A mark says when a step *began*; it ends where the next one begins, and the last one where the caller has its value.
//! Steps 3 and 8 cross between the processes and have a mark at either end. Without the feature `steps` a mark is
//! nothing; with it, it is one relaxed load until [`record`] turns recording on.

#[cfg(all(feature = "steps", target_os = "linux"))]
mod clock;
#[cfg(all(feature = "steps", not(target_os = "linux")))]
#[path = "own_clock.rs"]
mod clock;
#[cfg(feature = "steps")]
mod marks;
#[cfg(not(feature = "steps"))]
mod unmarked;

#[cfg(feature = "steps")]
pub(crate) use marks::mark;
#[cfg(feature = "steps")]
pub use marks::{Mark, now, record, recorded};
#[cfg(not(feature = "steps"))]
pub(crate) use unmarked::mark;

/// A step of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Step {
    /// 1: the client calls the function.
    Call,
    /// 2: the client stub encodes the request.
    EncodeRequest,
    /// 3: the client's transport sends the request.
    SendRequest,
    /// 3: the server's transport receives the request.
    ReceiveRequest,
    /// 4: the server stub decodes the request into a call.
    DecodeRequest,
    /// 5: the method runs.
    Run,
    /// 6: the result goes to the server stub.
    Return,
    /// 7: the server stub encodes the response.
    EncodeResponse,
    /// 8: the server's transport sends the response.
    SendResponse,
    /// 8: the client's transport receives the response.
    ReceiveResponse,
    /// 9: the client's transport hands the response to the client stub.
    Deliver,
    /// 10: the client stub decodes the return value.
    DecodeResponse,
}

impl Step {
    /// Every mark of a call, in order.
    pub const ALL: [Self; 12] = [
        Self::Call,
        Self::EncodeRequest,
        Self::SendRequest,
        Self::ReceiveRequest,
        Self::DecodeRequest,
        Self::Run,
        Self::Return,
        Self::EncodeResponse,
        Self::SendResponse,
        Self::ReceiveResponse,
        Self::Deliver,
        Self::DecodeResponse,
    ];

    /// The step's number, 1 to 10.
    #[must_use]
    pub fn number(self) -> u8 {
        [1, 2, 3, 3, 4, 5, 6, 7, 8, 8, 9, 10][self as usize]
    }

    /// What happens in the step.
    #[must_use]
    pub fn name(self) -> &'static str {
        [
            "client calls the function",
            "client stub encodes the request",
            "client transport sends",
            "server transport receives",
            "server stub decodes the request",
            "the method runs",
            "the result goes to the server stub",
            "server stub encodes the response",
            "server transport sends",
            "client transport receives",
            "client transport hands over to the stub",
            "client stub decodes the return value",
        ][self as usize]
    }
}
