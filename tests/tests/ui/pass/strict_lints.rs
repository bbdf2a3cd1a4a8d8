//! Generated code is clean under every lint that a user may set.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, unused_results)]
#![deny(unused_lifetimes, single_use_lifetimes, elided_lifetimes_in_paths, unnameable_types, future_incompatible)]
#![deny(rust_2018_idioms, rust_2024_compatibility, nonstandard_style, let_underscore_drop, unit_bindings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use rpc_core::service;

/// Not used at all, as on the server of a program that calls nobody.
#[service(name = "strict.Quotes")]
trait Quotes {
    /// Documented.
    async fn ping(&self);
    async fn undocumented(&self, symbol: &str) -> Result<Vec<u8>, String>;
    #[rpc(oneway)]
    async fn log(&self, line: String);
    #[deprecated]
    async fn old(&self) -> u8;
    #[expect(clippy::too_many_arguments, reason = "it is the user's lint")]
    async fn many(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8);
    async fn with_default(&self, text: &str) -> Result<u32, String> {
        text.parse().map_err(|error: std::num::ParseIntError| error.to_string())
    }
}

/// Nothing to call any more.
#[deprecated]
#[service]
trait Empty {}

fn main() {}
