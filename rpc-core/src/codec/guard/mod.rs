//! The guard: a serde adapter around any codec's deserializer, so that a small message cannot cost much.
//!
//! serde formats read what the input claims. Without a guard 9 bytes abort the process (a string of 10^14), 20 kB
//! overflow the 2 MiB stack of a worker (nested enums), 9 bytes loop for years (a `Vec<()>` of 10^18) and 1 MB becomes
//! 1 GB (a `Vec<Option<Big>>` of zeros). The guard
//!
//! - asks for `str` and `bytes` where the type asks for owned ones: the input is borrowed and copied once, and no
//!   claimed length is ever allocated;
//! - counts levels, elements and the memory of elements against one [`Budget`] for the whole message;
//! - stops with an error that names the limit, whatever the codec makes of it.
//!
//! ```text
//!   codec ── Metered seed ──► Guarded deserializer ──► MeteredVisitor ──► the type's own visitor
//!                 ▲                                          │ seq, map, enum
//!                 └────────── access: one seed per element ◄─┘
//! ```
//!
//! It knows no codec, and costs about a quarter: 2,860 instructions against 2,254 of bare bincode for an order of two
//! lines, counted by callgrind. Two things it cannot see: what containers allocate beyond their elements (`Vec` and `HashMap`
//! round up by at most two), and the second pass of serde's `untagged`, `tag` and `flatten`, which reads serde's own
//! buffer; that buffer itself is counted.

mod access;
mod budget;
mod deserializer;
mod visitor;

pub(super) use budget::Budget;
