//! One trial: a victim dies, and the survivor is looked at.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use rpc_core::{Channel, Server};
use rustix::process::Signal;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    calls::{Outcome, honest, latency},
    load::Load,
    means::{Means, Shape, Side},
    victim::{Death, Victim, Work},
};
use crate::{
    Desk, Folder, LaboratoryServer, LedgerClient, LedgerFile, LedgerServer, Seeded, StreamsServer, setup::gone,
};

/// How long a victim that is stopped again and again stands still, and goes on.
const PAUSE: Duration = Duration::from_millis(1);
/// Points of the handshake and of the first call.
const FIRST: usize = 60;
/// What has not happened after so long never happens.
const NEVER: Duration = Duration::from_secs(15);

/// A trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The program that victims run: one that hands its work to [`be_victim`](super::be_victim).
    pub program: PathBuf,
    /// Where sockets and ledgers are.
    pub folder: PathBuf,
    /// Which one it is.
    pub name: String,
    /// Who dies.
    pub side: Side,
    /// The ring.
    pub shape: Shape,
    /// How.
    pub means: Means,
    /// Of the load. Every other one has a victim with two threads.
    pub seed: u64,
}

/// What came of a trial.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The place of the point where the victim has died; or of all that it has passed, if that was asked for.
    pub places: Vec<String>,
    /// Whether it has died before it was done.
    pub amid: bool,
    /// How many calls of a surviving client have ended how; or how many a surviving server has answered or dropped.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// How many calls a surviving server was given.
    pub served: u64,
    /// Calls, or handlers, that ended twice, or never.
    pub twice: usize,
    /// See `twice`.
    pub never: usize,
    /// From the death to the last outcome of what was under way.
    pub latency: Duration,
    /// From when the next one could be there until it had an answer.
    pub next: Duration,
    /// What was wrong.
    pub wrong: Vec<String>,
}

/// Has a victim die.
pub async fn try_once(trial: Trial) -> Verdict {
    let mut verdict = match trial.side {
        Side::Server => server_dies(&trial).await,
        Side::Client => client_dies(&trial).await,
    };
    for wrong in &mut verdict.wrong {
        *wrong = format!("{wrong}, in {trial:?}");
    }
    verdict
}

impl Trial {
    /// One in which nobody dies.
    #[must_use]
    pub fn new(program: PathBuf, folder: &Folder, side: Side, shape: Shape) -> Self {
        let folder = folder.path().to_owned();
        Self { program, folder, name: String::new(), side, shape, means: Means::None, seed: 0 }.named()
    }

    /// The same with other means and another seed.
    #[must_use]
    pub fn with(&self, means: Means, seeded: &mut Seeded) -> Self {
        Self { means, seed: seeded.below(1 << 32) as u64, ..self.clone() }.named()
    }

    /// So many at points, of which these are the places: the first two passes of each place, before and after what is done
    /// there; the first of all, where the connection is made and the first call goes; and others, as far from each other
    /// as that needs. A few more where so many are too few.
    #[must_use]
    pub fn with_points(&self, places: &[String], trials: usize, seeded: &mut Seeded) -> Vec<Self> {
        let each: BTreeSet<&String> = places.iter().collect();
        let twice = each.iter().flat_map(|place| [1, 2].map(|number| format!("{number} {place}")));
        let first = FIRST.min(places.len()).min(trials / 3);
        let others = trials.saturating_sub(2 * each.len() + first);
        let step = ((places.len() - first) / others.max(1)).max(1);
        let spread: Vec<_> = (0..others).map(|number| first + number * step + seeded.below(step) + 1).collect();
        let points = twice.chain((1..=first).chain(spread).map(|number| number.to_string()));
        points.map(|point| self.with(Means::Point(point), seeded)).collect()
    }

    /// With a name that no other has.
    fn named(self) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self { name: COUNT.fetch_add(1, Ordering::Relaxed).to_string(), ..self }
    }

    fn url(&self) -> String {
        // One half at paths, where what the dead have left stands in the way of the next; the other without.
        let place = match self.seed / 2 % 2 {
            0 => format!("{}", self.folder.join(format!("{}.sock", self.name)).display()),
            _ => format!("@{}-{}", self.folder.file_name().unwrap_or_default().display(), self.name),
        };
        format!("shm://{place}{}", self.shape.options())
    }

    fn threads(&self) -> usize {
        1 + (self.seed % 2) as usize
    }

    fn point(&self) -> Option<&str> {
        if let Means::Point(point) = &self.means { Some(point) } else { None }
    }

    fn ledger(&self) -> PathBuf {
        self.folder.join(format!("{}.ledger", self.name))
    }
}

async fn server_dies(trial: &Trial) -> Verdict {
    let (url, ledger) = (trial.url(), trial.ledger());
    let work = Work::Serve { url: url.clone(), threads: trial.threads(), ledger: ledger.clone() };
    let mut victim = Victim::start(&trial.program, &work, trial.point()).await;
    let channel = Channel::lazy(&url).expect("it is a URL");
    let load = Load::new(&channel, trial.shape.longest());
    let mut running = tokio::spawn(load.clone().run(Seeded::new(trial.seed)));
    let (death, ended) = tokio::select! {
        death = dies(&mut victim, &trial.means) => (death, timeout(NEVER, &mut running).await),
        // It is over for the caller: all that is left to do for the victim is to end, if it still lives.
        ended = &mut running => {
            (ends(&mut victim).await, Ok(ended))
        }
    };
    let mut verdict = verdict_of(&death);
    match ended {
        Ok(Ok(well)) if !well && death.status.success() && !matches!(trial.means, Means::Drain(_)) => {
            verdict.wrong.push("calls failed, and nobody has died".to_owned());
        }
        Ok(Ok(_)) => {}
        Ok(Err(panic)) => verdict.wrong.push(format!("the load: {panic}")),
        // What of it has not ended is counted.
        Err(_) => {}
    }
    look_at_calls(&mut verdict, &load, &death, &ledger);
    if let Err(wrong) = next_server(&mut verdict, trial, &work, channel).await {
        verdict.wrong.push(wrong);
    }
    verdict
}

