//! Peers that do harm, by hand. Each goes on until its task is ended; that the server closes on it is no reason to stop.

use std::{future::pending, io, time::Duration};

use rpc_core::{
    fnv1a32, method_id,
    wire::{HEAD, Head, Hello, Kind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// What a peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Nothing.
    Nothing,
    /// Pings as fast as they go.
    Pings,
    /// Opens calls that wait, and cancels each at once.
    Cancels,
    /// Asks for large answers, and reads none.
    NeverReads,
    /// Connects, says hello, and goes.
    Comes,
    /// Stops in the middle of a frame.
    HalfFrames,
    /// Sends what no protocol is.
    Garbage,
}

/// What one peer sends at a time, in frames.
const BATCH: usize = 256;
/// How long a peer waits for the end of a connection that the server may have no reason to end.
const PATIENCE: Duration = Duration::from_secs(2);

impl Attack {
    pub(crate) const ALL: [Self; 7] =
        [Self::Nothing, Self::Pings, Self::Cancels, Self::NeverReads, Self::Comes, Self::HalfFrames, Self::Garbage];

    /// For people, with the number of peers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pings => "pings without end, 4 peers",
            Self::Cancels => "calls opened and cancelled, 4 peers",
            Self::NeverReads => "1 MiB answers that nobody reads, 4 peers",
            Self::Comes => "connect, hello, close, 4 peers",
            Self::HalfFrames => "half a frame and silence, 200 peers",
            Self::Garbage => "garbage, 4 peers",
        }
    }

    /// How many do it at once.
    pub(crate) const fn peers(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::HalfFrames => 200,
            _ => 4,
        }
    }

    /// Goes on for ever.
    pub(crate) async fn go_on(self, address: &str) {
        loop {
            // Whatever ends it: the next connection comes at once, but not before others had their turn.
            let _ = self.once(address).await;
            tokio::task::yield_now().await;
        }
    }

    async fn once(self, address: &str) -> io::Result<()> {
        let mut peer = TcpStream::connect(address).await?;
        if self == Self::Garbage {
            peer.write_all(&[0xa5; 64 << 10]).await?;
            return wait_for_the_end(&mut peer).await;
        }
        peer.write_all(&Hello::default().encode()).await?;
        peer.read_exact(&mut [0; 16]).await?;
        match self {
            Self::Comes => Ok(()),
            Self::Pings => flood(peer, &frame(Head::new(Kind::Ping, 0), b"").repeat(BATCH)).await,
            Self::Cancels => flood(peer, &opened_and_cancelled()).await,
            Self::NeverReads => {
                let ask = |call: usize| frame(request("large", 2 * call as u32 + 1), b"");
                peer.write_all(&(0..BATCH).flat_map(ask).collect::<Vec<_>>()).await?;
                // The server lets it go in the end: this does not read to see it.
                sleep(Duration::from_secs(1)).await;
                Ok(())
            }
            Self::HalfFrames => {
                peer.write_all(&frame(request("large", 1), &[0; 1_000])[..500]).await?;
                wait_for_the_end(&mut peer).await
            }
            Self::Nothing | Self::Garbage => pending().await,
        }
    }
}

/// A frame's bytes.
fn frame(head: Head, body: &[u8]) -> Vec<u8> {
    let length = (HEAD + body.len()) as u32;
    [&length.to_le_bytes()[..], &head.encode(), body].concat()
}

/// The head of a request in the binary codec.
fn request(method: &str, call: u32) -> Head {
    let method = method_id(fnv1a32(crate::probe::NAME), fnv1a32(method));
    Head { codec: rpc_core::CodecId::BINARY.0, ..Head::new(Kind::Request, call).word(method) }
}

fn opened_and_cancelled() -> Vec<u8> {
    let pair = |n: usize| {
        let call = 2 * n as u32 + 1;
        [frame(request("wait", call), b""), frame(Head::new(Kind::Cancel, call), b"")].concat()
    };
    (0..BATCH).flat_map(pair).collect()
}

/// Writes the same again and again, and reads whatever comes, so that nothing but the server slows it down.
async fn flood(mut peer: TcpStream, bytes: &[u8]) -> io::Result<()> {
    let (mut reader, mut writer) = peer.split();
    let mut answers = vec![0; 64 << 10];
    let write = async {
        loop {
            if let Err(error) = writer.write_all(bytes).await {
                break error;
            }
        }
    };
    let read = async { while reader.read(&mut answers).await.is_ok_and(|read| read > 0) {} };
    tokio::select! {
        error = write => Err(error),
        () = read => Ok(()),
    }
}

async fn wait_for_the_end(peer: &mut TcpStream) -> io::Result<()> {
    let mut said = Vec::new();
    match timeout(PATIENCE, peer.read_to_end(&mut said)).await {
        Ok(read) => read.map(drop),
        Err(_) => Ok(()),
    }
}
