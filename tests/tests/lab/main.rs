//! The laboratory of the examples, as processes of its own, on the command line, and in this process; and the counters of
//! a server, which it shows.

mod by_hand;
mod counters;
mod crooked;
mod laboratory;
mod load;
mod process;
mod streams;
mod tiers;
