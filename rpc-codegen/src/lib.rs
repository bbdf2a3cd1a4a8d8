//! IDL files to Rust: `.proto` and `.thrift` in, a readable trait under `#[service]` out, with the types that it uses.
//!
//! A build script does it whenever the package is built; neither `protoc` nor any other compiler has to be there:
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), rpc_codegen::Error> {
//!     rpc_codegen::configure().compile(&["idl"])
//! }
//! ```
//!
//! and the package takes it in with `rpc_core::include_idl!();`, as modules that are called what the packages of the IDL are.
//! The command line `rpc-codegen` does the same into files that are kept; what it writes is identical.
//!
//! ```
//! let text = "struct Greeting { 1: required string text }  service Greeter { Greeting greet(1: string name) }";
//! let generated = rpc_codegen::configure().text("greeter.thrift", text).generate(&["greeter.thrift"])?;
//! let rust = &generated.files()["greeter.rs"];
//! assert!(rust.contains("pub struct Greeting {"));
//! assert!(rust.contains("async fn greet(&self, name: &str) -> Greeting;"));
//! # Ok::<(), rpc_codegen::Error>(())
//! ```
//!
//! What becomes what, and what cannot, is in `docs/idl.md`. The way of a file: a front end ([`frontend`]) reads it into a
//! [`model`] that knows no language, all files are looked at together ([`resolve`]), and printed ([`render`]). What is wrong
//! is said with line, column and caret ([`diagnostics`]), as much at once as can be found.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `cli` | on | the command line; a build script does without |
#![forbid(unsafe_code)]
#![warn(clippy::print_stderr)]
#![cfg_attr(doc, allow(rustdoc::private_intra_doc_links))]

mod configure;
mod diagnostics;
mod frontend;
mod generated;
mod inputs;
mod model;
mod names;
mod render;
mod resolve;
mod roots;
mod session;
mod settings;
mod source;

pub use configure::{Configure, configure};
pub use generated::{Difference, Error, Generated};
