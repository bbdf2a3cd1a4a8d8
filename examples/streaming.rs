//! A log that is written and followed by streams: a client stream of lines in, a server stream of lines out.
//!
//! One reader follows as fast as lines are written, another one does not read at all for a while. It holds up neither the
//! writer nor the other reader, nothing piles up for it, and it is told how many lines it has missed. At the end the
//! readers just drop their streams, which the server sees.

use std::error::Error;

use futures_util::stream;
use rpc_core::{Server, Status, Stream, Streaming, service};
use serde::{Deserialize, Serialize};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

/// Lines that the log keeps for readers who are behind.
const KEPT: usize = 16;
/// Lines on their way to the slow reader at most.
const WINDOW: u32 = 4;
/// Lines that are written while both read.
const LINES: u64 = 1_000;

/// A log of lines.
#[service]
trait Log {
    /// Appends each line as it comes. How many there were when the caller had sent its last.
    async fn append(&self, lines: Streaming<String>) -> Result<u64, Torn>;

    /// The lines that are appended from now on.
    async fn follow(&self) -> impl Stream<Item = Entry>;

    /// Answers when nobody follows any more.
    async fn deserted(&self);
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Entry {
    /// A line.
    Line(String),
    /// The reader was too slow: so many lines are gone.
    Missed(u64),
}

/// The lines did not come to their end.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[error("after {appended} lines: {why}")]
struct Torn {
    appended: u64,
    why: String,
}

/// The log: a ring of the last lines, which every reader follows at its own pace.
struct Ring(broadcast::Sender<String>);

impl Log for Ring {
    async fn append(&self, mut lines: Streaming<String>) -> Result<u64, Torn> {
        let mut appended = 0;
        while let Some(line) = lines.next().await {
            let line = line.map_err(|status: Status| Torn { appended, why: status.to_string() })?;
            let _ = self.0.send(line); // an error says that nobody follows
            appended += 1;
        }
        Ok(appended)
    }

    async fn follow(&self) -> impl Stream<Item = Entry> {
        // Asked for the next entry only when the reader has room for it. In between the ring goes on without it.
        stream::unfold(self.0.subscribe(), |mut lines| async {
            let entry = match lines.recv().await {
                Ok(line) => Entry::Line(line),
                Err(RecvError::Lagged(missed)) => Entry::Missed(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((entry, lines))
        })
    }

    async fn deserted(&self) {
        self.0.closed().await;
    }
}

// One thread, so that every run is the same: how far behind somebody is depends on who runs when.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let ring = Ring(broadcast::Sender::new(KEPT));
    let server = Server::new().add(LogServer::new(ring)).listen("tcp://127.0.0.1:0");
    let stats = server.stats();
    let server = server.bind().await?;
    let url = server.urls()[0].to_string();
    tokio::spawn(server.serve());
    let log = LogClient::connect(&url).await?;

    // A client stream may be any stream of things at hand.
    let early = ["the log begins", "nobody reads this"].map(str::to_owned);
    println!("written before anybody read: {}", log.append(stream::iter(early)).await?);

    // A server stream is there as soon as the method has returned it: what is written from here on is for both.
    let mut fast = log.follow().await?;
    let mut slow = log.follow().window(1 << 20, WINDOW).await?;

    // Or it may be fed as things happen.
    let (write, mut written) = mpsc::channel(1);
    let lines = stream::poll_fn(move |cx| written.poll_recv(cx));
    let writer = tokio::spawn({
        let log = log.clone();
        async move { log.append(lines).await }
    });
    for number in 1..=LINES {
        let line = format!("line {number}");
        write.send(line.clone()).await?;
        assert_eq!(fast.next().await.transpose()?, Some(Entry::Line(line)));
    }
    println!("the fast reader has read {LINES} lines as they were written");
    drop(write); // the end of the lines
    assert_eq!(writer.await??, LINES);
    println!("the writer has written {LINES}");
    let now = stats.snapshot();
    assert_eq!((now.streams, now.buffered_bytes), (2, 0));
    println!("the slow reader has read none, and nothing piles up for it at the server");

    // Now the slow one reads: what was on its way, what it has missed, and what the log has kept.
    let mut read = Vec::new();
    while read.last() != Some(&Entry::Line(format!("line {LINES}"))) {
        read.push(slow.next().await.ok_or("the log has ended")??);
    }
    let missed = LINES - u64::from(WINDOW) - KEPT as u64;
    let line = |number| Entry::Line(format!("line {number}"));
    let kept = (LINES - KEPT as u64 + 1..=LINES).map(line);
    let expected: Vec<Entry> = (1..=WINDOW.into()).map(line).chain([Entry::Missed(missed)]).chain(kept).collect();
    assert_eq!(read, expected);
    println!("the slow reader got {WINDOW} lines, was told of {missed} that it missed, and got the last {KEPT}");

    // A stream ends early by being dropped. The server drops what it has for it.
    drop((fast, slow));
    log.deserted().await?;
    println!("the log has seen that nobody reads any more");
    Ok(())
}
