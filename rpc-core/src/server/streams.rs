//! What a connection of a server does for the streams of its calls: items in and out, and their credit. What an item is,
//! and which method it is for, is not known here.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::{
    connection::{Connection, State},
    running::{Stop, Why},
};
use crate::{
    budget::{Budget, Charge, Full},
    link::{FrameBody, LinkTx, message},
    metadata::Metadata,
    method::MethodDescriptor,
    status::{Code, Status},
    stream::{Closed, Ending, Outbox, Parked, Queue, Sent, Taken, Way, give_credit},
    wire::{Block, Flags, Fragments, Head, Kind, MayBegin, Shape, StreamId},
};

/// What is kept for the streams of a call.
#[derive(Debug)]
pub(super) struct Kept {
    call: u32,
    /// Where the items go that the caller sends, while the method takes them.
    inbox: Option<usize>,
    /// The handler, where it has items to send.
    sender: Parked,
    /// How long items may stand still, and since when they do.
    idle: Option<(Duration, Instant)>,
}

impl Kept {
    fn moved(&mut self) {
        if let Some((_, since)) = &mut self.idle {
            *since = Instant::now();
        }
    }
}

/// The items of a caller that its method has not taken.
#[derive(Debug)]
pub(super) struct Inbox {
    queue: Queue,
    reader: Option<Waker>,
    /// How it has ended.
    ended: Option<Ending>,
    charge: Charge,
}

/// The streams of a call that was just begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) stream: StreamId,
    pub(super) inbox: Option<usize>,
}

impl Connection {
    /// Opens the streams of a call, whose method has some. `ended`: the caller sends no item.
    pub(super) fn open_streams(
        &self,
        (call, method): (u32, &MethodDescriptor),
        window: Option<(u32, u32)>,
        ended: bool,
    ) -> Result<Opened, &'static str> {
        let limits = &self.shared.limits;
        if method.takes_items && (limits.stream_bytes == 0 || limits.stream_items == 0) {
            return Err("the server takes no streams, its limit `stream_bytes` or `stream_items` is 0");
        }
        let mut state = self.state();
        if method.gives_items && window.is_none() && !state.wire.streams.peer_takes() {
            return Err("the client takes no streams");
        }
        let inbox = method.takes_items.then(|| state.inboxes.insert(Inbox::new(&self.requests, ended)));
        let idle = (limits.idle_timeout < Duration::MAX).then(|| (limits.idle_timeout, Instant::now()));
        let kept = Kept { call, inbox, sender: Parked::default(), idle };
        let shape = Shape { gives: method.gives_items, takes: method.takes_items, window };
        let stream = state.wire.streams.open(call, false, shape, kept);
        if ended {
            state.wire.streams.ended(stream);
        }
        Ok(Opened { stream, inbox })
    }

    /// Gives back what was taken, and swaps the items that have come for the empty `queue`; `Some` once none will come any
    /// more.
    pub(super) fn poll_items(
        &self,
        cx: &mut Context<'_>,
        (inbox, stream): (usize, StreamId),
        taken: Taken,
        queue: &mut Queue,
    ) -> Poll<Option<Ending>> {
        let mut state = self.state();
        state.took((Some(inbox), stream), taken, &*self.tx);
        let Some(found) = state.inboxes.get_mut(inbox) else { return Poll::Pending };
        if !found.queue.is_empty() {
            queue.take(&mut found.queue);
            state.moved(stream);
            return Poll::Ready(None);
        }
        if let Some(ending) = found.ended.take() {
            return Poll::Ready(Some(ending));
        }
        if !found.reader.as_ref().is_some_and(|reader| reader.will_wake(cx.waker())) {
            found.reader = Some(cx.waker().clone());
        }
        found.queue.keep(queue);
        Poll::Pending
    }

    /// The method has taken items.
    pub(super) fn took(&self, inbox: usize, stream: StreamId, taken: Taken) {
        self.state().took((Some(inbox), stream), taken, &*self.tx);
    }

    /// The method takes no more items.
    pub(super) fn leave_items(&self, inbox: Option<usize>, stream: StreamId, untaken: Taken) {
        let mut state = self.state();
        let inbox = inbox.and_then(|inbox| state.inboxes.try_remove(inbox));
        let left = inbox.map_or(0, |inbox| inbox.queue.held().bytes);
        if let Some(kept) = state.wire.streams.get(stream) {
            kept.inbox = None;
        }
        state.wire.streams.stop_taking(stream, left + untaken.bytes);
        state.give_credit(&*self.tx);
    }

    /// Says that the items of a call begin. What finds no room is given back.
    pub(super) fn begin_items(
        &self,
        (call, stream): (u32, StreamId),
        metadata: Option<Box<Metadata>>,
    ) -> Result<Option<Fragments>, Closed> {
        let (mut head, mut message) = (Head::new(Kind::Begin, call), BytesMut::new());
        if let Some(metadata) = metadata {
            Block { metadata: Some(*metadata), ..Block::default() }.encode(&mut message);
            head = head.flags(Flags::BLOCK);
            if message.len() > self.longest() {
                (head, message) = (Head::new(Kind::Begin, call), BytesMut::new());
            }
        }
        let mut state = self.state();
        if !state.may_give(stream) {
            return Err(Closed);
        }
        let rest = message::send(&*self.tx, head, &mut message).map_err(|message::Gone| Closed)?;
        if rest.is_none() {
            state.wire.streams.set_begun(stream);
        }
        Ok(rest)
    }

    /// Goes on with what found no room of the beginning.
    pub(super) fn poll_begun(
        &self,
        cx: &Context<'_>,
        stream: StreamId,
        rest: &mut Fragments,
    ) -> Poll<Result<(), Closed>> {
        let mut state = self.state();
        if !state.may_give(stream) {
            return Poll::Ready(Err(Closed));
        }
        match message::resume(&*self.tx, rest) {
            Ok(true) => {
                state.wire.streams.set_begun(stream);
                Poll::Ready(Ok(()))
            }
            Ok(false) => {
                state.await_room(cx);
                Poll::Pending
            }
            Err(message::Gone) => Poll::Ready(Err(Closed)),
        }
    }
}