/// Whether each call has ended once, and as its outcome says.
fn look_at_calls(verdict: &mut Verdict, load: &Load, death: &Death, ledger: &Path) {
    let calls = load.calls.all();
    verdict.never = calls.iter().filter(|call| call.ends.is_empty()).count();
    verdict.twice = calls.iter().filter(|call| call.ends.len() > 1).count();
    for (_, outcome) in calls.iter().flat_map(|call| &call.ends) {
        *verdict.outcomes.entry(*outcome).or_default() += 1;
    }
    verdict.latency = latency(&calls, death.at);
    verdict.wrong.extend(honest(&calls, &LedgerFile::read(ledger).unwrap_or_default()).err());
}

/// The next server at the same place works at once: for a new channel, and for the one that had the dead one.
async fn next_server(verdict: &mut Verdict, trial: &Trial, work: &Work, old: Channel) -> Result<(), String> {
    let mut next = Victim::start(&trial.program, work, None).await;
    let listens = Instant::now();
    let new = Channel::connect(&trial.url()).await.map_err(|error| format!("the next server is not reached: {error}"));
    let channels = [new?, old];
    for channel in &channels {
        let entering = LedgerClient::new(channel.clone());
        let answer = entering.enter(u64::MAX, false, vec![1; 1_000]).wait_for_ready().timeout(NEVER).await;
        answer.map_err(|error| format!("the next server does not answer: {error}"))?;
    }
    verdict.next = listens.elapsed();
    drop(channels);
    let status = ends(&mut next).await.status;
    if status.success() { Ok(()) } else { Err(format!("the next server ends with {status}")) }
}

async fn client_dies(trial: &Trial) -> Verdict {
    let (desk, book, stop) = (Desk::default(), Desk::default(), CancellationToken::new());
    let server = Server::new()
        .add(LaboratoryServer::new(desk.clone()))
        .add(StreamsServer::new(desk.clone()))
        .add(LedgerServer::new(book.clone()));
    let stats = server.stats();
    let bound = server.listen(trial.url()).bind().await.expect("the address can be had");
    let serving = tokio::spawn(bound.serve_until(stop.clone().cancelled_owned()));

    let (seed, longest) = (trial.seed, trial.shape.longest());
    let work = Work::Call { url: trial.url(), threads: trial.threads(), seed, longest };
    let mut victim = Victim::start(&trial.program, &work, trial.point()).await;
    let death = dies(&mut victim, &trial.means).await;
    let mut verdict = verdict_of(&death);
    if death.status.code().is_some_and(|code| code != 0) && !matches!(trial.means, Means::Exit(_)) {
        verdict.wrong.push(format!("calls failed, and nobody has died: {}", death.said));
    }
    let handlers = async {
        while !gone(stats.snapshot()) || desk.running() + book.running() > 0 {
            tokio::task::yield_now().await;
        }
    };
    if timeout(NEVER, handlers).await.is_err() {
        verdict.never = desk.running() + book.running();
        verdict.wrong.push(format!("{:?} is left", stats.snapshot()));
    }
    verdict.latency = death.at.elapsed();
    verdict.served = stats.snapshot().served;
    let mut entries = book.ledger();
    entries.sort_unstable();
    let all = entries.len();
    entries.dedup();
    verdict.twice = all - entries.len();
    verdict.wrong.extend(book.torn().then(|| "a request came in part".to_owned()));
    let next = Instant::now();
    match LedgerClient::connect(&trial.url()).await {
        Ok(client) => {
            let answer = client.enter(u64::MAX, false, vec![u8::MAX; 1_000]).timeout(NEVER).await;
            verdict.wrong.extend(answer.err().map(|error| format!("the next client is not answered: {error}")));
        }
        Err(error) => verdict.wrong.push(format!("the next client is not served: {error}")),
    }
    verdict.next = next.elapsed();
    stop.cancel();
    verdict.wrong.extend(timeout(NEVER, serving).await.is_err().then(|| "the server does not end".to_owned()));
    verdict
}

/// Tells a server to end, and waits until it has.
async fn ends(victim: &mut Victim) -> Death {
    victim.signal(Signal::TERM);
    // It may stand still.
    victim.signal(Signal::CONT);
    match timeout(NEVER, victim.death()).await {
        Ok(death) => death,
        Err(_) => {
            victim.signal(Signal::KILL);
            victim.death().await
        }
    }
}

/// Has it die by these means, and waits until it has.
async fn dies(victim: &mut Victim, means: &Means) -> Death {
    let (after, signal) = match means {
        Means::Point(_) | Means::None => return victim.death().await,
        Means::Pauses => return victim.death_after_pauses(PAUSE).await,
        Means::Kill(after) => (after, Some(Signal::KILL)),
        Means::Abort(after) => (after, Some(Signal::ABORT)),
        Means::Drain(after) => (after, Some(Signal::TERM)),
        Means::Exit(after) => (after, None),
    };
    sleep(*after).await;
    match signal {
        Some(signal) => victim.signal(signal),
        None => victim.end_input(),
    }
    victim.death().await
}

fn verdict_of(death: &Death) -> Verdict {
    let places = death.said.lines().filter_map(|line| line.strip_prefix("point ")?.split_once(": "));
    let places = places.map(|(_, place)| place.to_owned()).collect();
    Verdict { places, amid: !death.status.success(), ..Verdict::default() }
}
