//! An attack on a server, and what must hold whatever it is: canaries on other connections lose no call, what the
//! server counts stays within its limits, and all of it has gone when the attackers have. What an attack consists of, and
//! what is said to it, is each test's business.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rpc_core::{
    Limits, Server, Snapshot, Stats,
    wire::{HEAD, Hello, PREFIX},
};
use rpc_tests::{AnyStream, Desk, LaboratoryClient, LaboratoryServer, RawPeer, Served, Setup, tidy};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// The streams of bytes that the kernel has: what is said by hand is said over each.
pub(crate) const STREAMS: [&str; 2] = ["tcp://127.0.0.1:0", "unix://{tmp}/{unique}.sock"];
/// Every transport, for those who speak through a client.
pub(crate) const EVERYWHERE: [&str; 5] =
    ["tcp://127.0.0.1:0", "unix://@{unique}", "mem://{unique}", "duplex://{unique}", "cells://{unique}"];

/// Streams of bytes without descriptors.
pub(crate) const DUPLEX: [&str; 1] = ["duplex://{unique}"];

/// The services of canaries, each with a ledger of its own.
const CANARIES: [&str; 2] = ["test.Canary", "test.CanaryBeside"];
/// The canary's pause between two calls.
const PACE: Duration = Duration::from_millis(1);
/// Longer than any attack, on a slow machine as well.
const PATIENCE: Duration = Duration::from_secs(40);

/// Threads that may take the last of something at once, each of which then has it.
const THREADS: usize = 2;

/// A peer that speaks by hand.
pub(crate) type Peer = RawPeer<AnyStream>;

/// What is attacked, and how.
pub(crate) struct Attack {
    urls: Vec<&'static str>,
    beside: Option<&'static str>,
    limits: Limits,
    more: Box<dyn Fn(Server) -> Server>,
    patience: Duration,
    slowest_pace: Duration,
}

/// An attack over every stream.
pub(crate) fn attack() -> Attack {
    Attack {
        urls: STREAMS.into(),
        beside: None,
        limits: Limits::default(),
        more: Box::new(|server| server),
        patience: PATIENCE,
        slowest_pace: PACE,
    }
}

impl Attack {
    /// Over these transports instead.
    pub(crate) fn over(self, urls: &[&'static str]) -> Self {
        Self { urls: urls.into(), ..self }
    }

    /// With a second canary over this transport, on the same server.
    pub(crate) fn beside(self, url: &'static str) -> Self {
        Self { beside: Some(url), ..self }
    }

    /// On a server with these limits.
    pub(crate) fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// On a server that has more services than the laboratory.
    pub(crate) fn serving(self, more: impl Fn(Server) -> Server + 'static) -> Self {
        Self { more: Box::new(more), ..self }
    }

    /// With a clock that stands still while anything happens: hours pass at once, and are not to be filled with calls
    /// of the canary.
    pub(crate) fn by_a_still_clock(self) -> Self {
        Self { patience: Duration::from_secs(3_600_000), slowest_pace: Duration::MAX, ..self }
    }

    /// Lets the attack happen, on a new server for each transport.
    pub(crate) async fn run(self, attackers: impl AsyncFn(&Target)) {
        for url in &self.urls {
            let setup = Setup::over(url);
            let beside = self.beside.map(|url| Setup::over(url).address());
            let nests = CANARIES.map(|name| (name, Desk::default()));
            let more = |server: Server| {
                let server = nests.iter().fold(server.limits(self.limits.clone()), |server, (name, nest)| {
                    server.add(LaboratoryServer::new(nest.clone()).named(*name))
                });
                (self.more)(beside.iter().fold(server, |server, url| server.listen(url)))
            };
            let served = setup.serve_at(&setup.address(), more).await;
            let limits = self.limits.clone();
            let (canaries, patience) = (1 + usize::from(beside.is_some()), self.patience);
            let target = Target { setup, served, limits, peers: Arc::default(), canaries, beside, patience };
            let urls = [Some(&target.served.url), target.beside.as_ref()].into_iter().flatten();
            let mut flock = Vec::new();
            for (url, (name, nest)) in urls.zip(nests) {
                flock.push(Canary::begin(&target, url, name, nest, self.slowest_pace).await);
            }
            target.within("the attack", attackers(&target)).await;
            // Whoever attacked has gone: the canaries are alone again.
            let alone = |now: Snapshot| now.connections == canaries && calm(now, canaries);
            target.served.until("what the attack left", alone).await;
            assert_eq!(target.served.desk.running(), 0, "handlers of the attack are left");
            for canary in flock {
                target.within("a canary", canary.end()).await;
            }
            target.within("what is left", tidy(&target.setup)).await;
        }
    }
}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attack").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// A server under attack.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) setup: Setup,
    pub(crate) served: Served,
    limits: Limits,
    /// Connections that were made, the canary's too.
    peers: Arc<AtomicUsize>,
    canaries: usize,
    /// Where the second canary sits.
    beside: Option<String>,
    patience: Duration,
}

