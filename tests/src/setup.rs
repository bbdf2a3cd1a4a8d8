//! One scenario's surroundings: a transport, a codec and a runtime; the servers it starts and the clients of them. After
//! the scenario nothing may be left.

use std::{
    any::Any,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rpc_core::{Channel, ChannelConfig, CodecId, Limits, Server, Snapshot, Stats};
use tokio::{runtime::Builder, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    cells::Cells,
    desk::Desk,
    duplex::Duplex,
    laboratory::{LaboratoryClient, LaboratoryServer},
    streams::{StreamsClient, StreamsServer},
};

/// A scenario takes a small part of this, on a slow machine as well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A behaviour, for whatever transport and codec.
pub type Scenario = fn(Setup) -> Pin<Box<dyn Future<Output = ()>>>;

/// The threads of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Everything in the test's own thread.
    OneThread,
    /// Two worker threads.
    TwoThreads,
}

/// Runs a scenario over the transport of `url`, in which `{unique}` and `{tmp}` stand for what they say, and looks
/// whether it has left anything.
///
/// # Panics
/// When the scenario does, hangs, or leaves something.
pub fn run(scenario: Scenario, url: &'static str, codec: CodecId, flavour: Flavour) {
    let mut builder = match flavour {
        Flavour::OneThread => Builder::new_current_thread(),
        Flavour::TwoThreads => Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let setup = Setup { url, codec, served: Arc::default() };
        within("the scenario", scenario(setup.clone())).await;
        // Nobody has a client any more: no connection may need the end of its server to end.
        within("what the scenario left", setup.end_all(gone)).await;
        within("what the scenario left", tidy(&setup)).await;
    });
}

/// Awaits `future`, and fails if it takes for ever.
///
/// # Panics
/// When it does.
pub async fn within<F: IntoFuture>(what: &str, future: F) -> F::Output {
    match timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} hangs"),
    }
}

/// Stops every server that still runs, and waits until no handler and no task of the runtime is left. Clients may still
/// be there, but no call of theirs may.
///
/// # Panics
/// When one is left, or a gauge of a server is not back at 0.
pub async fn tidy(setup: &Setup) {
    setup.stop_all().await;
    let metrics = tokio::runtime::Handle::current().metrics();
    until(|| metrics.num_alive_tasks() == 0, || format!("{} tasks are left", metrics.num_alive_tasks())).await;
}

/// Waits until something is so, by the clock on the wall: the runtime's may stand still.
async fn until(mut so: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "{}", otherwise());
        tokio::task::yield_now().await;
    }
}

/// Whether nothing of any call is left, on connections that may live on.
fn calm(now: Snapshot) -> bool {
    let handlers = now.calls_in_flight + now.running_handlers + now.streams;
    handlers + now.buffered_bytes + now.held_bytes + now.untaken_bytes == 0
}

/// Whether nothing at all is left.
pub(crate) fn gone(now: Snapshot) -> bool {
    calm(now) && now.connections == 0
}

/// A transport and a codec, and what was started with them.
#[derive(Clone, Debug)]
pub struct Setup {
    url: &'static str,
    codec: CodecId,
    served: Arc<Mutex<Vec<Served>>>,
}

/// A server that serves.
#[derive(Clone, Debug)]
pub struct Served {
    /// Where.
    pub url: String,
    /// The laboratory and its streams, which every server of this harness serves.
    pub desk: Desk,
    /// What it does, in numbers.
    pub stats: Stats,
    stop: CancellationToken,
    serving: Arc<Mutex<Option<JoinHandle<()>>>>,
    /// The numbers after its end, until they have been looked at.
    held: Arc<Mutex<Option<Arc<dyn Any + Send + Sync>>>>,
}

impl Setup {
    /// A setup for tests that are about one transport only; [`tidy`] is up to them.
    #[must_use]
    pub fn over(url: &'static str) -> Self {
        Self { url, codec: CodecId::BINARY, served: Arc::default() }
    }

    /// The codec of every client.
    #[must_use]
    pub fn codec(&self) -> CodecId {
        self.codec
    }

