//! `lab serve`: a laboratory at work, until it is told to end.

use clap::Args;
use rpc_core::Server;
use rpc_load::Serve;

use super::{bench::Bench, limits::Bounds, service::LabServer, tier::Tier};
use crate::Failure;

/// `serve`: where, and what goes on to whom.
#[derive(Debug, Args)]
pub struct Serving {
    #[command(flatten)]
    serve: Serve,
    /// Hand `add` and `relay` on to the laboratory at this address.
    #[arg(long, value_name = "URL")]
    tier: Option<String>,
    #[command(flatten)]
    bounds: Bounds,
}

impl Serving {
    /// Serves until the process is told to end.
    ///
    /// # Errors
    /// It cannot begin.
    pub fn run(self) -> Result<(), Failure> {
        self.serve.run.build()?.block_on(self.serve())
    }

    async fn serve(&self) -> Result<(), Failure> {
        let limits = self.bounds.limits();
        let next = self.tier.as_ref().map(|url| Tier::at(url, limits.clone())).transpose()?;
        let server = Server::new().limits(limits);
        let bench = Bench::new(server.stats(), next);
        let listen = self.serve.listen.iter().cloned();
        let server = listen.fold(server.add(LabServer::new(bench)), Server::listen).bind().await?;
        let urls: Vec<String> = server.urls().into_iter().map(ToString::to_string).collect();
        let mut ended = Ok(());
        let announced = async {
            rpc_load::announce(urls);
            std::future::pending().await
        };
        let told_to_end = async {
            ended = tokio::select! {
                biased; // whoever sees the URLs may send a signal: it is watched for before
                ended = rpc_load::ended() => ended,
                never = announced => never,
            };
        };
        server.serve_until(told_to_end).await; // lets the calls that run end, and always returns
        Ok(ended?)
    }
}
