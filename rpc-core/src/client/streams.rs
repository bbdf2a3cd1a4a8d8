//! What a connection of a client does for the streams of its calls: items in and out, and their credit. What an item is,
//! and who waits for it, is not known here.

use std::task::{Context, Poll, Waker};

use tokio::time::Instant;

use super::{
    reply::Outcome,
    request::Streams,
    session::{Session, State},
    waiting::Flow,
};
use crate::{
    link::{FrameBody, LinkTx},
    status::Status,
    stream::{Closed, Outbox, Parked, Queue, Sent, Taken, Way, give_credit},
    timer::after,
    wire::{Flags, Head, Kind, MayBegin, StreamId},
};

/// What is kept for the stream of a call.
#[derive(Debug)]
pub(super) struct Kept {
    /// The call's place among those that wait, for as long as the call is not given up.
    pub(super) key: usize,
    /// Who has items to send.
    pub(super) sender: Parked,
    /// It is among those that wait for room.
    pub(super) awaits_room: bool,
}

impl Session {
    /// Gives back what was taken, and swaps the items that have come for the empty `queue`; `Some` once the call has ended
    /// and nothing is left of it.
    pub(super) fn poll_items(
        &self,
        cx: &mut Context<'_>,
        (key, stream): (usize, StreamId),
        taken: Taken,
        queue: &mut Queue,
    ) -> Poll<Option<Outcome>> {
        let mut state = self.state();
        if taken.items > 0 {
            state.wire.streams.took(stream, taken.bytes, taken.items);
            state.item_moved(stream);
            state.give_credit(&*self.tx);
        }
        if state.waiting.take_items(key, queue) {
            return Poll::Ready(None);
        }
        let Some(outcome) = state.waiting.poll(key, cx) else {
            state.waiting.keep_memory(key, queue);
            return Poll::Pending;
        };
        state.remove(key);
        Poll::Ready(Some(outcome))
    }

    /// The program has taken items.
    pub(super) fn took(&self, stream: StreamId, taken: Taken) {
        let mut state = self.state();
        state.wire.streams.took(stream, taken.bytes, taken.items);
        state.item_moved(stream);
        state.give_credit(&*self.tx);
    }

    /// Nobody takes the items of a stream any more, nor waits for the end of its call, if that has not come.
    pub(super) fn leave(&self, call: Option<(usize, u32)>, stream: StreamId, untaken: Taken) {
        let mut state = self.state();
        state.wire.streams.stop_taking(stream, untaken.bytes);
        state.give_credit(&*self.tx);
        drop(state);
        if let Some((key, id)) = call {
            self.give_up(key, Some(id), None);
        }
    }

    /// The stream of a call that was opened with one.
    pub(super) fn stream_of(&self, key: usize) -> Option<StreamId> {
        self.state().waiting.stream(key).map(|flow| flow.id)
    }

    /// The stream of a call whose items follow: its caller may take long over them.
    pub(super) fn begin_items(&self, key: usize) -> Option<StreamId> {
        let mut state = self.state();
        let flow = state.waiting.stream(key)?;
        flow.take_time();
        Some(flow.id)
    }

    /// The last item of a call was sent.
    pub(super) fn end_items(&self, stream: StreamId, call: u32) {
        let mut state = self.state();
        if state.wire.streams.may_begin(stream) == MayBegin::Closed {
            return;
        }
        state.send(&*self.tx, Head::new(Kind::End, call));
        let key = state.wire.streams.get(stream).map(|kept| kept.key);
        let begun = state.wire.streams.has_begun(call) == Some(true);
        state.wire.streams.stop_giving(stream);
        if let Some(key) = key.filter(|_| !begun) {
            let until = state.waiting.await_reply(key);
            state.watch(until);
        }
        state.wake_driver();
    }

