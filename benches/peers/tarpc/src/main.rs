//! tarpc under load: its serde transport over TCP and Unix sockets, with the Bincode format. Knows no other peer.
//!
//! Configured as follows.
//! - Server: `BaseChannel::execute(..)`, each response a task, as in its README
//!   (<https://docs.rs/tarpc/0.38.0/tarpc/#example>) and, over TCP, in its `example-service/src/server.rs`.
//! - Transport: `serde_transport::{tcp, unix}` with `Bincode`
//!   (<https://docs.rs/tarpc/0.38.0/tarpc/serde_transport/index.html>), TCP_NODELAY set on both ends.
//! - `max_frame_length` as in `example-service`, to take the longest messages.
//! - `max_in_flight_requests` and `pending_request_buffer` of the client
//!   (<https://docs.rs/tarpc/0.38.0/tarpc/client/struct.Config.html>) and `pending_response_buffer` of the server
//!   (<https://docs.rs/tarpc/0.38.0/tarpc/server/struct.Config.html>) so that no call waits for another.
//! - `echo` takes [`Bytes`], which serde writes and reads whole.
//! - Each call's context is the default one with its deadline in an hour.

use std::{
    io,
    process::ExitCode,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{Stream, StreamExt, future};
use peers_harness::{Address, Call, IN_FLIGHT, Listener, MESSAGE, Outcome, program};
use rpc_load::{Load, Report, Serve};
use tarpc::{
    ClientMessage, Response, client,
    client::RpcError,
    context,
    serde_transport::{Transport, tcp, unix},
    server::{self, BaseChannel, Channel},
    tokio_serde::formats::Bincode,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// No call takes as long.
const DEADLINE: Duration = Duration::from_secs(3_600);

type Calls = ClientMessage<BenchRequest>;
type Answers = Response<BenchResponse>;
type Accepted<S> = Transport<S, Calls, Answers, Bincode<Calls, Answers>>;
type Connected<S> = Transport<S, Answers, Calls, Bincode<Answers, Calls>>;

/// What is called under load.
#[tarpc::service]
trait Bench {
    /// Adds.
    async fn add(a: i64, b: i64) -> i64;
    /// Returns what it is given.
    async fn echo(data: Bytes) -> Bytes;
    /// Waits.
    async fn sleep(millis: u64);
}

#[derive(Clone)]
struct Server;

impl Bench for Server {
    async fn add(self, _: context::Context, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn echo(self, _: context::Context, data: Bytes) -> Bytes {
        data
    }

    async fn sleep(self, _: context::Context, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
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

async fn accept(listener: Listener) -> io::Result<()> {
    match listener {
        Listener::Tcp(listener) => {
            let mut incoming = tcp::listen_on(listener, Bincode::default).await?;
            incoming.config_mut().max_frame_length(MESSAGE);
            answer(incoming.inspect(|accepted| {
                if let Ok(accepted) = accepted {
                    let _ = accepted.get_ref().set_nodelay(true);
                }
            }))
            .await;
        }
        Listener::Unix(listener) => {
            let mut incoming = unix::listen_on(listener, Bincode::default).await?;
            incoming.config_mut().max_frame_length(MESSAGE);
            answer(incoming).await;
        }
    }
    Ok(())
}

/// Answers the calls of all connections.
async fn answer<S>(incoming: impl Stream<Item = io::Result<Accepted<S>>>)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    incoming
        .filter_map(|accepted| future::ready(accepted.ok()))
        .for_each(|accepted| {
            let config = server::Config { pending_response_buffer: IN_FLIGHT };
            let responses = BaseChannel::new(config, accepted).execute(Server.serve());
            tokio::spawn(responses.for_each(|response| async {
                tokio::spawn(response);
            }));
            future::ready(())
        })
        .await;
}

async fn load(load: Load) -> Outcome<Report> {
    let call = Call::of(&load)?;
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let client = connect(&load.url).await?;
        connections.push(Caller { client, call: call.clone() });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(&load, callers, |set, worker| {
        set.spawn(worker.run());
    })
    .await)
}

async fn connect(url: &str) -> Outcome<BenchClient> {
    match url.parse()? {
        Address::Tcp(address) => {
            let mut connecting = tcp::connect(address, Bincode::default);
            connecting.config_mut().max_frame_length(MESSAGE);
            let connected = connecting.await.map_err(|error| error.to_string())?;
            connected.get_ref().set_nodelay(true).map_err(|error| error.to_string())?;
            Ok(client(connected))
        }
        Address::Unix(path) => {
            let mut connecting = unix::connect(path, Bincode::default);
            connecting.config_mut().max_frame_length(MESSAGE);
            Ok(client(connecting.await.map_err(|error| error.to_string())?))
        }
    }
}

fn client<S>(connected: Connected<S>) -> BenchClient
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut config = client::Config::default();
    config.max_in_flight_requests = IN_FLIGHT;
    config.pending_request_buffer = IN_FLIGHT;
    BenchClient::new(config, connected).spawn()
}

#[derive(Clone)]
struct Caller {
    client: BenchClient,
    call: Call,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        let mut context = context::current();
        context.deadline = Instant::now() + DEADLINE;
        match &self.call {
            Call::Add(a, b) => Call::added(*a, *b, self.client.add(context, *a, *b).await.map_err(kind)?),
            Call::Echo(data) => {
                let echo = self.client.echo(context, data.clone()).await.map_err(kind)?;
                Call::echoed(data.len(), echo.len())
            }
            Call::Sleep(millis) => self.client.sleep(context, *millis).await.map_err(kind),
        }
    }
}

fn kind(error: RpcError) -> String {
    match error {
        RpcError::Shutdown => "shut down".to_owned(),
        RpcError::Send(_) => "not sent".to_owned(),
        RpcError::Channel(_) => "connection failed".to_owned(),
        RpcError::DeadlineExceeded => "deadline exceeded".to_owned(),
        RpcError::Server(error) => format!("server: {:?}", error.kind),
    }
}
