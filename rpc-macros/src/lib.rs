//! `#[service]`: a trait becomes a typed client and a server. `#[derive(Tagged)]`: the numbers of fields and variants.
//!
//! The way of a trait through this crate, one file each: `attr` reads the options, `model` says what was understood,
//! `validate` holds it against the rules, `expand` writes the code, and after a mistake `fallback` writes as much of
//! it as still makes sense. `options` is the grammar of all options; a type with tags goes its own way, through `tagged`.
//! Nothing here knows codecs, transports or the wire: generated code calls the runtime's
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
mod options;
mod owned;
mod tagged;
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
/// | `#[rpc(tags = "1, 3")]` | the numbers of the arguments in an IDL, streams apart; else 1, 2, 3, … |
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

/// Keeps the numbers that fields, variants and values have on wires without names, such as those of protobuf and Thrift.
///
/// For structs with named fields and for enums, without generic parameters. An enum in which no variant holds anything is
/// one of numbers, and so is one with an `unknown` variant: it becomes an `i32` by `From`, and is made of one by `From` if
/// it has an `unknown` variant, else by `TryFrom`.
///
/// | option of the type | meaning |
/// |---|---|
/// | `#[rpc(crate = path)]` | where the runtime is; else `::rpc_core` |
///
/// | option of a field | meaning |
/// |---|---|
/// | `#[rpc(tag = 1)]` | its number, from -32768 to 536870911 and not 0 |
/// | `#[rpc(required)]` | it has to be there |
/// | `#[rpc(as = "sint32")]` | how the IDL writes the type, where Rust's does not tell |
/// | `#[rpc(oneof)]` | it has no tag: its type, or the `T` of its `Option<T>`, is an enum whose variants have them |
///
/// | option of a variant | meaning |
/// |---|---|
/// | `#[rpc(tag = 1)]` | its number; in an enum of numbers any `i32` |
/// | `#[rpc(as = "sint32")]` | likewise |
/// | `#[rpc(unknown)]` | of an enum of numbers: `Name(i32)` for those that no other variant has |
#[proc_macro_derive(Tagged, attributes(rpc))]
pub fn tagged(item: TokenStream) -> TokenStream {
    tagged::derive(item.into()).into()
}