    /// An item cannot be sent: the call ends.
    pub(super) fn fail_items(&self, stream: StreamId, call: u32, status: Status) {
        let mut state = self.state();
        if state.wire.streams.may_begin(stream) == MayBegin::Closed {
            return;
        }
        let key = state.wire.streams.get(stream).map(|kept| kept.key);
        let waker = key.and_then(|key| state.waiting.complete(key, Outcome::Unsendable(status)));
        state.cancel(&*self.tx, call);
        state.wake_driver();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Way for Session {
    fn poll_send(&self, cx: &Context<'_>, outbox: &mut Outbox, resting: bool) -> Poll<Result<(), Closed>> {
        let mut state = self.state();
        let stream = outbox.stream();
        let sent = outbox.send(&mut state.wire.streams, &*self.tx)?;
        if outbox.has_moved() {
            state.item_moved(stream);
        }
        match sent {
            Sent::All if !resting => return Poll::Ready(Ok(())),
            Sent::All | Sent::NoCredit => {}
            Sent::NoRoom => state.await_item_room(stream),
        }
        state.park(stream, cx);
        self.flush(state, false);
        Poll::Pending
    }

    fn link(&self) -> &dyn LinkTx {
        &*self.tx
    }
}

impl State {
    /// Opens the streams of a call, which has `until` for all before its items.
    pub(super) fn open_streams(&mut self, key: usize, call: u32, streams: Streams, until: Option<Instant>) {
        let Streams { shape, deadline, idle, patience } = streams;
        let id = self.wire.streams.open(call, true, shape, Kept { key, sender: Parked::default(), awaits_room: false });
        self.waiting.set_stream(key, Flow::new(id, deadline, idle, patience.zip(until)));
        self.watch(idle.and_then(|idle| after(Instant::now(), idle)));
    }

    /// Whose item found no room waits for it too.
    pub(super) fn await_item_room(&mut self, stream: StreamId) {
        if let Some(kept) = self.wire.streams.get(stream)
            && !std::mem::replace(&mut kept.awaits_room, true)
        {
            self.item_senders.push(stream);
        }
        self.flush = true;
        self.wake_driver();
    }

    /// The link has room: the wakers of those whose items waited for it.
    pub(super) fn take_item_senders(&mut self, wakers: &mut Vec<Waker>) {
        for stream in std::mem::take(&mut self.item_senders) {
            if let Some(kept) = self.wire.streams.get(stream) {
                kept.awaits_room = false;
                wakers.extend(kept.sender.take());
            }
        }
    }

    /// An item has come for a call, which has cost so much. Who is to be woken.
    pub(super) fn item_came(
        &mut self,
        key: usize,
        (head, cost): (&Head, usize),
        item: FrameBody<'_>,
        tx: &dyn LinkTx,
    ) -> Option<Waker> {
        if !head.flags.has(Flags::COMPRESSED) {
            return self.waiting.push_item(key, cost, item);
        }
        if let Some(id) = self.waiting.stream(key).map(|flow| flow.id) {
            self.wire.streams.stop_taking(id, cost);
        }
        self.cancel(tx, head.call);
        self.waiting.complete(key, Outcome::Unreadable("an item is compressed, which was not agreed"))
    }

    /// The items of a call begin. Who is to be woken.
    pub(super) fn items_begun(&mut self, key: usize, call: u32, outcome: Outcome, tx: &dyn LinkTx) -> Option<Waker> {
        match outcome {
            Outcome::Reply(reply) => self.waiting.begin(key, reply),
            unreadable => {
                self.cancel(tx, call);
                self.waiting.complete(key, unreadable)
            }
        }
    }

    /// There is credit for more items of a call.
    pub(super) fn credit_came(&mut self, call: u32) {
        if let Some(kept) = self.wire.streams.of_call(call) {
            kept.sender.wake();
            self.waiting.note_moved(kept.key);
        }
    }

    /// Gives the credit that is due, as far as there is room for it now.
    pub(super) fn give_credit(&mut self, tx: &dyn LinkTx) {
        if !self.wire.streams.owes_credit() || self.has_backlog() {
            return;
        }
        if give_credit(&mut self.wire.streams, tx) {
            self.flush = true;
            self.wake_driver();
        }
    }

    fn park(&mut self, stream: StreamId, cx: &Context<'_>) {
        if let Some(kept) = self.wire.streams.get(stream) {
            kept.sender.park(cx);
        }
    }

    fn item_moved(&mut self, stream: StreamId) {
        if let Some(key) = self.wire.streams.get(stream).map(|kept| kept.key) {
            self.waiting.note_moved(key);
        }
    }
}
