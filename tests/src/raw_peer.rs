//! A peer that speaks the protocol by hand, frame by frame, right or wrong, over TCP or what a test brings. Knows the layout of frames from
//! `rpc_core::link::FrameCodec` and nothing of clients and servers.

use bytes::{Bytes, BytesMut};
use rpc_core::{
    link::FrameCodec,
    wire::{Head, Hello, Parsed, longest, parse_hello},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::codec::{Decoder, Encoder};

use crate::setup::within;

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

impl RawPeer {
    /// Dials `tcp://…`; says nothing.
    pub async fn dial(url: &str) -> Self {
        let address = url.strip_prefix("tcp://").expect("a raw peer speaks TCP");
        Self::new(TcpStream::connect(address).await.expect("somebody listens"))
    }

    /// Dials a server, says hello and reads the server's.
    pub async fn client(url: &str) -> Self {
        let mut peer = Self::dial(url).await;
        peer.greet().await;
        peer
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

impl<S: AsyncRead + AsyncWrite + Unpin> RawPeer<S> {
    /// A peer on a connection on which nothing was said yet.
    #[must_use]
    pub fn new(io: S) -> Self {
        Self { io, theirs: Hello::default(), arrived: BytesMut::new() }
    }

    /// Says hello as a client and reads the server's.
    pub async fn greet(&mut self) {
        self.send_bytes(&Hello::default().encode()).await;
        self.read_hello().await;
    }

    async fn read_hello(&mut self) {
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
}
