//! Clients whose server speaks by hand. What it says is the test's business.

use rpc_core::{ChannelConfig, wire::Hello};
use tokio::net::TcpListener;

use crate::{LaboratoryClient, RawPeer, within};

/// A place for clients to dial, and its URL.
///
/// # Panics
/// When there is none.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are ports");
    let url = format!("tcp://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}

/// The server's end of a connection after both hellos, and the client.
///
/// # Panics
/// When no connection comes about.
pub async fn server_by_hand(hello: Hello, config: ChannelConfig) -> (RawPeer, LaboratoryClient) {
    let (listener, url) = listen().await;
    let connecting = tokio::spawn(async move { config.connect(&url).await.expect("the hello will do") });
    let server = within("the hello", RawPeer::server(&listener, &hello)).await;
    (server, LaboratoryClient::new(within("the client", connecting).await.expect("it does not panic")))
}
