//! Conversations between a client and a server, as they went over the link.

use rpc_core::{ByteIo, ChannelConfig, CodecId, Limits, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split};

use crate::{
    customer,
    market::{Market, QuotesClient, QuotesServer},
    overheard,
    peer::{Peer, tight},
    sealed::sealed,
};

/// Bytes that are under way at most.
const BUFFER: usize = 16 << 10;

/// A conversation between a client and a server, from their hellos to its end.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// What is particular about it.
    pub name: &'static str,
    /// What the client has sent.
    pub there: Vec<u8>,
    /// What the server has sent.
    pub back: Vec<u8>,
}

/// Conversations in which everything happens that happens between two who keep the rules.
#[must_use]
pub fn conversations() -> Vec<Conversation> {
    let small = || Limits { frame: 60, send_buffer: 50, ..Limits::default() };
    [
        ("binary", Limits::default(), CodecId::BINARY),
        ("json", Limits::default(), CodecId::JSON),
        ("fragments", small(), CodecId::BINARY),
        ("tight", tight(), CodecId::BINARY),
    ]
    .map(|(name, limits, codec)| sealed(converse(name, limits, codec)))
    .into()
}

async fn converse(name: &'static str, limits: Limits, codec: CodecId) -> Conversation {
    let (client, near) = tokio::io::duplex(BUFFER);
    let (far, server) = tokio::io::duplex(BUFFER);
    let ((near_reader, near_writer), (far_reader, far_writer)) = (split(near), split(far));
    let there = tokio::spawn(record(near_reader, far_writer));
    let back = tokio::spawn(record(far_reader, near_writer));
    let serving = Server::new().add(QuotesServer::new(Market)).limits(limits.clone()).serve_io(ByteIo::new(server));
    let serving = tokio::spawn(serving);
    let channel = ChannelConfig::new().limits(limits.clone()).codec(codec).connect_io(ByteIo::new(client)).await;
    customer::shop(&QuotesClient::new(channel.expect("the server answers"))).await;
    let (there, back) = (there.await.expect("it is recorded"), back.await.expect("it is recorded"));
    serving.await.expect("the server does not panic").expect("the client keeps the rules");
    overheard::answers(&Peer::speaking(there.clone()), &back, &limits);
    assert_eq!(overheard::requests(&Peer::speaking(back.clone()), &there), 0, "a part of a frame was sent");
    Conversation { name, there, back }
}

/// Passes on what comes, and gives all of it when it has ended.
async fn record(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let before = all.len();
        if from.read_buf(&mut all).await.unwrap_or(0) == 0 || to.write_all(&all[before..]).await.is_err() {
            let _ = to.shutdown().await;
            return all;
        }
    }
}
