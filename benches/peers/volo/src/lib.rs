//! volo-thrift under load, over TCP and Unix sockets; its programs say whether a connection carries one call at a time or
//! many. Knows no other peer.
//!
//! Configured as follows.
//! - Server and client as in its guide (<https://www.cloudwego.io/docs/volo/volo-thrift/getting-started/>) and its
//!   `examples/src/thrift/{hello,multiplex}/{server,client}.rs`.
//! - The default codec, TTHeader and framed binary Thrift. The feature `unsafe-codec` is off, as by default: malformed
//!   messages may be undefined behaviour with it (<https://lib.rs/crates/volo-thrift/features>).
//! - TCP_NODELAY on both ends, which volo sets by itself.
//! - `rpc_timeout(None)`, by which calls have no deadline
//!   (<https://docs.rs/volo-thrift/0.12.7/volo_thrift/client/struct.ClientBuilder.html#method.rpc_timeout>).
//! - `pool_config` with room for all connections, and for an hour, so that connections which rest stay
//!   (<https://docs.rs/volo-thrift/0.12.7/volo_thrift/transport/pool/struct.Config.html>).
//! - The limit of a message is the default, 16 MiB.
//!
//! A client has a pool of connections and makes one when a call finds none at rest. So there are as many clients as there
//! are to be connections, and their pools are filled before the load begins.

use std::{os::unix::net::SocketAddr, process::ExitCode, time::Duration};

use peers_harness::{Call, IN_FLIGHT, Listener, Outcome, program};
use pilota::Bytes;
use rpc_load::{Caller as _, Load, Report, Serve};
use tokio::task::JoinSet;
use volo::net::{Address, incoming::DefaultIncoming};
use volo_thrift::{ClientError, ServerError, transport::pool};

use crate::generated::bench::bench::{Bench, BenchClient, BenchClientBuilder, BenchServer};

#[rustfmt::skip]
#[path = "generated/bench.rs"]
#[allow(warnings, unsafe_code)]
mod generated;

/// How long a connection may rest.
const REST: Duration = Duration::from_secs(3_600);

struct Answers;

impl Bench for Answers {
    async fn add(&self, a: i64, b: i64) -> Result<i64, ServerError> {
        Ok(a + b)
    }

    async fn echo(&self, data: Bytes) -> Result<Bytes, ServerError> {
        Ok(data)
    }

    async fn sleep(&self, millis: i64) -> Result<(), ServerError> {
        tokio::time::sleep(Duration::from_millis(millis.unsigned_abs())).await;
        Ok(())
    }
}

/// Runs the command of this process, with connections that carry many calls at a time or just one.
pub fn run(multiplex: bool) -> ExitCode {
    program(async |command| serve(command, multiplex).await, async |command| load(command, multiplex).await)
}

async fn serve(command: Serve, multiplex: bool) -> Outcome {
    peers_harness::serve(&command, |listener| {
        let incoming = match listener {
            Listener::Tcp(listener) => DefaultIncoming::from(listener),
            Listener::Unix(listener) => DefaultIncoming::from(listener),
        };
        tokio::spawn(BenchServer::new(Answers).multiplex(multiplex).run(incoming));
    })
    .await
}

async fn load(load: Load, multiplex: bool) -> Outcome<Report> {
    let call = Call::of(&load)?;
    let address = match load.url.parse()? {
        peers_harness::Address::Tcp(address) => Address::from(address),
        peers_harness::Address::Unix(path) => {
            Address::from(SocketAddr::from_pathname(path).map_err(|error| error.to_string())?)
        }
    };
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let client = BenchClientBuilder::new("bench")
            .address(address.clone())
            .rpc_timeout(None)
            .pool_config(pool::Config::new(IN_FLIGHT, REST))
            .multiplex(multiplex)
            .build();
        connect(&client, if multiplex { 1 } else { load.in_flight.max(1) }).await?;
        connections.push(Caller { client, call: call.clone() });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(&load, callers, |set, worker| {
        set.spawn(worker.run());
    })
    .await)
}

/// Fills the client's pool with so many connections: makes as many calls at a time, which last long enough for each to
/// need a connection of its own. Under load the pool would not fill: a connection that it makes for a call which then
/// takes another one is closed.
async fn connect(client: &BenchClient, connections: u32) -> Outcome {
    let call = if connections == 1 { Call::Add(1, 2) } else { Call::Sleep(connections.into()) };
    let mut set = JoinSet::new();
    for _ in 0..connections {
        let mut caller = Caller { client: client.clone(), call: call.clone() };
        set.spawn(async move { caller.call().await });
    }
    set.join_all().await.into_iter().collect()
}

#[derive(Clone)]
struct Caller {
    client: BenchClient,
    call: Call,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        match &self.call {
            Call::Add(a, b) => Call::added(*a, *b, self.client.add(*a, *b).await.map_err(kind)?),
            Call::Echo(data) => Call::echoed(data.len(), self.client.echo(data.clone()).await.map_err(kind)?.len()),
            Call::Sleep(millis) => self.client.sleep(*millis as i64).await.map_err(kind),
        }
    }
}

fn kind(error: ClientError) -> String {
    match error {
        ClientError::Application(_) => "application".to_owned(),
        ClientError::Transport(error) => format!("transport: {:?}", error.kind()),
        ClientError::Protocol(_) => "protocol".to_owned(),
        ClientError::Biz(_) => "business".to_owned(),
    }
}