impl Way for Connection {
    fn poll_send(&self, cx: &Context<'_>, outbox: &mut Outbox, resting: bool) -> Poll<Result<(), Closed>> {
        let mut state = self.state();
        let stream = outbox.stream();
        if state.is_gone() {
            return Poll::Ready(Err(Closed));
        }
        let sent = outbox.send(&mut state.wire.streams, &*self.tx)?;
        if outbox.has_moved() {
            state.moved(stream);
        }
        match sent {
            Sent::All if !resting => return Poll::Ready(Ok(())),
            Sent::NoRoom => {
                state.await_room(cx);
                return Poll::Pending;
            }
            Sent::All => {}
            Sent::NoCredit => {
                if let Some(kept) = state.wire.streams.get(stream) {
                    kept.sender.park(cx);
                }
            }
        }
        drop(state);
        // What was sent is to arrive, so that credit comes back.
        self.flush_soon();
        Poll::Pending
    }

    fn link(&self) -> &dyn LinkTx {
        &*self.tx
    }
}

impl Inbox {
    fn new(room: &Arc<Budget>, ended: bool) -> Self {
        let ended = ended.then(|| Ending { failure: None, metadata: Metadata::default() });
        Self { queue: Queue::default(), reader: None, ended, charge: room.charge(0) }
    }
}

impl State {
    /// An item has come, which has cost so many bytes of credit. Who is to be woken; an error where there is no room for it.
    pub(super) fn item_came(&mut self, inbox: usize, cost: usize, item: FrameBody<'_>) -> Result<Option<Waker>, Full> {
        let Some(inbox) = self.inboxes.get_mut(inbox) else { return Ok(None) };
        inbox.charge.grow(cost)?;
        inbox.queue.push(cost, item);
        Ok(inbox.reader.take())
    }

    /// Small items have come, which have cost so many bytes of credit together. Who is to be woken; an error where there is no
    /// room for them.
    pub(super) fn items_came(&mut self, inbox: usize, items: &mut Queue) -> Result<Option<Waker>, Full> {
        let Some(inbox) = self.inboxes.get_mut(inbox) else { return Ok(None) };
        inbox.charge.grow(items.held().bytes)?;
        inbox.queue.append(items);
        Ok(inbox.reader.take())
    }

    /// No more items will come. Who is to be woken.
    pub(super) fn items_ended(&mut self, inbox: usize, ending: Ending) -> Option<Waker> {
        let inbox = self.inboxes.get_mut(inbox)?;
        inbox.ended.get_or_insert(ending);
        inbox.reader.take()
    }

    /// There is no room for an item of a call: none is taken any more, and its handler ends.
    pub(super) fn refuse_item(&mut self, call: u32, cost: usize, full: Full) -> Option<Stop> {
        if let Some(stream) = self.wire.streams.id_of(call) {
            self.wire.streams.stop_taking(stream, cost);
        }
        Some(self.wire.calls.get(call)?.stop(Why::NoRoom(full)))
    }

