//! A client that others kill: makes as many calls as it is told to the laboratory at the URL it is given, and waits for
//! their answers, or for the end of its input.

use std::{
    error::Error,
    io::{self, Read},
    process, thread,
    time::Duration,
};

use rpc_tests::LaboratoryClient;
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (url, calls) = arguments.next().zip(arguments.next()).ok_or("give a URL and a number of calls")?;
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(1);
    });
    let client = LaboratoryClient::connect(&url).await?;
    let mut calling = JoinSet::new();
    for id in 0..calls.parse()? {
        let client = client.clone();
        // What the handler spawns writes the next number when it is cancelled.
        calling.spawn(async move { client.watch(2 * id).timeout(Duration::MAX).await });
    }
    while let Some(answer) = calling.join_next().await {
        answer??;
    }
    Ok(())
}
