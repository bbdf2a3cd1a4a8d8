//! A peer that sends any bytes, to either side of a connection.

use std::time::Duration;

use rpc_core::{
    CodecId, DecodeLimits, Limits,
    wire::{HEAD, Head, Hello, Kind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split},
    runtime::Handle,
    task::{JoinHandle, yield_now},
    time::{sleep, timeout},
};

use crate::choices::{Choices, pieces};

/// More time than anybody takes for anything, by a clock that stands still while anything happens.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

/// A peer that sends these bytes.
#[derive(Clone, Debug)]
pub struct Peer {
    /// All that it sends.
    pub bytes: Vec<u8>,
    /// The lengths of the pieces that these are sent in, over and over; 0 is 256, and without any it is one piece.
    pub cuts: Vec<u8>,
    /// The link is one of frames, on which the hello is in frames too.
    pub frames: bool,
    /// Bytes that are under way at most, in each direction.
    pub buffer: usize,
    /// It reads what it is sent.
    pub reads: bool,
    /// It waits until the other side has ended what there is to end; else it is gone when it has sent all.
    pub stays: bool,
}

/// A peer, and the side that it meets, as bytes choose them.
pub(crate) struct Meeting {
    pub(crate) peer: Peer,
    pub(crate) limits: Limits,
    pub(crate) codec: CodecId,
}

impl Meeting {
    /// The first byte chooses; two are lengths; the others are sent, mostly behind a hello that is right.
    pub(crate) fn chosen(bytes: &[u8], hello: &Hello) -> Self {
        let mut choices = Choices(bytes);
        let mode = choices.byte();
        let bit = |bit: u32| mode >> bit & 1 == 1;
        let cuts = choices.take(2);
        let frames = bit(7);
        let hello = match (bit(0), frames) {
            (true, _) => Vec::new(),
            (false, false) => hello.encode(),
            (false, true) => framed(&hello.encode()),
        };
        let peer = Peer {
            frames,
            bytes: [&hello, choices.0].concat(),
            cuts: if bit(1) { cuts.to_vec() } else { Vec::new() },
            buffer: if bit(2) { 50 } else { 16 << 10 },
            reads: !bit(3),
            stays: !bit(4),
        };
        let limits = if bit(5) { tight() } else { Limits::default() };
        let codec = if bit(6) { CodecId::JSON } else { CodecId::BINARY };
        Self { peer, limits, codec }
    }
}

/// A hello as it is on a link of frames.
#[must_use]
pub fn framed(hello: &[u8]) -> Vec<u8> {
    let length = ((HEAD + hello.len()) as u32).to_le_bytes();
    [&length, &Head::new(Kind::Hello, 0).encode()[..], hello].concat()
}

/// Limits that are soon reached.
#[must_use]
pub fn tight() -> Limits {
    Limits {
        message: 400,
        calls_in_flight: 3,
        waiting_calls: 2,
        request_bytes: 600,
        pongs: 2,
        metadata_bytes: 60,
        metadata_pairs: 2,
        send_buffer: 50,
        read_buffer: 100,
        frame: 60,
        hello: 300,
        decode: DecodeLimits { depth: 6, memory_floor: 500, memory_factor: 2, empty_elements: 10 },
        ..Limits::default()
    }
}

/// A peer that has sent all it wanted, or all that was taken.
pub(crate) struct Spoken {
    writer: WriteHalf<DuplexStream>,
    reading: JoinHandle<(Vec<u8>, ReadHalf<DuplexStream>)>,
    reads: bool,
}

impl Peer {
    /// A peer that sends these bytes over a link of bytes, and else does what is polite.
    #[must_use]
    pub fn speaking(bytes: Vec<u8>) -> Self {
        Self { bytes, cuts: Vec::new(), frames: false, buffer: 16 << 10, reads: true, stays: true }
    }

    /// Sends all bytes; `after` each piece, whose number it is told, others have their turn.
    pub(crate) async fn speak(&self, io: DuplexStream, mut after: impl AsyncFnMut(usize)) -> Spoken {
        let (mut reader, mut writer) = split(io);
        let reads = self.reads;
        let reading = tokio::spawn(async move {
            let mut heard = Vec::new();
            if reads {
                let _ = reader.read_to_end(&mut heard).await;
            }
            (heard, reader)
        });
        for (number, piece) in pieces(&self.bytes, &self.cuts).enumerate() {
            match timeout(LONG, writer.write_all(piece)).await {
                Ok(Ok(())) => {}
                // The other side has ended the connection.
                Ok(Err(_)) => break,
                Err(_) => {
                    assert!(!reads, "the other side does not read any more, nor end the connection");
                    break;
                }
            }
            yield_now().await;
            after(number).await;
        }
        Spoken { writer, reading, reads }
    }
}

impl Spoken {
    /// Ends its own direction and waits for the other to end; gives all that it has read, if it did.
    pub(crate) async fn part(mut self) -> Option<Vec<u8>> {
        let _ = self.writer.shutdown().await;
        if !self.reads {
            self.leave().await;
            return None;
        }
        let (heard, _) = timeout(LONG, self.reading).await.expect("the connection ends").expect("reading ends");
        Some(heard)
    }

    /// Is gone at once.
    pub(crate) async fn leave(self) {
        self.reading.abort();
        let _ = self.reading.await;
    }
}

/// Waits until it is so, and says what is left where it never is.
pub(crate) async fn until(is_so: impl Fn() -> bool) -> bool {
    for _ in 0..1_000 {
        if is_so() {
            return true;
        }
        sleep(LONG / 1_000).await;
    }
    is_so()
}

/// The tasks of this runtime that have not ended.
pub(crate) fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}
