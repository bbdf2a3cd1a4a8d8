//! S-1 to S-9: streams of which more comes than may, in the wrong order, in too many pieces, or that nobody takes. What is
//! asserted of all is that credit comes back to the last byte: a peer that speaks by hand keeps the accounts.

mod credit;
mod floods;
mod flow;
mod leaks;
mod leaks_at_client;
mod order;
mod order_at_client;

use std::{collections::BTreeMap, convert::Infallible};

use bytes::Bytes;
use rpc_core::{
    CallError, ChannelConfig, CodecId, Limits, Streaming,
    wire::{HEAD, Head, Hello, Kind},
};
use rpc_tests::{RawPeer, Stream, StreamsClient, request_of, server_over_a_pipe, within};
use tokio::io::DuplexStream;

use crate::attack::{Peer, Target};

const UNEXPECTED: u32 = 6;

/// A request to the streams.
fn request(call: u32, method: &str) -> Head {
    request_of("test.Streams", call, method)
}

fn item(call: u32) -> Head {
    Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Item, call) }
}

fn end(call: u32) -> Head {
    Head::new(Kind::End, call)
}

fn response(call: u32) -> Head {
    Head { codec: CodecId::BINARY.0, ..Head::new(Kind::Response, call) }
}

fn cancel(call: u32) -> Head {
    Head::new(Kind::Cancel, call)
}

fn credit(call: u32, bytes: u32, items: u32) -> Head {
    Head { extra: items, ..Head::new(Kind::Credit, call).word(bytes) }
}

/// Arguments that are numbers.
fn numbers<const COUNT: usize>(numbers: [u64; COUNT]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// An item of bytes that is `len` bytes long, encoded.
fn load(len: usize) -> Vec<u8> {
    [&(len as u64 - 8).to_le_bytes()[..], &vec![7; len - 8]].concat()
}

/// Asks for a method that takes nothing of its stream before it is released, and then waits for the end of it.
async fn opened(target: &Target, peer: &mut Peer, call: u32) {
    peer.send(request(call, "hold_back"), &numbers([call.into(), 0])).await;
    target.desk().until_ran(call.into()).await;
}

/// Items of bytes, on a client.
type Items = Streaming<Vec<u8>, CallError<Infallible>>;

/// A client with these limits, whose server speaks by hand.
async fn served_by_hand(limits: Limits) -> (RawPeer<DuplexStream>, StreamsClient) {
    let config = ChannelConfig::new().limits(limits);
    let (server, channel) = server_over_a_pipe(64 << 10, Hello::default(), config).await;
    (server, StreamsClient::new(channel))
}

/// A call of the client whose items have begun, and its id.
async fn begun(server: &mut RawPeer<DuplexStream>, client: &StreamsClient) -> (u32, Items) {
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.lengths(vec![]).await }
    });
    let (head, _) = server.receive().await.expect("a request");
    assert_eq!(head.kind, Kind::Request, "{head:?}");
    server.send(Head::new(Kind::Begin, head.call), b"").await;
    (head.call, within("the beginning", asking).await.expect("it does not panic").expect("it begins"))
}

/// What a peer has spent of its credit, and what it was given back.
#[derive(Debug, Default)]
struct Accounts {
    spent: usize,
    /// By call, in bytes and items; the connection's is 0.
    given: BTreeMap<u32, (usize, usize)>,
    /// Items that have come, by call.
    items: BTreeMap<u32, Vec<Bytes>>,
}

impl Accounts {
    /// Sends an item, or a fragment of one.
    async fn send<S: Stream>(&mut self, peer: &mut RawPeer<S>, head: Head, body: &[u8]) {
        self.spent += HEAD + body.len();
        peer.send(head, body).await;
    }

    /// Counts a frame where it is about items; else it is somebody else's.
    fn count(&mut self, (head, body): (Head, Bytes)) -> Option<(Head, Bytes)> {
        match head.kind {
            Kind::Credit => {
                assert!(head.word > 0 || head.extra > 0, "it gives nothing");
                let given = self.given.entry(head.call).or_default();
                *given = (given.0 + head.word as usize, given.1 + head.extra as usize);
                None
            }
            Kind::Item => {
                self.items.entry(head.call).or_default().push(body);
                None
            }
            _ => Some((head, body)),
        }
    }

    /// The next frame that is neither credit nor an item.
    async fn next<S: Stream>(&mut self, peer: &mut RawPeer<S>) -> (Head, Bytes) {
        loop {
            let frame = peer.receive().await.expect("the connection lives");
            if let Some(other) = self.count(frame) {
                return other;
            }
        }
    }

    /// The next such frame, which is the terminal frame of a call.
    async fn terminal<S: Stream>(&mut self, peer: &mut RawPeer<S>, call: u32) -> (Head, Bytes) {
        let (head, body) = self.next(peer).await;
        assert_eq!(head.call, call, "{head:?} {body:?}");
        assert!([Kind::Response, Kind::End].contains(&head.kind), "{head:?}");
        (head, body)
    }

    /// Everything that is under way has come: the other side answers pings behind it, and nothing else is said. It gives
    /// credit when it has looked at all that came together, which the second ping did not.
    async fn settle<S: Stream>(&mut self, peer: &mut RawPeer<S>) {
        for ping in [1, 2] {
            let ping = Head { extra: ping, ..Head::new(Kind::Ping, 0).word(0xdead_beef) };
            peer.send(ping, b"").await;
            let (head, body) = self.next(peer).await;
            assert_eq!((head, &body[..]), (Head { kind: Kind::Pong, ..ping }, &b""[..]), "something was said");
        }
    }

    /// What the connection has given back.
    fn given_back(&self) -> usize {
        self.given.get(&0).map_or(0, |given| given.0)
    }

    /// Bytes that may be sent on all streams together, of as many as were there at first.
    fn left(&self, whole: usize) -> i64 {
        (whole + self.given_back()) as i64 - self.spent as i64
    }

    /// Nothing is lost of the credit of the connection: at the latest when half of it is owed it is given back.
    fn assert_whole(&self, whole: usize) {
        let left = self.left(whole);
        assert!(left > whole as i64 / 2, "{left} are left of {whole}: spent {}, {:?} given", self.spent, self.given);
        assert!(left <= whole as i64, "{left} are left of {whole}: more was given back than was spent");
    }
}

/// Little credit, so that what is lost of it is soon missed.
fn little(connection: u32) -> Limits {
    Limits::default().connection_stream_bytes(connection)
}
