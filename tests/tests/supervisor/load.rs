//! Callers that call until they are told to end, each call with an id of its own, and how every call has ended. Compares
//! that with ledgers; knows nothing of who serves.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rpc_core::{CallError, Delivery};
use rpc_tests::{LedgerClient, Seeded, within};
use tokio::{sync::watch, task::JoinSet};

/// Callers at work at a time.
const CALLERS: usize = 32;
/// One call of so many has a long message.
const LONG_ONE_OF: usize = 32;
/// Bytes of messages, long and other, at most.
const LONG: usize = 300_000;
const SHORT: usize = 200;

/// How callers call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it is by default.
    Plain,
    /// Waiting for a connection.
    Patient,
    /// With a deadline that is near. Who finds nobody waits for a connection with the next call, so that no caller fails
    /// again and again while nobody is there.
    Learning,
}

/// How a call has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) id: u64,
    pub(crate) outcome: Result<(), Delivery>,
    pub(crate) why: String,
}

/// Callers at work.
#[derive(Debug)]
pub(crate) struct Load {
    calls: Arc<Calls>,
    callers: JoinSet<()>,
}

#[derive(Debug)]
struct Calls {
    clients: Vec<LedgerClient>,
    manner: Manner,
    next_id: AtomicU64,
    /// Calls that have been answered.
    answered: watch::Sender<usize>,
    ended: Mutex<Vec<Ended>>,
    over: AtomicBool,
}

impl Load {
    /// Callers that share these clients.
    pub(crate) fn begin(clients: Vec<LedgerClient>, manner: Manner, seeded: &mut Seeded) -> Self {
        let (next_id, answered, over) = (AtomicU64::new(0), watch::Sender::default(), AtomicBool::new(false));
        let calls = Arc::new(Calls { clients, manner, next_id, answered, ended: Mutex::default(), over });
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let seeded = Seeded::new(seeded.below(usize::MAX) as u64);
            callers.spawn(calls.clone().go_on(caller, seeded));
        }
        Self { calls, callers }
    }

    /// Waits until so many calls more have been answered: an instant as good as any under load, without a clock.
    pub(crate) async fn progress(&self, calls: usize) {
        let mut answered = self.calls.answered.subscribe();
        let enough = *answered.borrow() + calls;
        within("the load", answered.wait_for(|answered| *answered >= enough)).await.expect("the sender is here");
    }

    /// Calls through each client until each has had an answer.
    pub(crate) async fn answered_by_all(&self, seeded: &mut Seeded) {
        for client in &self.calls.clients {
            within("an answer", async { while self.calls.call(client, seeded, true).await.is_err() {} }).await;
        }
    }

    /// Lets the calls under way end, and gives how all have ended.
    pub(crate) async fn end(mut self) -> Vec<Ended> {
        self.calls.over.store(true, Ordering::Relaxed);
        within("the last calls", async {
            while let Some(caller) = self.callers.join_next().await {
                caller.expect("no caller panics");
            }
        })
        .await;
        std::mem::take(&mut *self.calls.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Calls {
    /// Calls until it is over.
    async fn go_on(self: Arc<Self>, caller: usize, mut seeded: Seeded) {
        let client = &self.clients[caller % self.clients.len()];
        let mut patient = self.manner == Manner::Patient;
        while !self.over.load(Ordering::Relaxed) {
            let outcome = self.call(client, &mut seeded, patient).await;
            if self.manner == Manner::Learning {
                patient = outcome == Err(Delivery::NotSent);
            }
        }
    }

    async fn call(&self, client: &LedgerClient, seeded: &mut Seeded, patient: bool) -> Result<(), Delivery> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let longest = if seeded.below(LONG_ONE_OF) == 0 { LONG } else { SHORT };
        let load = vec![id as u8; seeded.below(longest)];
        let mut call = client.enter(id, seeded.below(2) == 0, load.clone());
        if patient {
            call = call.wait_for_ready();
        }
        if self.manner == Manner::Learning {
            call = call.timeout(Duration::from_secs(10));
        }
        let answer = call.await;
        let why = answer.as_ref().err().map_or_else(String::new, CallError::to_string);
        let outcome = answer.map(|back| assert_eq!(back, load, "call {id}")).map_err(|error| error.delivery());
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(Ended { id, outcome, why });
        if outcome.is_ok() {
            self.answered.send_modify(|answered| *answered += 1);
        }
        outcome
    }
}

/// Calls by how they have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) ok: usize,
    pub(crate) not_sent: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// Those of the unknown that ran.
    pub(crate) ran_unknown: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ok, not_sent, refused, unknown, ran_unknown } = self;
        write!(f, "Ok {ok}, NotSent {not_sent}, Refused {refused}, Unknown {unknown} of which {ran_unknown} ran")
    }
}

/// Compares how calls ended with what ran. An error names the first call that ran more often, or less, than was said.
pub(crate) fn compare(ended: &[Ended], ledger: &[u64]) -> Result<Counts, String> {
    let mut times = HashMap::<u64, usize>::new();
    ledger.iter().for_each(|id| *times.entry(*id).or_default() += 1);
    let mut counts = Counts::default();
    for call in ended {
        let ran = times.remove(&call.id).unwrap_or(0);
        let (count, honest) = match call.outcome {
            Ok(()) => (&mut counts.ok, ran == 1),
            Err(Delivery::NotSent) => (&mut counts.not_sent, ran == 0),
            Err(Delivery::Refused) => (&mut counts.refused, ran == 0),
            Err(Delivery::Unknown) => (&mut counts.unknown, ran <= 1),
            Err(Delivery::Failed) => return Err(format!("no handler fails: {call:?}")),
        };
        *count += 1;
        counts.ran_unknown += usize::from(call.outcome == Err(Delivery::Unknown) && ran == 1);
        if !honest {
            return Err(format!("it ran {ran} times: {call:?}"));
        }
    }
    match times.keys().next() {
        Some(id) => Err(format!("{id} ran, and nobody called it")),
        None => Ok(counts),
    }
}
