//! ttrpc under load: its asynchronous server and client over TCP and Unix sockets. Knows no other peer.
//!
//! Configured as follows.
//! - Server and client as in its examples, `example/async-server.rs` and `example/async-client.rs`
//!   (<https://github.com/containerd/ttrpc-rust/tree/master/example>), with bindings by the generator of its README, in
//!   pure Rust and asynchronous (<https://docs.rs/ttrpc-codegen/0.7.0/ttrpc_codegen/>).
//! - TCP_NODELAY on both ends. ttrpc does not set it, so the sockets are made here and handed to it through
//!   `Listener::new` and `Socket::from`
//!   (<https://docs.rs/ttrpc/0.10.0/ttrpc/asynchronous/transport/index.html>), by which the server can also listen on
//!   any free port.
//! - `bytes` fields as `bytes::Bytes`
//!   (<https://docs.rs/protobuf-codegen/3.7.2/protobuf_codegen/struct.Customize.html#method.tokio_bytes>).
//! - Calls have no deadline, which is the default of `Context`
//!   (<https://docs.rs/ttrpc/0.10.0/ttrpc/context/struct.Context.html>).
//! - The limit of a message is 4 MiB and cannot be changed.

use std::{process::ExitCode, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::StreamExt;
use peers_harness::{Address, Call, Outcome, program};
use rpc_load::{Load, Report, Serve};
use tokio::net::UnixStream;
use tokio_stream::wrappers::TcpListenerStream;
use ttrpc::{
    asynchronous::{
        Client, Server, TtrpcContext,
        transport::{Listener, Socket},
    },
    context::Context,
};

use crate::{
    bench::{AddRequest, AddResponse, EchoRequest, EchoResponse, SleepRequest, SleepResponse},
    bench_ttrpc::{Bench, BenchClient, create_bench},
};

#[rustfmt::skip]
#[path = "generated/bench.rs"]
#[allow(warnings)]
mod bench;
#[rustfmt::skip]
#[path = "generated/bench_ttrpc.rs"]
#[allow(warnings)]
mod bench_ttrpc;

struct Answers;

#[async_trait]
impl Bench for Answers {
    async fn add(&self, _: &TtrpcContext, request: AddRequest) -> ttrpc::Result<AddResponse> {
        Ok(AddResponse { sum: request.a + request.b, ..AddResponse::default() })
    }

    async fn echo(&self, _: &TtrpcContext, request: EchoRequest) -> ttrpc::Result<EchoResponse> {
        Ok(EchoResponse { data: request.data, ..EchoResponse::default() })
    }

    async fn sleep(&self, _: &TtrpcContext, request: SleepRequest) -> ttrpc::Result<SleepResponse> {
        tokio::time::sleep(Duration::from_millis(request.millis)).await;
        Ok(SleepResponse::default())
    }
}

fn main() -> ExitCode {
    program(serve, load)
}

async fn serve(command: Serve) -> Outcome {
    // A server starts one listener: there is one for each.
    peers_harness::serve(&command, |listener| {
        let mut server =
            Server::new().add_listener(accepting(listener)).register_service(create_bench(Arc::new(Answers)));
        tokio::spawn(async move {
            server.start().await?;
            // Dropped, it would stop.
            std::future::pending::<ttrpc::Result<()>>().await
        });
    })
    .await
}

fn accepting(listener: peers_harness::Listener) -> Listener {
    match listener {
        peers_harness::Listener::Tcp(listener) => Listener::new(TcpListenerStream::new(listener).inspect(|accepted| {
            if let Ok(accepted) = accepted {
                let _ = accepted.set_nodelay(true);
            }
        })),
        peers_harness::Listener::Unix(listener) => Listener::from(listener),
    }
}

async fn load(load: Load) -> Outcome<Report> {
    let call = Call::of(&load)?;
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let client = BenchClient::new(Client::new(connect(&load.url).await?));
        connections.push(Caller { client, call: call.clone() });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(&load, callers, |set, worker| {
        set.spawn(worker.run());
    })
    .await)
}

async fn connect(url: &str) -> Outcome<Socket> {
    let connected = match url.parse()? {
        Address::Tcp(address) => Address::connect(address).await.map(Socket::from),
        Address::Unix(path) => UnixStream::connect(path).await.map(Socket::from),
    };
    connected.map_err(|error| error.to_string())
}

#[derive(Clone)]
struct Caller {
    client: BenchClient,
    call: Call,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        let context = Context::default();
        match &self.call {
            Call::Add(a, b) => {
                let request = AddRequest { a: *a, b: *b, ..AddRequest::default() };
                Call::added(*a, *b, self.client.add(context, &request).await.map_err(kind)?.sum)
            }
            Call::Echo(data) => {
                let request = EchoRequest { data: data.clone(), ..EchoRequest::default() };
                Call::echoed(data.len(), self.client.echo(context, &request).await.map_err(kind)?.data.len())
            }
            Call::Sleep(millis) => {
                let request = SleepRequest { millis: *millis, ..SleepRequest::default() };
                self.client.sleep(context, &request).await.map_err(kind)?;
                Ok(())
            }
        }
    }
}

fn kind(error: ttrpc::Error) -> String {
    match error {
        ttrpc::Error::RpcStatus(status) => format!("{:?}", status.code()),
        ttrpc::Error::Socket(_) => "connection failed".to_owned(),
        ttrpc::Error::Eof => "connection ended".to_owned(),
        error => error.to_string(),
    }
}
