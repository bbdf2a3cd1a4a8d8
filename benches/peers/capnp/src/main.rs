//! capnp-rpc under load: a two-party network over TCP and Unix sockets. Knows no other peer.
//!
//! Configured as follows.
//! - Server and client as in its examples, `capnp-rpc/examples/hello-world/{server,client}.rs`
//!   (<https://github.com/capnproto/capnproto-rust/tree/master/capnp-rpc/examples/hello-world>): `twoparty::VatNetwork`
//!   in a `LocalSet`, TCP_NODELAY on both ends.
//! - The halves of the socket are buffered, which the documentation of `VatNetwork::new` says is typically best
//!   (<https://docs.rs/capnp-rpc/0.27.3/capnp_rpc/twoparty/struct.VatNetwork.html#method.new>).
//! - The limit of a message is the default, 64 MiB
//!   (<https://docs.rs/capnp/0.27.3/capnp/message/struct.ReaderOptions.html>).
//!
//! A system of capabilities is not `Send`: whatever the runtime, one thread makes and answers all calls.

use std::{io, process::ExitCode, rc::Rc, time::Duration};

use capnp::{Error, message::ReaderOptions};
use capnp_rpc::{
    RpcSystem,
    rpc_twoparty_capnp::Side,
    twoparty::{VatId, VatNetwork},
};
use futures::{
    AsyncReadExt,
    io::{BufReader, BufWriter},
};
use peers_harness::{Address, Call, Listener, Outcome, program};
use rpc_load::{Load, Report, Serve};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
    task::{LocalSet, spawn_local},
};
use tokio_util::compat::TokioAsyncReadCompatExt;

use crate::bench_capnp::bench;

#[rustfmt::skip]
#[path = "generated/bench_capnp.rs"]
#[allow(warnings)]
mod bench_capnp;

struct Answers;

impl bench::Server for Answers {
    async fn add(self: Rc<Self>, params: bench::AddParams, mut results: bench::AddResults) -> Result<(), Error> {
        let params = params.get()?;
        results.get().set_sum(params.get_a() + params.get_b());
        Ok(())
    }

    async fn echo(self: Rc<Self>, params: bench::EchoParams, mut results: bench::EchoResults) -> Result<(), Error> {
        results.get().set_data(params.get()?.get_data()?);
        Ok(())
    }

    async fn sleep(self: Rc<Self>, params: bench::SleepParams, _: bench::SleepResults) -> Result<(), Error> {
        tokio::time::sleep(Duration::from_millis(params.get()?.get_millis())).await;
        Ok(())
    }
}

fn main() -> ExitCode {
    program(
        async |command| LocalSet::new().run_until(serve(command)).await,
        async |command| LocalSet::new().run_until(load(command)).await,
    )
}

async fn serve(command: Serve) -> Outcome {
    peers_harness::serve(&command, |listener| {
        spawn_local(accept(listener));
    })
    .await
}

async fn accept(listener: Listener) -> io::Result<()> {
    let answers: bench::Client = capnp_rpc::new_client(Answers);
    loop {
        let network = match &listener {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                network(stream, Side::Server)
            }
            Listener::Unix(listener) => network(listener.accept().await?.0, Side::Server),
        };
        spawn_local(RpcSystem::new(network, Some(answers.clone().client)));
    }
}

fn network(stream: impl AsyncRead + AsyncWrite + 'static, side: Side) -> Box<dyn capnp_rpc::VatNetwork<VatId>> {
    let (reader, writer) = stream.compat().split();
    Box::new(VatNetwork::new(BufReader::new(reader), BufWriter::new(writer), side, ReaderOptions::new()))
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
        set.spawn_local(worker.run());
    })
    .await)
}

async fn connect(url: &str) -> Outcome<bench::Client> {
    let network = match url.parse()? {
        Address::Tcp(address) => Address::connect(address).await.map(|stream| network(stream, Side::Client)),
        Address::Unix(path) => UnixStream::connect(path).await.map(|stream| network(stream, Side::Client)),
    };
    let mut system = RpcSystem::new(network.map_err(|error| error.to_string())?, None);
    let client = system.bootstrap(Side::Server);
    spawn_local(system);
    Ok(client)
}

#[derive(Clone)]
struct Caller {
    client: bench::Client,
    call: Call,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        match &self.call {
            Call::Add(a, b) => {
                let mut request = self.client.add_request();
                request.get().set_a(*a);
                request.get().set_b(*b);
                let response = request.send().promise.await.map_err(kind)?;
                Call::added(*a, *b, response.get().map_err(kind)?.get_sum())
            }
            Call::Echo(data) => {
                let mut request = self.client.echo_request();
                request.get().set_data(data);
                let response = request.send().promise.await.map_err(kind)?;
                Call::echoed(data.len(), response.get().and_then(|echo| echo.get_data()).map_err(kind)?.len())
            }
            Call::Sleep(millis) => {
                let mut request = self.client.sleep_request();
                request.get().set_millis(*millis);
                request.send().promise.await.map_err(kind)?;
                Ok(())
            }
        }
    }
}

fn kind(error: Error) -> String {
    format!("{:?}", error.kind)
}
