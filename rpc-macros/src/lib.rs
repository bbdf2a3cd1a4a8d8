//! `#[service]`: a trait becomes a typed client and a server.
//!
//! The way of a trait through this crate, one file each: `attr` reads the options, `model` says what was understood,
//! `validate` holds it against the rules, `expand` writes the code, and after a mistake `fallback` writes as much of
//! it as still makes sense. Nothing here knows codecs, transports or the wire: generated code calls the runtime's
//! `__private` module and nothing else of it.

use proc_macro::TokenStream;

mod attr;
mod errors;
mod expand;
mod fallback;
#[cfg(test)]
mod golden;
mod items;
mod model;
mod owned;
mod validate;

/// Makes a typed client and a server of a trait of `async fn`s.
///
/// For a trait `Quotes` there will be `QuotesClient`, whose methods are those of the trait, and `QuotesServer`, which
/// serves whatever implements it. Both have the trait's visibility. In the trait itself every method returns a future
/// that is `Send`, as is any stream in its result, and `Send + Sync + 'static` joins the supertraits; an `impl` writes
/// plain `async fn`s.
///
/// | option of the trait | meaning |
/// |---|---|
/// | `#[service(name = "market.Quotes")]` | the name on the wire; else the trait's own |
/// | `#[service(crate = path)]` | where the runtime is; else `::rpc_core` |
///
/// | option of a method | meaning |
/// |---|---|
/// | `#[rpc(oneway)]` | no response: the call ends when it has been handed to the transport |
/// | `#[rpc(idempotent)]` | running it twice does no harm |
/// | `#[rpc(timeout = "500ms")]` | the deadline of a call that sets none; `us`, `ms`, `s`, `m` or `h` |
/// | `#[rpc(idle_timeout = "30s")]` | how long a stream of the call may rest; likewise |
/// | `#[rpc(name = "wireName")]` | the name on the wire; else the method's own |
///
/// Arguments are owned, or borrowed at the top: `&str`, `&[u8]`, `&[T]`, `&T`. A result is owned: `T`,
/// `Result<T, E>`, or nothing. One argument may be a stream, and so may the result.
///
/// | stream | who implements the method | who calls it |
/// |---|---|---|
/// | `items: Streaming<T>` | receives `Result<T, Status>` | passes `impl Stream<Item = T> + Send + 'static` |
/// | `-> impl Stream<Item = T>` | returns any such stream | receives `Result<T, CallError<Infallible>>` |
/// | `-> impl Stream<Item = Result<T, E>>` | may give an error as an item | receives `Result<T, CallError<E>>` |
/// | `-> Result<impl Stream<Item = T>, E>` | may give an error instead of the stream | likewise |
/// | `-> Result<impl Stream<Item = Result<T, E>>, E>` | may do either, with one type of errors | likewise |
///
/// `Streaming` and `Stream` are the runtime's. Items are owned. A stream that a method returns may borrow `&self` and
/// the arguments: it ends with the call at the latest. An `impl` writes it as the trait does,
/// `async fn watch(&self, symbol: &str) -> impl Stream<Item = Quote>`.
#[proc_macro_attribute]
pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::service(options.into(), item.into()).into()
}
