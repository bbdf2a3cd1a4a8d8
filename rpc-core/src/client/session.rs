//! One connection of a client, as its callers and its driver share it: the calls behind a lock, and the way out for
//! requests. Which bytes come in is the driver's business.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    near::Near,
    reader::Reader,
    reply::{Lost, Outcome},
    request::{Request, Room, Started},
    streams::Kept,
    waiting::Waiting,
};
use crate::{
    codec::CodecId,
    limits::Limits,
    link::{Flushed, LinkRx, LinkTx, message},
    timer::Due,
    wire::{Caller, Fragments, Head, Hello, InitialCredits, Kind, StreamId},
};

/// One connection of a client.
pub(super) struct Session {
    pub(super) tx: Arc<dyn LinkTx>,
    /// What the peer announced.
    pub(super) peer: Hello,
    /// Who the peer is, for people.
    pub(super) name: Arc<str>,
    /// The codec that both have, first in our order of preference.
    pub(super) codec: CodecId,
    pub(super) limits: Arc<Limits>,
    state: Mutex<State>,
    /// What comes. Who has both locks took this one first.
    reader: Mutex<Reader>,
}

pub(super) struct State {
    pub(super) wire: Caller<usize, Kept>,
    pub(super) waiting: Waiting,
    /// Frames that found no room: cancels, ends of items, pongs, the goaway, the rest of a oneway. At most two per call, and
    /// pongs up to their limit.
    backlog: VecDeque<Fragments>,
    /// Streams whose senders wait for room.
    pub(super) item_senders: Vec<StreamId>,
    /// The fragments of a oneway are under way: they have no id, so those of another must not come between.
    oneway_under_way: bool,
    pub(super) driver: Option<Waker>,
    /// The driver is to flush.
    pub(super) flush: bool,
    /// When the driver's timer is to fire.
    pub(super) due: Due,
    /// No channel is left: the driver is to end the connection.
    closing: bool,
    /// The channel has another connection: this one ends when its last call has.
    retired: bool,
    /// The link takes nothing any more; the driver is about to say why.
    shut: bool,
    /// The server has answered a call, otherwise than that it drains.
    pub(super) answered: bool,
    lost: Option<Arc<Lost>>,
    /// Calls in a row of which each began when no other was in flight.
    pub(super) alone: u32,
}

