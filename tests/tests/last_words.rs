//! The frame that says why a connection ends: it is one frame, which the peer takes, and nothing follows it.

use bytes::{BufMut, BytesMut};
use rpc_core::{
    ByteIo, ChannelConfig, CodecId, Limits, Server,
    codec::encode,
    fnv1a32,
    link::FrameCodec,
    method_id,
    wire::{Flags, Head, Hello, Kind, Parsed, parse_hello},
};
use rpc_tests::{Desk, LaboratoryClient, LaboratoryServer, RawPeer, Sample, Setup, poll_once, tidy, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::codec::Decoder;

/// A frame that neither side sends to the other.
fn wrong() -> Vec<u8> {
    RawPeer::frame(Head::new(Kind::Response, 2), b"").to_vec()
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

/// A handler that waits sends its response itself; it is stopped amid of it.
#[tokio::test]
async fn nothing_follows_why_a_server_ends_not_even_the_rest_of_a_response() {
    let limits = Limits { frame: 60, send_buffer: 50, ..Limits::default() };
    let server = Server::new().add(LaboratoryServer::new(Desk::default())).limits(limits);
    let (mut peer, io) = tokio::io::duplex(30);
    let serving = tokio::spawn(server.serve_io(ByteIo::new(io)));
    let hello = Hello::default().encode();
    let method = method_id(fnv1a32("test.Laboratory"), fnv1a32("measure"));
    let request = Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Request, 1).word(method) };
    let mut arguments = BytesMut::new();
    encode(CodecId::BINARY, &("", "", Sample::full(), vec![7_u32; 500]), &mut arguments).unwrap();
    let mut heard = Vec::new();
    let talk = async {
        peer.write_all(&hello).await.unwrap();
        while heard.len() < hello.len() {
            peer.read_buf(&mut heard).await.unwrap();
        }
        peer.write_all(&RawPeer::frame(request, &arguments)).await.unwrap();
        // Its response fills the link; as soon as there is room again, the server reads what is wrong.
        tokio::task::yield_now().await;
        peer.write_all(&wrong()).await.unwrap();
        while peer.read_buf(&mut (&mut heard).limit(10)).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    within("the end", talk).await;
    let Ok(Parsed::Hello { len, .. }) = parse_hello(&heard, 64 << 10) else { panic!("there is no hello") };
    let (mut codec, mut frames) = (FrameCodec::new(1_000), BytesMut::from(&heard[len..]));
    let mut kinds = Vec::new();
    while let Some((head, _)) = codec.decode_eof(&mut frames).unwrap() {
        kinds.push(head.kind);
    }
    assert!(kinds.len() > 1 && kinds.len() < 20, "the response was to be cut off: {kinds:?}");
    assert_eq!(kinds.iter().position(|kind| *kind == Kind::Error), Some(kinds.len() - 1), "{kinds:?}");
    drop(peer);
    within("the server", serving).await.unwrap().unwrap();
}