    /// An address of the transport that nobody else has.
    #[must_use]
    pub fn address(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("rpc-tests-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let tmp = std::env::temp_dir();
        self.url.replace("{unique}", &unique).replace("{tmp}", tmp.to_str().expect("a path of text"))
    }

    /// Serves the laboratory and its streams.
    pub async fn serve(&self) -> Served {
        self.serve_with(Limits::default()).await
    }

    /// Serves the laboratory and its streams with these limits.
    pub async fn serve_with(&self, limits: Limits) -> Served {
        self.serve_at(&self.address(), |server| server.limits(limits)).await
    }

    /// Serves the laboratory, its streams, and what `more` adds, at `url`.
    pub async fn serve_at(&self, url: &str, more: impl FnOnce(Server) -> Server) -> Served {
        let desk = Desk::default();
        let server =
            server().add(LaboratoryServer::new(desk.clone())).add(StreamsServer::new(desk.clone())).listen(url);
        self.start(more(server), desk).await
    }

    /// Serves what is to be served; `desk` is one of its services, or nobody's.
    pub async fn start(&self, server: Server, desk: Desk) -> Served {
        let stats = server.stats();
        let bound = server.bind().await.expect("the address can be had");
        let held = Arc::new(Mutex::new(stats.hold()));
        let url = bound.urls()[0].to_string();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let serving = tokio::spawn(bound.serve_until(async move { stopped.cancelled().await }));
        let served = Served { url, desk, stats, stop, serving: Arc::new(Mutex::new(Some(serving))), held };
        self.served().push(served.clone());
        served
    }

    /// Stops every server that still runs.
    ///
    /// # Panics
    /// When a handler is left, or anything else that the server counts.
    pub async fn stop_all(&self) {
        self.end_all(calm).await;
    }

    /// Stops every server once this is so, those first that came last: they may have clients of those before them.
    async fn end_all(&self, so: fn(Snapshot) -> bool) {
        let all = std::mem::take(&mut *self.served());
        for served in all.into_iter().rev() {
            served.desk.release_all();
            // Before the end, which empties every list: what is counted must go by itself.
            served.until("what is left before the end", so).await;
            served.stop().await;
            assert_eq!(served.desk.running(), 0, "handlers are left");
            served.until("what is left after the end", gone).await;
            let held = served.held.lock().unwrap_or_else(PoisonError::into_inner).take();
            assert!(held.is_some(), "nothing was there to be looked at");
        }
    }

    fn served(&self) -> MutexGuard<'_, Vec<Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration of a client: the codec, and the transports of this harness.
    pub fn config(&self) -> ChannelConfig {
        ChannelConfig::new().codec(self.codec).transport(Duplex).transport(Cells)
    }

    /// A channel to a server.
    pub async fn channel(&self, served: &Served) -> Channel {
        self.config().connect(&served.url).await.expect("the server answers")
    }

    /// A client of a server's laboratory.
    pub async fn client(&self, served: &Served) -> LaboratoryClient {
        LaboratoryClient::new(self.channel(served).await)
    }

    /// A client with these limits.
    pub async fn client_with(&self, served: &Served, limits: Limits) -> LaboratoryClient {
        LaboratoryClient::new(self.config().limits(limits).connect(&served.url).await.expect("the server answers"))
    }

    /// A client of a server's streams, with these limits.
    pub async fn streams(&self, served: &Served, limits: Limits) -> StreamsClient {
        StreamsClient::new(self.config().limits(limits).connect(&served.url).await.expect("the server answers"))
    }

    /// Streams and a client of them, each with the default limits.
    pub async fn stream_pair(&self) -> (Served, StreamsClient) {
        let served = self.serve().await;
        let client = self.streams(&served, Limits::default()).await;
        (served, client)
    }

    /// A laboratory and a client of it.
    pub async fn pair(&self) -> (Served, LaboratoryClient) {
        let served = self.serve().await;
        let client = self.client(&served).await;
        (served, client)
    }
}

/// A server that knows the transports of this harness.
fn server() -> Server {
    Server::new().transport(Duplex).transport(Cells)
}

impl Served {
    /// Waits until the server's numbers are so.
    ///
    /// # Panics
    /// When they do not come to be so.
    pub async fn until(&self, what: &str, so: impl Fn(Snapshot) -> bool) {
        until(|| so(self.stats.snapshot()), || format!("{what} hangs at {:?}", self.stats.snapshot())).await;
    }

    /// Asks the server to drain.
    pub fn drain(&self) {
        self.stop.cancel();
    }

    /// Asks the server to drain, and waits until it has ended.
    pub async fn stop(&self) {
        self.drain();
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            serving.await.expect("the server does not panic");
        }
    }

    /// Ends the server at once, with whatever runs.
    pub async fn kill(&self) {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            serving.abort();
            let _ = serving.await;
        }
    }
}