    /// `None` while no message is under way in fragments; else a number that changes whenever one comes.
    pub(super) fn unfinished(&self) -> Option<u64> {
        let (requests, items) = (self.wire.calls.unfinished(), self.wire.streams.unfinished());
        requests.into_iter().chain(items).reduce(u64::wrapping_add)
    }

    /// Items under way in fragments are given up, and with them their calls.
    pub(super) fn drop_unfinished(&mut self, full: Full) -> Vec<Stop> {
        let calls = self.wire.streams.drop_unfinished();
        calls.into_iter().filter_map(|call| Some(self.wire.calls.get(call)?.stop(Why::NoRoom(full)))).collect()
    }

    /// There is credit for more items, of one call or with 0 of all.
    pub(super) fn credit_came(&mut self, call: u32) {
        match call {
            0 => self.wire.streams.iter().for_each(|kept| kept.sender.wake()),
            call => {
                if let Some(kept) = self.wire.streams.of_call(call) {
                    kept.sender.wake();
                    kept.moved();
                }
            }
        }
    }

    /// The streams of a call have ended with it. A reader may still have items to take.
    pub(super) fn streams_ended(&mut self, kept: Kept) {
        let over = || Ending::failed(Status::new(Code::Cancelled, "the call is over"));
        if let Some(waker) = kept.inbox.and_then(|inbox| self.items_ended(inbox, over())) {
            waker.wake();
        }
    }

    /// Gives the credit that is due, as far as there is room for it now.
    pub(super) fn give_credit(&mut self, tx: &dyn LinkTx) {
        if self.has_backlog() || !self.wire.streams.owes_credit() {
            return;
        }
        if give_credit(&mut self.wire.streams, tx) {
            self.flush = true;
            self.wake_driver();
        }
    }

    /// The ends of handlers whose items have stood still for too long, and when the next ones have.
    pub(super) fn stop_idle(&mut self, now: Instant) -> (Vec<Stop>, Option<Instant>) {
        let (mut late, mut next) = (Vec::new(), None::<Instant>);
        let Self { wire, .. } = self;
        let bounded = |kept: &mut Kept| Some((kept.call, kept.idle?, kept.sender.is_waiting()));
        for (call, (idle, since), no_credit) in wire.streams.iter().filter_map(bounded).collect::<Vec<_>>() {
            let Some(id) = wire.streams.id_of(call).filter(|id| wire.streams.is_under_way(*id)) else { continue };
            // A method with items to take is at work, unless it waits for its caller to take some.
            let since = if wire.streams.holds_items(id) && !no_credit { now } else { since };
            let Some(until) = crate::timer::after(since, idle) else { continue };
            if until > now {
                next = Some(next.map_or(until, |next| next.min(until)));
            } else if let Some(running) = wire.calls.get(call) {
                late.push(running.stop(Why::Idle(idle)));
            }
        }
        (late, next)
    }

    /// A look: gives back the memory of streams to which nothing came since the one before.
    pub(super) fn look_at_streams(&mut self) {
        self.inboxes.iter_mut().for_each(|(_, inbox)| inbox.queue.look());
    }

    fn took(&mut self, (inbox, stream): (Option<usize>, StreamId), taken: Taken, tx: &dyn LinkTx) {
        if taken.items == 0 {
            return;
        }
        if let Some(inbox) = inbox.and_then(|inbox| self.inboxes.get_mut(inbox)) {
            inbox.charge.shrink(taken.bytes);
        }
        self.wire.streams.took(stream, taken.bytes, taken.items);
        self.moved(stream);
        self.give_credit(tx);
    }

    fn may_give(&self, stream: StreamId) -> bool {
        !self.is_gone() && self.wire.streams.may_begin(stream) != MayBegin::Closed
    }

    fn moved(&mut self, stream: StreamId) {
        if let Some(kept) = self.wire.streams.get(stream) {
            kept.moved();
        }
    }
}

/// Where an item goes that has come for a stream.
pub(super) fn inbox(kept: &mut Kept) -> Option<usize> {
    kept.moved();
    kept.inbox
}

/// An item that came in fragments is one's own already.
pub(super) fn item(joined: Option<Vec<u8>>, body: FrameBody<'_>) -> FrameBody<'_> {
    joined.map_or(body, |joined| FrameBody::from(Bytes::from(joined)))
}
