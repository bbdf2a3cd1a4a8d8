//! The frame that says why a connection ends: it is one frame, which the peer takes, and nothing follows it.

use rpc_core::{
    ChannelConfig, Limits,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{LaboratoryClient, RawPeer, Setup, poll_once, tidy, within};
use tokio::net::TcpListener;

/// A frame that neither side sends to the other.
fn wrong() -> Vec<u8> {
    RawPeer::frame(Head::new(Kind::Item, 1), b"").to_vec()
}

/// The last of these frames says why, with at most so many bytes, and is the only one.
async fn says_why_in_one_frame(peer: &mut RawPeer, longest: usize) {
    let frames = within("the end", peer.receive_all()).await;
    let errors: Vec<_> = frames.iter().filter(|(head, _)| head.kind == Kind::Error).collect();
    let [(head, text)] = errors[..] else { panic!("{} frames say why", errors.len()) };
    assert_eq!((head.word, head.flags), (6, Flags::NONE));
    assert!(text.len() <= longest && text.is_empty() == (longest == 0), "{text:?}");
    assert_eq!(frames.last(), Some(&(*head, text.clone())), "something follows it");
}

/// Frames of a link, and messages of the peer, that are shorter than the text, and the longest text then.
const SHORT: [(usize, u32, usize); 4] = [(40, 4 << 20, 24), (usize::MAX, 10, 10), (40, 0, 0), (1, 4 << 20, 0)];

#[tokio::test]
async fn a_server_says_why_it_ends_in_one_frame_that_the_client_takes() {
    for (frame, max_message, longest) in SHORT {
        let setup = Setup::over("tcp://127.0.0.1:0");
        let served = setup.serve_with(Limits { frame, ..Limits::default() }).await;
        let mut peer = RawPeer::dial(&served.url).await;
        let hello = Hello { max_message, ..Hello::default() }.encode();
        peer.send_bytes(&[hello, wrong()].concat()).await;
        peer.read_hello().await;
        says_why_in_one_frame(&mut peer, longest).await;
        drop(peer);
        within("what the test left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn a_client_says_why_it_ends_in_one_frame_that_the_server_takes() {
    for (frame, max_message, longest) in SHORT {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let config = ChannelConfig::new().limits(Limits { frame, ..Limits::default() });
        let connecting = tokio::spawn(async move { config.connect(&url).await.unwrap() });
        let mut server = RawPeer::server(&listener, &Hello { max_message, ..Hello::default() }).await;
        let client = LaboratoryClient::new(within("the client", connecting).await.unwrap());
        let call = poll_once(client.ping()).await;
        server.send_bytes(&wrong()).await;
        within("the call", call).await.unwrap_err();
        says_why_in_one_frame(&mut server, longest).await;
    }
}
