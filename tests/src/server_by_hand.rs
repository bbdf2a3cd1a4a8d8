//! Clients whose server speaks by hand. What it says is the test's business.

use rpc_core::{ByteIo, Channel, ChannelConfig, wire::Hello};
use tokio::{io::DuplexStream, net::TcpListener};

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

/// The server's end of a pipe of so many bytes after both hellos, and a channel over the other end.
///
/// # Panics
/// When no connection comes about.
pub async fn server_over_a_pipe(bytes: usize, hello: Hello, config: ChannelConfig) -> (RawPeer<DuplexStream>, Channel) {
    let (ours, theirs) = tokio::io::duplex(bytes);
    let mut server = RawPeer::new(ours);
    let introduced = async {
        server.read_hello().await;
        server.send_bytes(&hello.encode()).await;
    };
    let both = async { tokio::join!(config.connect_io(ByteIo::new(theirs)), introduced).0 };
    let channel = within("the hellos", both).await.expect("the hello will do");
    (server, channel)
}