impl Session {
    pub(super) fn new(
        tx: Arc<dyn LinkTx>,
        rx: Box<dyn LinkRx>,
        peer: Hello,
        codec: CodecId,
        name: Arc<str>,
        limits: Arc<Limits>,
    ) -> Self {
        let state = State {
            wire: Caller::with_credits(limits.message, InitialCredits::of(&limits), peer.credits),
            waiting: Waiting::default(),
            backlog: VecDeque::new(),
            item_senders: Vec::new(),
            oneway_under_way: false,
            driver: None,
            flush: false,
            due: Due::default(),
            closing: false,
            retired: false,
            shut: false,
            answered: false,
            lost: None,
            alone: 0,
        };
        let reader = Mutex::new(Reader::new(rx));
        Self { tx, peer, name, codec, limits, state: Mutex::new(state), reader }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether calls may be started.
    pub(super) fn is_open(&self) -> bool {
        self.state().is_open()
    }

    /// Whether the server has answered a call.
    pub(super) fn has_answered(&self) -> bool {
        self.state().answered
    }

    /// Whether calls run on it: a server that drains answers them.
    pub(super) fn has_calls(&self) -> bool {
        !self.state().wire.calls.is_empty()
    }

    /// Why it takes no more calls.
    pub(super) fn why_lost(&self) -> String {
        self.state().lost.as_ref().map_or_else(|| "the server takes no calls on it".to_owned(), ToString::to_string)
    }

    /// Sends a request, or says what it must wait for. A call that waits is woken through `cx`. Where that pays, the reply is
    /// looked for before this returns.
    pub(super) fn start(&self, cx: &mut Context<'_>, request: Request<'_>) -> Started {
        let mut near = Near::of(&*self.tx, &self.reader);
        let started = self.send(cx, request, &mut near);
        near.look(self);
        started
    }

    fn send(&self, cx: &mut Context<'_>, request: Request<'_>, near: &mut Near<'_>) -> Started {
        let Request { mut head, message, deadline, key, streams } = request;
        let mut state = self.state();
        if !state.is_open() {
            key.map(|key| state.remove(key));
            return Started::Gone;
        }
        state.due.note();
        let alone = state.wire.calls.is_empty() && !state.flush;
        let oneway = head.call == 0;
        if !oneway && state.waiting.before(key) >= self.free_places(&state) {
            return state.queue(cx, key, deadline, self.limits.waiting_calls);
        }
        let looks = !oneway && near.expect(&mut state, cx);
        let key = if oneway { key } else { Some(key.unwrap_or_else(|| state.waiting.insert(deadline))) };
        if let Some(key) = key.filter(|_| !oneway) {
            state.waiting.leave_queue(key);
            head.call = state.wire.calls.open(key);
            if let Some(streams) = streams {
                state.open_streams(key, head.call, streams, deadline);
            }
            if !looks {
                state.waiting.poll(key, cx);
            }
            state.watch(deadline);
        }
        let sent = match oneway && state.oneway_under_way {
            true => Ok(Some(Fragments::new(head, message.split().freeze(), self.tx.max_frame()))),
            false => message::send(&*self.tx, head, message),
        };
        match sent {
            Ok(None) => {
                if let Some(key) = key {
                    state.waiting.set_sent(key, head.call);
                }
                self.flush(state, alone);
                Started::Sent { key, id: head.call }
            }
            Ok(Some(rest)) => {
                let key = key.unwrap_or_else(|| state.waiting.insert(deadline));
                state.note_begun(key, &rest);
                state.await_room(key, cx);
                state.watch(deadline);
                Started::NeedsRoom { key, rest: Box::new(rest) }
            }
            Err(message::Gone) => {
                state.shut = true;
                state.wire.forget(head.call);
                key.map(|key| state.remove(key));
                Started::Gone
            }
        }
    }

    /// Goes on with a request that found no room.
    pub(super) fn poll_room(&self, cx: &mut Context<'_>, key: usize, rest: &mut Fragments) -> Poll<Room> {
        let mut state = self.state();
        if !rest.begun() && !state.is_open() {
            let outcome = state.remove(key);
            self.let_go(state, outcome.as_ref(), None, Some(rest));
            return Poll::Ready(Room::Gone);
        }
        if let Some(outcome) = state.waiting.poll(key, cx) {
            state.remove(key);
            self.let_go(state, Some(&outcome), None, Some(rest));
            return Poll::Ready(Room::Ended(outcome));
        }
        let oneway = rest.call() == 0;
        if oneway && state.oneway_under_way && !rest.begun() {
            state.await_room(key, cx);
            return Poll::Pending;
        }
        match message::resume(&*self.tx, rest) {
            Ok(false) => {
                state.note_begun(key, rest);
                state.await_room(key, cx);
                Poll::Pending
            }
            Ok(true) => {
                state.note_begun(key, rest);
                state.oneway_under_way &= !oneway;
                self.flush(state, false);
                Poll::Ready(Room::Sent)
            }
            // The driver is about to say why, to every call that waits.
            Err(message::Gone) => Poll::Pending,
        }
    }

    /// The outcome of a call that was sent, if it has come; else it is woken when it does. One whose items begin goes on.
    pub(super) fn poll_outcome(&self, cx: &mut Context<'_>, key: usize) -> Poll<Outcome> {
        let mut state = self.state();
        if let Some(begun) = state.waiting.take_begun(key) {
            return Poll::Ready(Outcome::Begun(begun));
        }
        let Some(outcome) = state.waiting.poll(key, cx) else { return Poll::Pending };
        state.remove(key);
        Poll::Ready(outcome)
    }

    /// The outcome of a call that waits for a place, if it has come.
    pub(super) fn outcome(&self, cx: &mut Context<'_>, key: usize) -> Option<Outcome> {
        self.state().waiting.poll(key, cx)
    }

    /// Nobody waits for the call any more: if anything of it was sent and it has not ended, it is cancelled on the
    /// server, and its place stays taken until the server has answered.
    pub(super) fn give_up(&self, key: usize, sent: Option<u32>, rest: Option<&Fragments>) {
        let mut state = self.state();
        let outcome = state.remove(key);
        self.let_go(state, outcome.as_ref(), sent, rest);
    }

    /// Lets go of what a call held, and wakes those who can use it: the driver, and calls that wait for a place.
    fn let_go(
        &self,
        mut state: MutexGuard<'_, State>,
        outcome: Option<&Outcome>,
        sent: Option<u32>,
        rest: Option<&Fragments>,
    ) {
        state.release(&*self.tx, outcome, sent, rest);
        let free = self.free_places(&state);
        let next: Vec<Waker> = state.waiting.next(free).collect();
        state.flush = true;
        state.wake_driver();
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// Calls that may be opened now.
    pub(super) fn free_places(&self, state: &State) -> usize {
        (self.peer.calls_in_flight as usize).saturating_sub(state.wire.calls.len())
    }

    /// The connection has gone: every call ends.
    pub(super) fn lose(&self, why: String) {
        let mut state = self.state();
        let lost = state.lost.get_or_insert_with(|| Arc::new(Lost { why })).clone();
        state.wire.calls.close();
        let streams = state.wire.streams.clear();
        state.backlog.clear();
        let wakers = state.waiting.complete_all(|| Outcome::Lost(lost.clone()));
        drop(state);
        drop(streams);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The channel has another connection: no call begins here any more, and those that run end first.
    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        state.wake_driver();
    }

    /// No channel is left: ends the connection, after what was sent has left.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        state.wake_driver();
    }

    /// Writes at once if nothing else is in flight, since nothing else would come to share the write; else leaves it
    /// to the driver.
    pub(super) fn flush(&self, mut state: MutexGuard<'_, State>, alone: bool) {
        if !alone && self.tx.gathers() {
            if !state.flush {
                state.flush = true;
                state.wake_driver();
            }
            return;
        }
        drop(state);
        if !matches!(self.tx.try_flush(), Ok(Flushed::Done)) {
            let mut state = self.state();
            state.flush = true;
            state.wake_driver();
        }
    }
}

impl State {
    pub(super) fn is_open(&self) -> bool {
        self.lost.is_none() && !self.closing && !self.retired && !self.shut && self.wire.accepts_calls()
    }

