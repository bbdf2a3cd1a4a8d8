//! tonic under load: gRPC over TCP and Unix sockets, with messages by prost. Knows no other peer.
//!
//! Configured as follows.
//! - TCP_NODELAY on both ends: `TcpIncoming::with_nodelay`
//!   (<https://docs.rs/tonic/0.14.9/tonic/transport/server/struct.TcpIncoming.html>) and `Endpoint::tcp_nodelay`.
//! - `max_frame_size` on both ends, as in the example of
//!   <https://docs.rs/tonic/0.14.9/tonic/transport/struct.Endpoint.html#method.max_frame_size>. The HTTP/2 windows are
//!   those of hyper, which are not the 64 KiB that tonic's documentation names: 1 MiB at the server, 2 MiB for a call
//!   and 5 MiB for a connection at the client. So they need not be raised, nor to be adaptive.
//! - `max_concurrent_streams` (<https://docs.rs/tonic/0.14.9/tonic/transport/struct.Server.html>) and `buffer_size` of the
//!   endpoint so that no call waits for another.
//! - `bytes` fields as `bytes::Bytes`
//!   (<https://docs.rs/tonic-prost-build/0.14.9/tonic_prost_build/struct.Builder.html#method.bytes>).
//! - Unix sockets as in its `examples/src/uds`: `unix://` in the endpoint, `UnixListenerStream` in the server.
//! - The limit of a message is the default, 4 MiB (<https://docs.rs/tonic/0.14.9/tonic/client/struct.Grpc.html>).

mod stream;

use std::{process::ExitCode, time::Duration};

use futures::stream::{Iter, iter};
use peers_harness::{Call, IN_FLIGHT, Listener, Outcome, program};
use rpc_load::{Load, Method, Report, Serve};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};

use crate::bench::{
    AddRequest, AddResponse, EchoRequest, EchoResponse, Item, SinkResponse, SleepRequest, SleepResponse, TicksRequest,
    bench_client::BenchClient,
    bench_server::{Bench, BenchServer},
};

#[rustfmt::skip]
#[path = "generated/bench.rs"]
#[allow(warnings)]
mod bench;

/// Longest HTTP/2 frame.
const FRAME: u32 = 1 << 20;

struct Answers;

#[tonic::async_trait]
impl Bench for Answers {
    async fn add(&self, request: Request<AddRequest>) -> Result<Response<AddResponse>, Status> {
        let AddRequest { a, b } = request.into_inner();
        Ok(Response::new(AddResponse { sum: a + b }))
    }

    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        Ok(Response::new(EchoResponse { data: request.into_inner().data }))
    }

    async fn sleep(&self, request: Request<SleepRequest>) -> Result<Response<SleepResponse>, Status> {
        tokio::time::sleep(Duration::from_millis(request.into_inner().millis)).await;
        Ok(Response::new(SleepResponse {}))
    }

    type TicksStream = Iter<Box<dyn Iterator<Item = Result<Item, Status>> + Send>>;

    async fn ticks(&self, request: Request<TicksRequest>) -> Result<Response<Self::TicksStream>, Status> {
        let TicksRequest { items, size } = request.into_inner();
        let items: Box<dyn Iterator<Item = _> + Send> =
            Box::new((0..items).map(move |_| Ok(stream::item(size as usize))));
        Ok(Response::new(iter(items)))
    }

    async fn sink(&self, request: Request<Streaming<Item>>) -> Result<Response<SinkResponse>, Status> {
        let (mut items, mut bytes) = (request.into_inner(), 0);
        while let Some(item) = items.message().await? {
            bytes += item.data.len() as u64;
        }
        Ok(Response::new(SinkResponse { bytes }))
    }

    type RelayStream = Streaming<Item>;

    async fn relay(&self, request: Request<Streaming<Item>>) -> Result<Response<Self::RelayStream>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() -> ExitCode {
    program(serve, load)
}

async fn serve(command: Serve) -> Outcome {
    peers_harness::serve(&command, |listener| {
        tokio::spawn(accept(listener));
    })
    .await
}

async fn accept(listener: Listener) -> Result<(), tonic::transport::Error> {
    let server = Server::builder()
        .max_frame_size(FRAME)
        .max_concurrent_streams(IN_FLIGHT as u32)
        .add_service(BenchServer::new(Answers));
    match listener {
        Listener::Tcp(listener) => {
            server.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))).await
        }
        Listener::Unix(listener) => server.serve_with_incoming(UnixListenerStream::new(listener)).await,
    }
}

async fn load(load: Load) -> Outcome<Report> {
    let endpoint = Endpoint::from_shared(load.url.replace("tcp://", "http://"))
        .map_err(|error| error.to_string())?
        .tcp_nodelay(true)
        .max_frame_size(FRAME)
        .buffer_size(IN_FLIGHT);
    if matches!(load.method, Method::Ticks | Method::Sink | Method::Relay) {
        let channel = endpoint.connect().await.map_err(|error| format!("{error:?}"))?;
        let streams = stream::Connection::new(BenchClient::new(channel), &load);
        return Ok(rpc_load::run_stream(&load, streams, |set, worker| {
            set.spawn(worker.run());
        })
        .await);
    }
    let call = Call::of(&load)?;
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let channel = endpoint.connect().await.map_err(|error| format!("{error:?}"))?;
        connections.push(Caller { client: BenchClient::new(channel), call: call.clone() });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(&load, callers, |set, worker| {
        set.spawn(worker.run());
    })
    .await)
}

#[derive(Clone)]
struct Caller {
    client: BenchClient<Channel>,
    call: Call,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        match &self.call {
            Call::Add(a, b) => {
                let sum = self.client.add(AddRequest { a: *a, b: *b }).await.map_err(kind)?;
                Call::added(*a, *b, sum.into_inner().sum)
            }
            Call::Echo(data) => {
                let echo = self.client.echo(EchoRequest { data: data.clone() }).await.map_err(kind)?;
                Call::echoed(data.len(), echo.into_inner().data.len())
            }
            Call::Sleep(millis) => {
                self.client.sleep(SleepRequest { millis: *millis }).await.map_err(kind)?;
                Ok(())
            }
        }
    }
}

fn kind(status: Status) -> String {
    format!("{:?}", status.code())
}
