//! Calls of every kind, in an order that comes again with its seed: short, long and cut ones, streams in both directions,
//! some that are given up and some that nobody answers, and rests between them, so that both sides come to wait.

use std::{sync::Arc, time::Duration};

use futures_util::stream;
use rpc_core::{CallError, Channel, Streaming};
use tokio::task::JoinSet;

use super::calls::{Begun, Calls, Outcome};
use crate::{Seeded, laboratory::LaboratoryClient, ledger::LedgerClient, polls::polled_times, streams::StreamsClient};

/// Calls that nobody answers, calls one after the other, callers at a time, and calls of each of them.
const UNANSWERED: usize = 3;
const ALONE: usize = 4;
const CALLERS: usize = 8;
const EACH: usize = 12;
/// Bytes of messages that stand in a cell, and of those that do not and need not be cut.
const SHORT: usize = 70;
const MEDIUM: usize = 900;
/// Items of a stream, at most, and bytes of an item.
const ITEMS: usize = 24;
const ITEM: usize = 400;

/// Calls over one channel.
#[derive(Clone, Debug)]
pub struct Load {
    ledger: LedgerClient,
    streams: StreamsClient,
    laboratory: LaboratoryClient,
    /// Bytes of the longest messages.
    longest: usize,
    /// How they end.
    pub calls: Calls,
}

impl Load {
    /// No calls yet.
    #[must_use]
    pub fn new(channel: &Channel, longest: usize) -> Arc<Self> {
        Arc::new(Self {
            ledger: LedgerClient::new(channel.clone()),
            streams: StreamsClient::new(channel.clone()),
            laboratory: LaboratoryClient::new(channel.clone()),
            longest,
            calls: Calls::default(),
        })
    }

