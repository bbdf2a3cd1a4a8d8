//! The calls that wait for something on one connection: their wakers, deadlines and outcomes, the items that have come for
//! them, and the order of those that wait for a free place. Whether a place is free is not known here.

use std::{
    collections::VecDeque,
    task::{Context, Waker},
    time::Duration,
};

use slab::Slab;
use tokio::time::Instant;

use super::{
    reply::{Outcome, Reply},
    streams::Kept,
};
use crate::{
    link::FrameBody,
    stream::Queue,
    timer::after,
    wire::{StreamId, Streams},
};

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
    stream: Option<Box<Flow>>,
}

/// A call whose time is over.
#[derive(Debug)]
pub(super) struct Expired {
    pub(super) key: usize,
    /// The id that anything was sent under.
    pub(super) sent: Option<u32>,
    pub(super) outcome: Outcome,
}

/// What a call with streams has besides.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) id: StreamId,
    /// The beginning of the reply's items, until its caller has taken it.
    begun: Option<Reply>,
    /// Items that have come and were not taken.
    pub(super) queue: Queue,
    /// The deadline of the whole call, its items included.
    deadline: Option<Instant>,
    /// How long its items may stand still, and since when they do.
    idle: Option<(Duration, Instant)>,
    /// How long what comes before the items may take, and what comes after them; and until when it may now.
    patience: Option<Duration>,
    reply_by: Option<Instant>,
}

impl Flow {
    /// `opening` is how long what comes before the items may take, and until when.
    pub(super) fn new(
        id: StreamId,
        deadline: Option<Instant>,
        idle: Option<Duration>,
        opening: Option<(Duration, Instant)>,
    ) -> Self {
        let idle = idle.map(|idle| (idle, Instant::now()));
        let (patience, reply_by) = opening.unzip();
        Self { id, begun: None, queue: Queue::default(), deadline, idle, patience, reply_by }
    }

    /// Items go, or come: nothing is awaited but them.
    pub(super) fn take_time(&mut self) {
        self.reply_by = None;
        self.moved();
    }

    /// An item has come or gone.
    fn moved(&mut self) {
        if let Some((_, since)) = &mut self.idle {
            *since = Instant::now();
        }
    }

    /// Until when something must happen on the stream, and what it ends with otherwise. A stream is not idle while its
    /// program has items to take, nor once all have come and gone.
    fn expires(&self, now: Instant, streams: &Streams<Kept>) -> Option<(Instant, Outcome)> {
        let idle = self.idle.filter(|_| streams.is_under_way(self.id)).and_then(|(idle, since)| {
            let since = if streams.holds_items(self.id) { now } else { since };
            Some((after(since, idle)?, Outcome::Idle(idle)))
        });
        let reply = self.reply_by.zip(self.patience).map(|(until, patience)| (until, Outcome::NoReply(patience)));
        [idle, reply].into_iter().flatten().min_by_key(|(until, _)| *until)
    }
}

impl Waiting {
    pub(super) fn insert(&mut self, deadline: Option<Instant>) -> usize {
        self.calls.insert(Call { sent: None, waker: None, deadline, outcome: None, stream: None })
    }

    /// Forgets a call and gives its outcome, if it has come, and what its stream holds.
    pub(super) fn remove(&mut self, key: usize) -> (Option<Outcome>, Option<Box<Flow>>) {
        self.leave_queue(key);
        self.senders.retain(|sender| *sender != key);
        let call = self.calls.remove(key);
        (call.outcome, call.stream)
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

    /// A call with streams was opened.
    pub(super) fn set_stream(&mut self, key: usize, flow: Flow) {
        let call = &mut self.calls[key];
        call.deadline = flow.deadline;
        call.stream = Some(Box::new(flow));
    }

    /// The stream of a call.
    pub(super) fn stream(&mut self, key: usize) -> Option<&mut Flow> {
        self.calls[key].stream.as_deref_mut()
    }

    /// The items of a call begin: it has its own deadline only. The waker is to be woken.
    pub(super) fn begin(&mut self, key: usize, reply: Reply) -> Option<Waker> {
        let call = &mut self.calls[key];
        if let Some(flow) = &mut call.stream {
            flow.begun = Some(reply);
            flow.take_time();
        }
        call.waker.take()
    }

    /// The beginning of the items of a call, once.
    pub(super) fn take_begun(&mut self, key: usize) -> Option<Reply> {
        self.calls[key].stream.as_mut()?.begun.take()
    }

    /// An item has come for a call. The waker is to be woken.
    pub(super) fn push_item(&mut self, key: usize, cost: usize, item: FrameBody<'_>) -> Option<Waker> {
        let call = &mut self.calls[key];
        if let Some(flow) = &mut call.stream {
            flow.queue.push(cost, item);
            flow.moved();
        }
        call.waker.take()
    }

    /// Small items have come for a call. The waker is to be woken.
    pub(super) fn push_items(&mut self, key: usize, items: &mut Queue) -> Option<Waker> {
        let call = &mut self.calls[key];
        if let Some(flow) = &mut call.stream {
            flow.queue.append(items);
            flow.moved();
        }
        call.waker.take()
    }

    /// Swaps the items that have come for a call for the empty `queue`. Whether there were any.
    pub(super) fn take_items(&mut self, key: usize, queue: &mut Queue) -> bool {
        let Some(flow) = self.stream(key).filter(|flow| !flow.queue.is_empty()) else { return false };
        queue.take(&mut flow.queue);
        flow.moved();
        true
    }

    /// The reader of a call's items waits: the memory of its `queue` is kept here.
    pub(super) fn keep_memory(&mut self, key: usize, queue: &mut Queue) {
        if let Some(flow) = self.stream(key) {
            flow.queue.keep(queue);
        }
    }

    /// A look: gives back the memory of streams to which nothing came since the one before.
    pub(super) fn look_at_streams(&mut self) {
        self.calls.iter_mut().filter_map(|(_, call)| call.stream.as_mut()).for_each(|flow| flow.queue.look());
    }

    /// Items of a call have gone, or credit for more of them has come.
    pub(super) fn note_moved(&mut self, key: usize) {
        if let Some(flow) = self.stream(key) {
            flow.moved();
        }
    }

    /// The last item of a call has gone, and nothing has come: until when that must be.
    pub(super) fn await_reply(&mut self, key: usize) -> Option<Instant> {
        let flow = self.stream(key)?;
        flow.reply_by = after(Instant::now(), flow.patience?);
        flow.reply_by
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

    /// Calls without an outcome whose time is over, and when that of the next one is.
    pub(super) fn expired(&self, now: Instant, streams: &Streams<Kept>) -> (Vec<Expired>, Option<Instant>) {
        let mut late = Vec::new();
        let mut next: Option<Instant> = None;
        for (key, call) in self.calls.iter().filter(|(_, call)| call.outcome.is_none()) {
            let stream = call.stream.as_ref().and_then(|flow| flow.expires(now, streams));
            let whole = call.deadline.map(|deadline| (deadline, Outcome::Late));
            match [whole, stream].into_iter().flatten().min_by_key(|(until, _)| *until) {
                Some((until, outcome)) if until <= now => late.push(Expired { key, sent: call.sent, outcome }),
                Some((until, _)) => next = Some(next.map_or(until, |next| next.min(until))),
                None => {}
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
