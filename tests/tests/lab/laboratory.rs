//! The laboratory of the examples in this process, over any transport.
#![expect(unreachable_pub, reason = "these are modules of a program")]

#[path = "../../../examples/lab/bench.rs"]
mod bench;
#[path = "../../../examples/lab/items.rs"]
pub(crate) mod items;
#[path = "../../../examples/lab/service.rs"]
pub(crate) mod service;
#[path = "../../../examples/lab/tier.rs"]
mod tier;

use bench::Bench;
use rpc_core::{ChannelConfig, Limits, Server};
use rpc_tests::{Desk, Served, Setup};
use service::{LabClient, LabServer};
use tier::Tier;

/// The transports that the laboratory is tried over.
pub(crate) const TRANSPORTS: [&str; 3] = ["tcp://127.0.0.1:0", "unix://@{unique}", "mem://{unique}"];

/// Serves a laboratory, whose next one is at `next`, if there is one.
pub(crate) async fn serve(setup: &Setup, limits: &Limits, next: Option<&str>) -> Served {
    let server = Server::new().limits(limits.clone());
    let next = next.map(|url| Tier::at(url, limits.clone()).expect("it is an address"));
    let bench = Bench::new(server.stats(), next);
    setup.start(server.add(LabServer::new(bench)).listen(setup.address()), Desk::default()).await
}

/// A client of it.
pub(crate) async fn client(served: &Served, limits: &Limits) -> LabClient {
    let channel = ChannelConfig::new().limits(limits.clone()).connect(&served.url).await;
    LabClient::new(channel.expect("the laboratory answers"))
}
