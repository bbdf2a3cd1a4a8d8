//! The other process of `tests/steps.rs`: serves its marks at the URL it is given, says where, and ends with its input.

use rpc_core::Server;
use rpc_tests::marks::{MarksServer, OwnMarks};
use tokio::io::AsyncReadExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("give a URL to listen at")?;
    let server = Server::new().add(MarksServer::new(OwnMarks)).listen(url).bind().await?;
    println!("{}", server.urls()[0]);
    let end_of_input = async {
        let mut rest = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut rest).await;
    };
    server.serve_until(end_of_input).await;
    Ok(())
}
