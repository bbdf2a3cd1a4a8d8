//! A peer that speaks the protocol by hand, frame by frame, right or wrong, over any stream of bytes. Knows the layout of
//! frames from `rpc_core::link::FrameCodec` and nothing of clients and servers.

use std::{collections::BTreeMap, fmt};

use bytes::{Bytes, BytesMut};
use rpc_core::{
    Code, CodecId, fnv1a32,
    link::FrameCodec,
    method_id,
    wire::{Flags, Head, Hello, Kind, Parsed, longest, parse_hello},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};
use tokio_util::codec::{Decoder, Encoder};

use crate::{duplex::Duplex, setup::within};

const LONGEST: usize = 64 << 20;

/// A peer that speaks the protocol by hand.
#[derive(Debug)]
pub struct RawPeer<S = TcpStream> {
    /// The connection itself.
    pub io: S,
    /// What the other side announced; the default before its hello was read.
    pub theirs: Hello,
    arrived: BytesMut,
}

/// Any stream of bytes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for S {}

/// A stream of whatever transport.
pub type AnyStream = Box<dyn Stream>;

/// The head of a request to the laboratory, in the binary codec.
#[must_use]
pub fn request(call: u32, method: &str) -> Head {
    request_of("test.Laboratory", call, method)
}

/// The head of a request to any service, in the binary codec.
#[must_use]
pub fn request_of(service: &str, call: u32, method: &str) -> Head {
    let method = method_id(fnv1a32(service), fnv1a32(method));
    Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Request, call).word(method) }
}

impl RawPeer {
    /// Dials `tcp://…`; says nothing.
    pub async fn dial(url: &str) -> Self {
        Self::new(tcp(url).await)
    }

    /// Dials a server, says hello and reads the server's.
    pub async fn client(url: &str) -> Self {
        Self::dial(url).await.introduced().await
    }

    /// Accepts a client, reads its hello and answers with `hello`.
    pub async fn server(listener: &TcpListener, hello: &Hello) -> Self {
        let (io, _) = listener.accept().await.expect("a client dials");
        let mut peer = Self::new(io);
        peer.read_hello().await;
        peer.send_bytes(&hello.encode()).await;
        peer
    }

    /// A frame's bytes.
    #[must_use]
    pub fn frame(head: Head, body: &[u8]) -> BytesMut {
        let mut bytes = BytesMut::new();
        FrameCodec::new(longest(LONGEST)).encode((head, body), &mut bytes).expect("it fits");
        bytes
    }
}

async fn tcp(url: &str) -> TcpStream {
    let address = url.strip_prefix("tcp://").expect("a URL of TCP");
    let io = TcpStream::connect(address).await.expect("somebody listens");
    // Frames are not to wait for each other.
    let _ = io.set_nodelay(true);
    io
}

impl RawPeer<AnyStream> {
    /// Dials `tcp://…`, `unix:///…` or `duplex://…`; says nothing.
    pub async fn over(url: &str) -> Self {
        let io: AnyStream = match url.split_once("://") {
            Some(("unix", path)) => Box::new(UnixStream::connect(path).await.expect("somebody listens")),
            Some(("duplex", name)) => Box::new(Duplex::by_hand(name)),
            _ => Box::new(tcp(url).await),
        };
        Self::new(io)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> RawPeer<S> {
    /// A peer on a connection on which nothing was said yet.
    #[must_use]
    pub fn new(io: S) -> Self {
        Self { io, theirs: Hello::default(), arrived: BytesMut::new() }
    }

    /// Says hello and reads the server's.
    pub async fn introduced(mut self) -> Self {
        self.send_bytes(&Hello::default().encode()).await;
        self.read_hello().await;
        self
    }

    /// Reads the other side's hello.
    pub async fn read_hello(&mut self) {
        loop {
            match parse_hello(&self.arrived, 64 << 10).expect("a well-formed hello") {
                Parsed::Hello { hello, len, .. } => {
                    self.theirs = hello;
                    return drop(self.arrived.split_to(len));
                }
                Parsed::Partial { .. } => {
                    let got = self.io.read_buf(&mut self.arrived).await.expect("the connection lives");
                    assert!(got > 0, "the peer closed before its hello was complete");
                }
            }
        }
    }

    /// Sends bytes as they are.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.io.write_all(bytes).await.expect("the peer takes bytes");
    }

    /// Sends a frame.
    pub async fn send(&mut self, head: Head, body: &[u8]) {
        self.send_bytes(&RawPeer::frame(head, body)).await;
    }

    /// The next frame; `None` when the peer has closed, or reset the connection.
    pub async fn receive(&mut self) -> Option<(Head, Bytes)> {
        loop {
            let found = FrameCodec::new(longest(LONGEST)).decode(&mut self.arrived).expect("well-formed frames");
            if found.is_some() {
                return found;
            }
            if within("the next frame", self.io.read_buf(&mut self.arrived)).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Every frame until the peer closes.
    pub async fn receive_all(&mut self) -> Vec<(Head, Bytes)> {
        let mut frames = Vec::new();
        while let Some(frame) = self.receive().await {
            frames.push(frame);
        }
        frames
    }

    /// The terminal frames of so many calls, by call.
    ///
    /// # Panics
    /// When another frame comes, or a second one for a call.
    pub async fn responses(&mut self, count: usize) -> BTreeMap<u32, (Head, Bytes)> {
        let mut responses = BTreeMap::new();
        while responses.len() < count {
            let (head, body) = self.receive().await.expect("a response");
            assert_eq!(head.kind, Kind::Response, "{head:?}");
            let twice = responses.insert(head.call, (head, body));
            assert_eq!(twice, None, "call {} ended twice", head.call);
        }
        responses
    }

    /// The response to a call, which comes next.
    ///
    /// # Panics
    /// When another frame comes.
    pub async fn response(&mut self, call: u32) -> (Head, Bytes) {
        let (head, body) = self.receive().await.expect("a response");
        assert_eq!((head.kind, head.call), (Kind::Response, call), "{body:?}");
        (head, body)
    }

    /// Reads the refusal of a call, which comes next: the method has not run.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn is_refused(&mut self, call: u32, code: Code) {
        let (head, text) = self.response(call).await;
        assert_eq!((head.word, head.flags), (code as u32, Flags::NOT_RUN), "{text:?}");
        assert!(!text.is_empty(), "the refusal says nothing");
    }

    /// Reads up to the end of the connection, which an error frame of this code comes before. What the error says.
    ///
    /// # Panics
    /// When it is not the last, or another.
    pub async fn ends_with_error(&mut self, code: u32) -> String {
        let (head, text) = self.receive_all().await.pop().expect("an error frame");
        assert_eq!((head.kind, head.call, head.word), (Kind::Error, 0, code), "{text:?}");
        assert!(!text.is_empty(), "the error says nothing");
        String::from_utf8(text.to_vec()).expect("the error is a text")
    }
}