impl Target {
    /// The laboratory.
    pub(crate) fn desk(&self) -> &Desk {
        &self.served.desk
    }

    /// Where the second canary sits.
    pub(crate) fn beside(&self) -> &str {
        self.beside.as_ref().expect("there is a second canary")
    }

    /// Says that somebody connects by other means.
    pub(crate) fn expect_peers(&self, count: usize) {
        self.peers.fetch_add(count, Ordering::Relaxed);
    }

    /// A peer that says nothing yet.
    pub(crate) async fn dial(&self) -> Peer {
        self.expect_peers(1);
        RawPeer::over(&self.served.url).await
    }

    /// A peer that has said hello.
    pub(crate) async fn peer(&self) -> Peer {
        self.dial().await.introduced().await
    }

    /// A client, with a connection of its own.
    pub(crate) async fn client(&self) -> LaboratoryClient {
        self.expect_peers(1);
        self.setup.client(&self.served).await
    }

    /// Waits until no call is left, though connections are.
    pub(crate) async fn calm(&self) {
        self.served.until("the end of every call", |now| calm(now, self.canaries)).await;
    }

    /// Awaits `future`, and fails if it takes for ever.
    pub(crate) async fn within<F: Future>(&self, what: &str, future: F) -> F::Output {
        timeout(self.patience, future).await.unwrap_or_else(|_| panic!("{what} hangs at {}", self.served.url))
    }
}

/// A well-behaved client on a connection of its own, which calls all through an attack and watches what the server
/// counts.
struct Canary {
    calls: JoinHandle<u64>,
    enough: CancellationToken,
    nest: Desk,
}

impl Canary {
    async fn begin(target: &Target, url: &str, name: &str, nest: Desk, slowest_pace: Duration) -> Self {
        target.expect_peers(1);
        let channel = target.setup.config().connect(url).await.expect("the server answers");
        let client = LaboratoryClient::new(channel).named(name);
        let enough = CancellationToken::new();
        let (stats, limits, peers) = (target.served.stats.clone(), target.limits.clone(), target.peers.clone());
        let calls = tokio::spawn(sing(client, enough.clone(), slowest_pace, move || look(&stats, &peers, &limits)));
        Self { calls, enough, nest }
    }

    /// One call more, and none was lost.
    async fn end(self) {
        self.enough.cancel();
        let calls = self.calls.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        assert!(self.nest.ledger().into_iter().eq(0..calls), "the canary's calls did not run once each");
    }
}

/// Calls until it is told to stop, and once after that. How many calls that were.
async fn sing(client: LaboratoryClient, enough: CancellationToken, slowest: Duration, look: impl Fn()) -> u64 {
    let mut pause = PACE;
    for id in 0.. {
        let last = enough.is_cancelled();
        let noted = client.note(id).await.expect("the canary loses a call");
        assert_eq!(noted, id);
        look();
        if last {
            return id + 1;
        }
        // Its pace; nothing waits for it.
        enough.run_until_cancelled(sleep(pause)).await;
        pause = (pause * 2).min(slowest);
    }
    unreachable!("there are more calls than that")
}

/// Whether nothing is left of any call but the canaries', each of whom may be in one.
fn calm(now: Snapshot, canaries: usize) -> bool {
    now.calls_in_flight <= canaries && now.running_handlers + now.held_bytes + now.streams + now.untaken_bytes == 0
}

/// Fails where a gauge of the server is above what its limits allow.
fn look(stats: &Stats, peers: &AtomicUsize, limits: &Limits) {
    for (name, now, most) in gauges(stats.snapshot(), peers.load(Ordering::Relaxed), limits) {
        assert!(now <= most, "`{name}` is {now}, its limits allow {most}");
    }
}

/// What a server counts, and the most that its limits allow so many peers.
fn gauges(now: Snapshot, peers: usize, limits: &Limits) -> [(&'static str, usize, usize); 7] {
    let (calls, held) = (limits.calls_in_flight as usize, limits.request_bytes + limits.response_bytes);
    // A message that finds the buffer not full goes in whole. How long it is depends on the peer, who takes what is
    // usual here.
    let message = limits.message.max(Hello::default().max_message as usize) + HEAD + PREFIX;
    [
        ("connections", now.connections, peers),
        ("calls_in_flight", now.calls_in_flight, now.connections * calls),
        // Those of calls and as many of oneways, of whoever was ever there: they may outlive their connection.
        ("running_handlers", now.running_handlers, (peers * 2 * calls).min(limits.running_handlers + THREADS)),
        ("buffered_bytes", now.buffered_bytes, now.connections * (limits.send_buffer + message)),
        ("held_bytes", now.held_bytes, (peers * held).min(limits.server_bytes) + THREADS * message),
        ("streams", now.streams, now.connections * calls),
        // They are held too, and a frame of one fragment more may have come before that was found out.
        ("untaken_bytes", now.untaken_bytes, peers * limits.request_bytes + THREADS * message),
    ]
}
