//! A server that others kill: keeps a ledger at the path it is given, serves at the URL it is given, and says so when it
//! listens. Drains on SIGTERM, and ends with its input, so that it does not outlive who started it.

use std::{
    error::Error,
    io::{self, Read},
    path::Path,
    process, thread,
};

use rpc_core::{Server, shutdown_signal};
use rpc_tests::{LedgerFile, LedgerServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (url, path) = arguments.next().zip(arguments.next()).ok_or("give a URL and the path of a ledger")?;
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(1);
    });
    let ledger = LedgerFile::open(Path::new(&path))?;
    let server = Server::new().add(LedgerServer::new(ledger)).listen(url).bind().await?;
    // Whoever sees the URL may send the signal: it is watched for before.
    let told_to_end = shutdown_signal();
    println!("{}", server.urls()[0]);
    server.serve_until(told_to_end).await;
    Ok(())
}