    /// Calls until one fails, and then waits until all have ended; or until there were enough. Whether all went well.
    pub async fn run(self: Arc<Self>, mut seeded: Seeded) -> bool {
        for _ in 0..ALONE {
            if !self.enter(&mut seeded, SHORT).await {
                return false;
            }
            rest(&mut seeded).await;
        }
        let mut unanswered = JoinSet::new();
        for _ in 0..UNANSWERED {
            unanswered.spawn(self.clone().stay());
        }
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (load, seeded) = (self.clone(), Seeded::new(seeded.below(usize::MAX) as u64));
            callers.spawn(load.go_on(seeded));
        }
        let well = callers.join_all().await.into_iter().all(|well| well);
        if well {
            unanswered.shutdown().await;
        }
        unanswered.join_all().await;
        well
    }

    async fn go_on(self: Arc<Self>, mut seeded: Seeded) -> bool {
        for _ in 0..EACH {
            if !self.step(&mut seeded).await {
                return false;
            }
        }
        true
    }

    async fn step(&self, seeded: &mut Seeded) -> bool {
        match seeded.below(16) {
            0..=4 => self.enter(seeded, SHORT).await,
            5..=7 => self.enter(seeded, MEDIUM).await,
            8 => self.enter(seeded, self.longest).await,
            9 | 10 => self.relay(seeded).await,
            11 => self.lengths(seeded).await,
            12 => self.weigh(seeded).await,
            13 => self.give_up(seeded).await,
            14 => self.log(seeded).await,
            _ => rest(seeded).await,
        }
    }

    async fn enter(&self, seeded: &mut Seeded, longest: usize) -> bool {
        let (mut begun, lingers) = (self.calls.begin(true), seeded.below(2) == 0);
        let load = load_of(begun.id, seeded.below(longest));
        let answer = self.ledger.enter(begun.id, lingers, load.clone()).timeout(Duration::MAX).await;
        begun.ends(outcome(answer, |back| back == load))
    }

    /// Is not answered.
    async fn stay(self: Arc<Self>) {
        let mut begun = self.calls.begin(true);
        let answer = self.ledger.stay(begun.id).timeout(Duration::MAX).await;
        begun.ends(outcome(answer, |()| false));
    }

    async fn give_up(&self, seeded: &mut Seeded) -> bool {
        let mut begun = self.calls.begin(true);
        let load = load_of(begun.id, seeded.below(MEDIUM));
        let call = self.ledger.enter(begun.id, true, load.clone()).timeout(Duration::MAX);
        let ready = polled_times(1 + seeded.below(3), call).await;
        ready.is_none_or(|answer| begun.ends(outcome(answer, |back| back == load)))
    }

    async fn log(&self, seeded: &mut Seeded) -> bool {
        let mut begun = self.calls.begin(false);
        let load = vec![0; seeded.below(MEDIUM)];
        let sent = self.laboratory.log(begun.id, load).timeout(Duration::MAX).await;
        begun.ends(outcome(sent, |()| true))
    }

    /// A stream in both directions.
    async fn relay(&self, seeded: &mut Seeded) -> bool {
        let mut begun = self.calls.begin(false);
        let loads: Vec<_> = (0..seeded.below(ITEMS)).map(|_| load_of(begun.id, seeded.below(ITEM))).collect();
        let answer = self.streams.relay(stream::iter(loads.clone())).timeout(Duration::MAX).await;
        ends_with(&mut begun, answer, loads).await
    }

    /// A stream from the server.
    async fn lengths(&self, seeded: &mut Seeded) -> bool {
        let mut begun = self.calls.begin(false);
        let lengths: Vec<_> = (0..seeded.below(ITEMS)).map(|_| seeded.below(ITEM) as u32).collect();
        let loads = lengths.iter().map(|len| (0..*len).map(|at| (at ^ len) as u8).collect()).collect();
        let answer = self.streams.lengths(lengths).timeout(Duration::MAX).await;
        ends_with(&mut begun, answer, loads).await
    }

    /// A stream to the server.
    async fn weigh(&self, seeded: &mut Seeded) -> bool {
        let mut begun = self.calls.begin(false);
        let loads: Vec<_> = (0..seeded.below(ITEMS)).map(|_| vec![1; seeded.below(ITEM)]).collect();
        let weight = (loads.len() as u64, loads.iter().map(|load| load.len() as u64).sum());
        let answer = self.streams.weigh(stream::iter(loads)).timeout(Duration::MAX).await;
        begun.ends(outcome(answer, |weighed| weighed == weight))
    }
}

/// Both sides come to wait for a bell.
async fn rest(seeded: &mut Seeded) -> bool {
    tokio::time::sleep(Duration::from_micros(seeded.below(1_500) as u64)).await;
    true
}

/// A load that only this call has: who gets another one, or a part, sees it.
fn load_of(id: u64, len: usize) -> Vec<u8> {
    vec![id as u8; len]
}

fn outcome<T, E>(answer: Result<T, CallError<E>>, right: impl FnOnce(T) -> bool) -> Outcome {
    match answer {
        Ok(answer) => [Outcome::Wrong, Outcome::Answered][usize::from(right(answer))],
        Err(error) => error.delivery().into(),
    }
}

/// Takes the items: exactly these, and once an end.
async fn ends_with<E, F>(
    begun: &mut Begun,
    answer: Result<Streaming<Vec<u8>, CallError<F>>, CallError<E>>,
    loads: Vec<Vec<u8>>,
) -> bool {
    let mut items = match answer {
        Ok(items) => items,
        Err(error) => return begun.ends(error.delivery().into()),
    };
    let mut loads = loads.into_iter();
    loop {
        match (items.next().await, loads.next()) {
            (Some(Ok(item)), Some(load)) if item == load => {}
            (None, None) => return begun.ends(Outcome::Answered),
            (Some(Err(error)), _) => {
                if items.next().await.is_some() {
                    begun.ends(Outcome::Wrong);
                }
                return begun.ends(error.delivery().into());
            }
            _ => return begun.ends(Outcome::Wrong),
        }
    }
}
