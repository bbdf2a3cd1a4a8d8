//! Streams where one transport will do: what takes how long, whom a channel asks again, and peers that stand still. How
//! streams behave over every transport is in `tests/conformance`, what harms them in `tests/hostile`.

mod by_hand;
mod clock;
mod patience;
mod pipes;
mod resending;
mod standstill;