    /// Whether the driver is to end the connection.
    pub(super) fn is_ending(&self) -> bool {
        self.closing || self.retired && self.waiting.is_empty()
    }

    /// Whether the link takes nothing any more.
    pub(super) fn is_shut(&self) -> bool {
        self.shut
    }

    pub(super) fn wake_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// Makes sure that the driver looks at the clock when `deadline` has come.
    pub(super) fn watch(&mut self, deadline: Option<Instant>) {
        if self.due.by(deadline) {
            self.wake_driver();
        }
    }

    /// Forgets a call that nobody waits for, and gives its outcome if it has come. Credit of items that it did not take is
    /// given back.
    pub(super) fn remove(&mut self, key: usize) -> Option<Outcome> {
        let (outcome, flow) = self.waiting.remove(key);
        if let Some(flow) = flow {
            self.wire.streams.stop_taking(flow.id, flow.queue.held().bytes);
        }
        if self.retired {
            self.wake_driver();
        }
        outcome
    }

    fn queue(&mut self, cx: &mut Context<'_>, key: Option<usize>, deadline: Option<Instant>, limit: usize) -> Started {
        let key = key.unwrap_or_else(|| self.waiting.insert(deadline));
        if !self.waiting.enqueue(key, limit) {
            self.remove(key);
            return Started::TooManyWait;
        }
        self.waiting.poll(key, cx);
        self.watch(deadline);
        Started::NeedsPlace { key }
    }

