//! The calls that wait for something on one connection: their wakers, deadlines and outcomes, and the order of those
//! that wait for a free place. Whether a place is free is not known here.

use std::{
    collections::VecDeque,
    task::{Context, Waker},
};

use slab::Slab;
use tokio::time::Instant;

use super::reply::Outcome;

/// The calls that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    calls: Slab<Call>,
    /// Calls that wait for a free place among the calls in flight, first come first served.
    queue: VecDeque<usize>,
    /// Calls that wait for room in the link.
    senders: Vec<usize>,
}

#[derive(Debug)]
struct Call {
    /// The id on the wire, once anything was sent under it.
    sent: Option<u32>,
    waker: Option<Waker>,
    deadline: Option<Instant>,
    outcome: Option<Outcome>,
}

impl Waiting {
    pub(super) fn insert(&mut self, deadline: Option<Instant>) -> usize {
        self.calls.insert(Call { sent: None, waker: None, deadline, outcome: None })
    }

    /// Forgets a call and gives its outcome, if it has come.
    pub(super) fn remove(&mut self, key: usize) -> Option<Outcome> {
        self.leave_queue(key);
        self.senders.retain(|sender| *sender != key);
        self.calls.remove(key).outcome
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Something of the request was sent under this id.
    pub(super) fn set_sent(&mut self, key: usize, id: u32) {
        self.calls[key].sent = Some(id);
    }

    /// The outcome of a call, if it has come; else the call is woken when it does.
    pub(super) fn poll(&mut self, key: usize, cx: &mut Context<'_>) -> Option<Outcome> {
        let call = &mut self.calls[key];
        if call.outcome.is_none() && !call.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            call.waker = Some(cx.waker().clone());
        }
        call.outcome.take()
    }

    /// Sets the outcome of a call and gives the waker to be woken, outside of the lock.
    pub(super) fn complete(&mut self, key: usize, outcome: Outcome) -> Option<Waker> {
        let call = &mut self.calls[key];
        call.outcome = Some(outcome);
        call.waker.take()
    }

    /// Queues a call for a free place; once, however often it asks. Whether the queue had room for it.
    pub(super) fn enqueue(&mut self, key: usize, limit: usize) -> bool {
        if self.queue.contains(&key) {
            return true;
        }
        let room = self.queue.len() < limit;
        if room {
            self.queue.push_back(key);
        }
        room
    }

    /// How many calls come before this one in the queue. A call that has not waited yet has no key and comes last.
    pub(super) fn before(&self, key: Option<usize>) -> usize {
        let place = key.and_then(|key| self.queue.iter().position(|queued| *queued == key));
        place.unwrap_or(self.queue.len())
    }

    /// A call has taken its place or given up.
    pub(super) fn leave_queue(&mut self, key: usize) {
        if let Some(at) = self.queue.iter().position(|queued| *queued == key) {
            self.queue.remove(at);
        }
    }

    /// The wakers of the calls that are next for so many free places.
    pub(super) fn next(&mut self, free: usize) -> impl Iterator<Item = Waker> {
        self.queue.iter().take(free).filter_map(|key| self.calls[*key].waker.take())
    }

    /// The wakers of the calls that wait for a place or for room.
    pub(super) fn unsent(&mut self) -> impl Iterator<Item = Waker> {
        self.queue.iter().chain(&self.senders).filter_map(|key| self.calls[*key].waker.take())
    }

    /// A call waits for room in the link.
    pub(super) fn await_room(&mut self, key: usize) {
        if !self.senders.contains(&key) {
            self.senders.push(key);
        }
    }

    /// Whether calls wait for room in the link.
    pub(super) fn awaits_room(&self) -> bool {
        !self.senders.is_empty()
    }

    /// The link has room: the wakers of those who waited for it.
    pub(super) fn take_senders(&mut self, wakers: &mut Vec<Waker>) {
        for key in std::mem::take(&mut self.senders) {
            wakers.extend(self.calls[key].waker.take());
        }
    }

    /// Calls without an outcome whose deadline has passed, with the id that anything was sent under; and when the next one does.
    pub(super) fn expired(&self, now: Instant) -> (Vec<(usize, Option<u32>)>, Option<Instant>) {
        let waiting = self.calls.iter().filter(|(_, call)| call.outcome.is_none());
        let deadlines = waiting.filter_map(|(key, call)| Some((key, call.sent, call.deadline?)));
        let mut late = Vec::new();
        let mut next: Option<Instant> = None;
        for (key, id, deadline) in deadlines {
            if deadline <= now {
                late.push((key, id));
            } else {
                next = Some(next.map_or(deadline, |next| next.min(deadline)));
            }
        }
        (late, next)
    }

    /// Completes every call that has no outcome yet.
    pub(super) fn complete_all(&mut self, outcome: impl Fn() -> Outcome) -> Vec<Waker> {
        let waiting = self.calls.iter_mut().filter(|(_, call)| call.outcome.is_none());
        let wakers = waiting.filter_map(|(_, call)| {
            call.outcome = Some(outcome());
            call.waker.take()
        });
        wakers.collect()
    }

    /// Gives back memory that only a busy connection needs.
    pub(super) fn release(&mut self) {
        if self.calls.is_empty() {
            *self = Self::default();
        }
    }
}
