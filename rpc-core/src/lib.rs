//! An RPC framework: annotate a trait with [`#[service]`](service) and get a typed client and a server; a URL picks
//! TCP, a Unix socket or this process.
//!
#![deny(unsafe_code)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod address;
mod body;
mod call_error;
mod client;
pub mod codec;
mod context;
mod in_process;
mod limits;
pub mod link;
mod metadata;
mod method;
mod server;
mod status;
pub mod step;
mod timer;
pub mod transport;
pub mod wire;

#[doc(hidden)]
pub mod __private;

pub use address::{Address, AddressError};
pub use body::Body;
pub use call_error::CallError;
pub use client::{Call, Channel, ChannelConfig, ConnectError, Detailed, Response, Stub};
pub use codec::CodecId;
pub use context::Context;
pub use limits::{DecodeLimits, Limits};
pub use link::ByteIo;
pub use metadata::{Metadata, MetadataError};
pub use method::{MethodDescriptor, ServiceDescriptor, fnv1a32, method_id};
pub use rpc_macros::service;
pub use server::{BindError, Hosted, Identity, Server, Service, Serving};
pub use status::{Code, Delivery, Status};
