//! How calls end: each is written down when it begins and whenever it ends, so that one that ends twice or never is seen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rpc_core::Delivery;

/// How a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// With what was asked for.
    Answered,
    /// With something else.
    Wrong,
    /// The caller has dropped it.
    GivenUp,
    /// With an error: surely not sent.
    NotSent,
    /// With an error: surely not run.
    Refused,
    /// With an error: it may have run.
    Unknown,
    /// With an error: it ran.
    Failed,
}

impl From<Delivery> for Outcome {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::NotSent => Self::NotSent,
            Delivery::Refused => Self::Refused,
            Delivery::Unknown => Self::Unknown,
            Delivery::Failed => Self::Failed,
        }
    }
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it began.
    pub begun: Instant,
    /// When and how it ended, each time.
    pub ends: Vec<(Instant, Outcome)>,
    /// Whether who runs it writes it into a ledger.
    pub noted: bool,
}

/// All calls of one load. The id of a call is its place.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// A call begins.
    pub fn begin(&self, noted: bool) -> Begun {
        let mut calls = self.lock();
        calls.push(Call { begun: Instant::now(), ends: Vec::new(), noted });
        Begun { calls: self.clone(), id: calls.len() as u64 - 1, over: false }
    }

    /// What there is by now.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        self.lock().clone()
    }

    fn end(&self, id: u64, outcome: Outcome) {
        self.lock()[id as usize].ends.push((Instant::now(), outcome));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that goes on, until it is given up by dropping it.
#[derive(Debug)]
pub struct Begun {
    calls: Calls,
    /// The id of the call.
    pub id: u64,
    over: bool,
}

impl Begun {
    /// It has ended. Whether well.
    pub fn ends(&mut self, outcome: Outcome) -> bool {
        self.over = true;
        self.calls.end(self.id, outcome);
        outcome == Outcome::Answered
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.over {
            self.calls.end(self.id, Outcome::GivenUp);
        }
    }
}

/// The first call that ran more often, or less, than its outcome says, by the ledger of those that ran.
///
/// # Errors
/// Which call it is.
pub(super) fn honest(calls: &[Call], ledger: &[u64]) -> Result<(), String> {
    let mut times = HashMap::<u64, usize>::new();
    ledger.iter().for_each(|id| *times.entry(*id).or_default() += 1);
    for (id, call) in (0..).zip(calls).filter(|(_, call)| call.noted) {
        let ran = times.remove(&id).unwrap_or(0);
        let honest = call.ends.iter().all(|(_, outcome)| match outcome {
            Outcome::Answered | Outcome::Failed => ran == 1,
            Outcome::NotSent | Outcome::Refused => ran == 0,
            Outcome::Unknown | Outcome::GivenUp => ran <= 1,
            Outcome::Wrong => false,
        });
        if !honest {
            return Err(format!("call {id} ran {ran} times: {call:?}"));
        }
    }
    times.keys().next().map_or(Ok(()), |id| Err(format!("{id} ran, and nobody called it")))
}

/// How long after `death` the last of the calls that were under way then has ended.
pub(super) fn latency(calls: &[Call], death: Instant) -> Duration {
    let under_way = calls.iter().filter(|call| call.begun < death);
    let last = under_way.flat_map(|call| call.ends.iter().map(|(at, _)| *at)).max();
    last.map_or(Duration::ZERO, |last| last.saturating_duration_since(death))
}
