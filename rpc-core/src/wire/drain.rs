//! How a connection winds down: goaway means "open nothing more", and is answered with a goaway (protocol §7).
//!
//! ```text
//!                 we announce                 the peer answers
//!     Open ───────────────────▶ Announced ───────────────────▶ Quiet
//!       │  the peer announces; we answer with the same frame      ▲
//!       └─────────────────────────────────────────────────────────┘
//! ```
//! Until the answer the announcing side refuses every request with NOT_RUN, and runs oneways, which cannot be told.
//! After it none is begun; what was begun before may still come to its end. So no call ends with an unknown outcome
//! because of a drain. When the connection closes is not decided here.

/// Where a connection stands in winding down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drain {
    /// Calls may be opened.
    #[default]
    Open,
    /// We sent goaway; calls that were under way are refused, and oneways run.
    Announced,
    /// Both sent goaway: neither opens a call any more.
    Quiet,
}

impl Drain {
    /// We want to wind down. Whether a goaway is to be sent.
    pub fn announce(&mut self) -> bool {
        let first = *self == Self::Open;
        if first {
            *self = Self::Announced;
        }
        first
    }

    /// The peer's goaway. Whether ours is to be sent as the answer.
    pub fn handle_goaway(&mut self) -> bool {
        let answer = *self == Self::Open;
        *self = Self::Quiet;
        answer
    }

    /// Whether new calls may be opened.
    #[must_use]
    pub fn open(self) -> bool {
        self == Self::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_and_event_has_the_outcome_of_the_picture() {
        use Drain::{Announced, Open, Quiet};
        for (state, announce, goaway) in [
            (Open, (Announced, true), (Quiet, true)),
            (Announced, (Announced, false), (Quiet, false)),
            (Quiet, (Quiet, false), (Quiet, false)),
        ] {
            let mut drain = state;
            assert_eq!((drain.announce(), drain), (announce.1, announce.0), "announce in {state:?}");
            let mut drain = state;
            assert_eq!((drain.handle_goaway(), drain), (goaway.1, goaway.0), "goaway in {state:?}");
        }
    }
}
