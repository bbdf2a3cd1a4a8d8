//! Streams where one transport will do: what takes how long, whom a channel asks again, and how a peer that speaks by hand
//! sees it. How streams behave over every transport is in `tests/conformance`, what harms them in `tests/hostile`.

mod by_hand;
mod clock;
mod patience;
