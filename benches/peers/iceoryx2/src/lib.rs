//! iceoryx2 under load: its request-response service through shared memory, by whoever polls it or sleeps until an event.
//! Knows no other peer.
//!
//! Configured as follows.
//! - `ipc::Service`, slices of bytes, and one server, one client and room for one response to a request, as in its own
//!   `benchmarks/request-response`, which polls
//!   (<https://github.com/eclipse-iceoryx/iceoryx2/tree/main/benchmarks/request-response>).
//! - Requests and responses are loaned and written in place
//!   (<https://docs.rs/iceoryx2/0.10.0/iceoryx2/port/client/struct.Client.html#method.loan_slice_uninit>), for slices as long
//!   as the load's. `max_active_requests_per_client` and `max_loaned_requests` so that no call waits for another.
//! - Event-driven: beside it an event service in each direction. Who has sent something notifies the other, who waits
//!   by a `WaitSet` for its listener (<https://docs.rs/iceoryx2/0.10.0/iceoryx2/waitset/index.html>) and then takes all there
//!   is, as its authors advise (<https://github.com/eclipse-iceoryx/iceoryx2/discussions/1180>).
//!
//! The client copies its payload into the request. The server reads it and writes the response in one copy, from loan to
//! loan. The client copies the response into memory of its own. These are its bytes without a head: it has its own.

mod client;
mod doorbell;
mod server;

use std::{fmt::Debug, process::ExitCode};

use iceoryx2::prelude::*;
use iceoryx2::service::port_factory::request_response;

pub use doorbell::Wait;
use peers_harness::{Outcome, program};

type Node = iceoryx2::node::Node<ipc::Service>;
type Calls = request_response::PortFactory<ipc::Service, [u8], (), [u8], ()>;

/// Most calls in flight: each has buffers of its own.
const ACTIVE: usize = 64;

/// Runs the command of this process.
pub fn run(wait: Wait) -> ExitCode {
    set_log_level(LogLevel::Error);
    program(async |command| server::serve(command, wait).await, async |load| client::load(load, wait).await)
}

fn node() -> Outcome<Node> {
    let builder = NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled);
    builder.create::<ipc::Service>().map_err(words)
}

/// The service at an address, which is its name.
fn calls(node: &Node, url: &str) -> Outcome<Calls> {
    let service = node.service_builder(&name(url, "calls")?).request_response::<[u8], [u8]>();
    let service = service.max_servers(1).max_clients(1).max_response_buffer_size(1);
    let service = service.max_active_requests_per_client(ACTIVE).max_loaned_requests(ACTIVE);
    service.open_or_create().map_err(words)
}

fn name(url: &str, what: &str) -> Outcome<ServiceName> {
    format!("{url}/{what}").as_str().try_into().map_err(words)
}

fn words(error: impl Debug) -> String {
    format!("{error:?}")
}