    /// A call waits for room, which comes of flushing.
    fn await_room(&mut self, key: usize, cx: &mut Context<'_>) {
        self.waiting.poll(key, cx);
        self.waiting.await_room(key);
        self.flush = true;
        self.wake_driver();
    }

    /// Whether frames that belong to no caller wait for room.
    pub(super) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Something of a request was sent, or all of it.
    fn note_begun(&mut self, key: usize, rest: &Fragments) {
        if rest.begun() {
            self.waiting.set_sent(key, rest.call());
            self.oneway_under_way |= rest.call() == 0;
        }
    }

    /// Lets go of what a call that nobody waits for holds: its id, and what of its request was not sent. A call that
    /// has an outcome holds its id no more, unless nothing of it was sent in time.
    fn release(&mut self, tx: &dyn LinkTx, outcome: Option<&Outcome>, sent: Option<u32>, rest: Option<&Fragments>) {
        match (outcome, sent, rest) {
            (None | Some(Outcome::Late | Outcome::Idle(_) | Outcome::NoReply(_)), None, Some(rest))
                if !rest.begun() =>
            {
                let _ = self.wire.forget(rest.call());
            }
            // A oneway has no cancel: the fragments that its receiver waits for must come.
            (None | Some(Outcome::Late), None, Some(rest)) if rest.call() == 0 => self.backlog.push_back(rest.clone()),
            (None, None, Some(rest)) => self.cancel(tx, rest.call()),
            (None, Some(id), None) => self.cancel(tx, id),
            _ => {}
        }
    }

    /// Tells the server that nobody waits for a call any more.
    pub(super) fn cancel(&mut self, tx: &dyn LinkTx, id: u32) {
        if self.wire.calls.abandon(id).is_some() {
            self.stop_streams(id);
            self.send(tx, Head::new(Kind::Cancel, id));
        }
    }

    /// Nothing more is sent or taken of the streams of a call.
    pub(super) fn stop_streams(&mut self, id: u32) {
        if let Some(kept) = self.wire.streams.give_up(id) {
            kept.sender.wake();
        }
    }

    /// A call has ended: a cancel or an end of its items that still waits for room would be taken for one of the next
    /// call with its id.
    pub(super) fn forget_owed(&mut self, id: u32) {
        self.backlog.retain(|owed| owed.call() != id);
    }

    /// Sends a frame that belongs to no caller, behind those that are owed already.
    pub(super) fn send(&mut self, tx: &dyn LinkTx, head: Head) {
        self.flush = true;
        let rest = match self.backlog.is_empty() {
            true => message::send_shared(tx, head, Bytes::new()),
            false => Ok(Some(Fragments::new(head, Bytes::new(), tx.max_frame()))),
        };
        if let Ok(Some(rest)) = rest {
            self.backlog.push_back(rest);
        }
    }

    /// Whether more pongs are owed than a peer that reads them lets come together. The other frames that are owed are
    /// at most two for each of our calls.
    pub(super) fn owes_too_much(&self, pongs: usize) -> bool {
        self.backlog.len() > pongs.saturating_add(2 * self.wire.calls.len() + 1)
    }

    /// Sends what found no room before, and wakes those who wait for room once there is some.
    pub(super) fn send_backlog(&mut self, tx: &dyn LinkTx, cx: &mut Context<'_>, wakers: &mut Vec<Waker>) {
        let none_wait = !self.waiting.awaits_room() && self.item_senders.is_empty();
        if self.backlog.is_empty() && none_wait && !self.wire.streams.owes_credit() {
            return;
        }
        while tx.poll_space(cx).is_ready() {
            let Some(mut rest) = self.backlog.pop_front() else {
                self.give_credit(tx);
                self.waiting.take_senders(wakers);
                return self.take_item_senders(wakers);
            };
            let oneway = rest.call() == 0 && rest.begun();
            match message::resume(tx, &mut rest) {
                Ok(false) => self.backlog.push_front(rest),
                Ok(true) | Err(message::Gone) => self.oneway_under_way &= !oneway,
            }
            self.flush = true;
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("peer", &self.name).finish_non_exhaustive()
    }
}
