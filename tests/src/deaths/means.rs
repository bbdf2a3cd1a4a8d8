//! Who dies, where, and how.

use std::{fmt, time::Duration};

use crate::Seeded;

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one that listens.
    Server,
    /// The one that dials.
    Client,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Server, Self::Client];
}

/// The sizes of the rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// As they are by default.
    Default,
    /// As small as possible: who sends waits for room again and again.
    Small,
    /// The same, and nobody looks for frames in a loop: both rest at once.
    Resting,
}

impl Shape {
    /// Each.
    pub const ALL: [Self; 3] = [Self::Default, Self::Small, Self::Resting];

    /// What stands behind an address.
    pub(super) fn options(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Small => "?size=4KiB&cells=16",
            Self::Resting => "?size=4KiB&cells=16&spin=off",
        }
    }

    /// Bytes of the longest messages: more than a frame may have.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Default => 400_000,
            Self::Small | Self::Resting => 12_000,
        }
    }
}

/// How a victim dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// By SIGKILL at a point, as `RPC_FAULT_AT` names it; or, if it does not come there, not at all.
    Point(String),
    /// By SIGKILL, so long after it has begun.
    Kill(Duration),
    /// By SIGABRT: as a program dies that panics where panics abort.
    Abort(Duration),
    /// It exits amid its work.
    Exit(Duration),
    /// By SIGTERM: a server drains, a client has no use for it.
    Drain(Duration),
    /// Not at all: it is stopped and goes on, again and again, until its work is done.
    Pauses,
    /// Not at all: it ends when its work is done.
    None,
}

impl Means {
    /// Any but a point, at any time within the longest.
    #[must_use]
    pub fn any(seeded: &mut Seeded, longest: Duration) -> Self {
        let after = Duration::from_micros(seeded.below(longest.as_micros() as usize) as u64);
        match seeded.below(8) {
            0..=4 => Self::Kill(after),
            5 => Self::Abort(after),
            6 => Self::Exit(after),
            _ => Self::Drain(after),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Point(_) => "point",
            Self::Kill(_) => "kill",
            Self::Abort(_) => "abort",
            Self::Exit(_) => "exit",
            Self::Drain(_) => "drain",
            Self::Pauses => "pauses",
            Self::None => "end",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}
