//! Generated code is clean under every lint that a user may set.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, unused_results)]
#![deny(unused_lifetimes, single_use_lifetimes, elided_lifetimes_in_paths, unnameable_types, future_incompatible)]
#![deny(rust_2018_idioms, rust_2024_compatibility, nonstandard_style, let_underscore_drop, unit_bindings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use rpc_core::{Stream, Streaming, service};

struct Nothing;

impl Stream for Nothing {
    type Item = Vec<u8>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

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
    async fn watch(&self, symbol: &str) -> Result<impl Stream<Item = Vec<u8>> + Send, String>;
    #[rpc(idle_timeout = "30s")]
    async fn upload(&self, symbol: &str, quotes: Streaming<Vec<u8>>) -> u64;
    async fn trade(&self, orders: Streaming<String>) -> impl Stream<Item = Result<u8, String>>;
    #[expect(clippy::too_many_arguments, reason = "it is the user's lint")]
    async fn many(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8);
    async fn with_default(&self, text: &str) -> Result<u32, String> {
        text.parse().map_err(|error: std::num::ParseIntError| error.to_string())
    }
    async fn with_stream(&self, symbol: &str) -> Result<impl Stream<Item = Vec<u8>>, String> {
        if symbol.is_empty() { Err(symbol.to_owned()) } else { Ok(Nothing) }
    }
}

/// Nothing to call any more.
#[deprecated]
#[service]
trait Empty {}

fn main() {}
