//! A whole server over links within this process, with a canary: a client that must not notice what others do.

use rpc_core::{ChannelConfig, Limits, Server, Snapshot, Stats};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    line::{Line, URL},
    market::{Market, Quote, QuotesClient, QuotesServer},
    overheard,
    peer::{LONG, Peer, tasks, until},
};

/// The most turns that the canary has while a peer sends.
const TURNS: usize = 30;

/// A server, and its canary.
#[derive(Debug)]
pub struct Arena {
    line: Line,
    stats: Stats,
    limits: Limits,
    canary: QuotesClient,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    /// Tasks that there are without anybody else.
    tasks: usize,
}

impl Arena {
    /// A server with these limits.
    ///
    /// # Panics
    /// When it cannot start, or its canary not call it.
    pub async fn open(limits: Limits) -> Self {
        let line = Line::new();
        let server =
            Server::new().add(QuotesServer::new(Market)).limits(limits.clone()).transport(line.clone()).listen(URL);
        let stats = server.stats();
        let serving = server.bind().await.expect("nobody else listens on this line");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serving.serve_until(async { drop(stopped.await) }));
        let canary = ChannelConfig::new().transport(line.clone()).connect(URL).await.expect("the server answers");
        let canary = QuotesClient::new(canary);
        let mut arena = Self { line, stats, limits, canary, stop, serving, tasks: 0 };
        arena.sing().await;
        arena.tasks = tasks();
        arena
    }

    /// The canary calls, and must be answered.
    async fn sing(&self) {
        let quote = self.canary.quote("AAPL").await.expect("the canary is answered");
        assert_eq!(quote, Quote { symbol: "AAPL".into(), price: 1.5 });
    }

    /// Lets a peer attack the server. It is answered as the protocol has it, the canary loses no call, and nothing is left
    /// of it when it has gone.
    ///
    /// # Panics
    /// Where that does not hold.
    pub async fn attack(&self, peer: &Peer) {
        let singing = async |turn| {
            if turn < TURNS {
                self.sing().await;
            }
        };
        let spoken = peer.speak(self.line.connect(peer.buffer, peer.frames), singing).await;
        if !peer.stays {
            spoken.leave().await;
        } else if let Some(heard) = spoken.part().await {
            overheard::answers(peer, &heard, &self.limits);
        }
        let look = || (self.stats.snapshot(), tasks());
        let settled = || {
            let (Snapshot { connections, calls_in_flight, running_handlers, buffered_bytes, .. }, tasks) = look();
            (connections, calls_in_flight, running_handlers, buffered_bytes, tasks) == (1, 0, 0, 0, self.tasks)
        };
        assert!(until(settled).await, "something is left, beside {} tasks: {:?}", self.tasks, look());
        self.sing().await;
    }

    /// Stops the server, of which nothing may be left.
    ///
    /// # Panics
    /// When something is.
    pub async fn close(self) {
        let _ = self.stop.send(());
        drop(self.canary);
        timeout(LONG, self.serving).await.expect("the server stops").expect("the server does not panic");
        assert!(until(|| tasks() == 0).await, "{} tasks are left", tasks());
        assert_eq!(self.stats.snapshot(), Snapshot::default());
    }
}
