//! An RPC framework: annotate a trait with [`#[service]`](service) and get a typed client and a server; a URL picks
//! TCP, a Unix socket, shared memory or this process.
//!
//! ```text
//!   YourTraitClient ── Call ──▶ Channel ── tcp, unix, shm, mem ──▶ Server ──▶ YourTraitServer ──▶ your code
//! ```
//!
//! ```
//! use rpc_core::{Server, service};
//!
//! #[service]
//! pub trait Greeter {
//!     async fn greet(&self, name: &str) -> String;
//! }
//!
//! struct English;
//!
//! impl Greeter for English {
//!     async fn greet(&self, name: &str) -> String {
//!         format!("hello {name}")
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::new().add(GreeterServer::new(English)).listen("mem://greeter").bind().await?;
//! tokio::spawn(server.serve());
//!
//! let greeter = GreeterClient::connect("mem://greeter").await?;
//! assert_eq!(greeter.greet("world").await?, "hello world");
//! # Ok(())
//! # }
//! ```
//!
//! With `tcp://…` or `unix://…` in the place of `mem://…` the two are two processes. Methods take streams and give them:
//!
//! ```
//! use rpc_core::{Stream, Streaming, service};
//!
//! #[service]
//! pub trait Prices {
//!     async fn watch(&self, symbols: Vec<String>) -> impl Stream<Item = u64>;
//!     async fn upload(&self, prices: Streaming<u64>) -> Result<u32, String>;
//!     async fn convert(&self, currency: &str, prices: Streaming<u64>) -> Result<impl Stream<Item = u64>, String>;
//! }
//! ```
//!
//! Begin with [`service`] for what a trait may say, [`Call`] and [`Channel`] for the client's side, [`Server`] and
//! [`Context`] for the server's, [`CallError`] and [`Status`] for what can fail, and [`Limits`] for every bound.
//!
//! | module | what it is for |
//! |---|---|
//! | [`codec`] | values ⇄ bytes |
//! | [`transport`] | a transport of your own |
//! | [`link`] | what a transport yields: bytes, or whole frames |
//! | [`wire`] | the protocol without I/O, for tools and tests |
//! | [`step`] | the ten steps of a call, and when each began |
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `json` | off | a second codec, JSON, agreed on when a connection opens |
//! | `tracing` | off | a line in the log for each connection that comes or goes, is refused, or fails |
//! | `steps` | off | time marks at each of the ten steps of a call |
//! | `faults` | off | points at which a process can be made to die, for tests of `shm` |
#![deny(unsafe_code)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod address;
mod body;
mod budget;
mod call_error;
mod carry;
mod client;
pub mod codec;
mod context;
mod events;
mod in_process;
mod include_idl;
mod limits;
pub mod link;
#[cfg(unix)]
mod local_socket;
mod metadata;
mod method;
mod peer;
mod server;
#[cfg(unix)]
mod signal;
#[cfg(not(unix))]
#[path = "ctrl_c.rs"]
mod signal;
mod spare;
mod status;
pub mod step;
mod stream;
mod tagged;
mod timer;
pub mod transport;
pub mod wire;

#[doc(hidden)]
pub mod __private;

pub use address::{Address, AddressError};
pub use body::Body;
pub use call_error::CallError;
pub use carry::{Carried, carry, spawn};
pub use client::{Call, Channel, ChannelConfig, ConnectError, Detailed, Response, Stub};
pub use codec::CodecId;
pub use context::Context;
pub use futures_core::Stream;
pub use limits::{DecodeLimits, Limits};
pub use link::ByteIo;
pub use metadata::{Metadata, MetadataError};
pub use method::{MethodDescriptor, ServiceDescriptor, fnv1a32, method_id};
pub use peer::{Credentials, Peer};
pub use rpc_macros::{Tagged, service};
pub use server::{BindError, Hosted, Identity, ServeError, Server, Service, Serving, Snapshot, Stats};
pub use signal::shutdown_signal;
pub use status::{Code, Delivery, Status};
pub use stream::Streaming;
pub use tagged::{Shape, Tag, Tagged, UnknownNumber};
