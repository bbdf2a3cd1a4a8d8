//! One connection of a server, as its driver and its handlers share it: the state behind a lock, and the way out for
//! responses. Which bytes come in is the driver's business.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use slab::Slab;

use super::{
    running::{Running, Why},
    service::Output,
    shared::Shared,
    slot::{Outcome, Slot},
    streams::{Inbox, Kept},
};
use crate::{
    budget::{Budget, Charge, Full},
    codec::CodecId,
    context::Scope,
    link::{Flushed, LinkTx, message},
    metadata::Metadata,
    peer::Peer,
    status::{Code, Delivery, Status},
    step::{Step, mark},
    timer::Due,
    wire::{Block, Callee, Flags, Fragments, Head, Hello, Kind, ProtocolError},
};

/// Largest buffer kept with a slot for the next response, in bytes.
const KEEP: usize = 64 << 10;
/// Likewise with one of those kept for calls that wait, of which there are many.
const KEEP_IDLE: usize = 4 << 10;
/// Slots kept for the next calls, per service: as many as a busy connection has handlers waiting at a time.
const SLOTS: usize = 64;

/// One connection of a server.
pub(super) struct Connection {
    pub(super) tx: Arc<dyn LinkTx>,
    pub(super) shared: Arc<Shared>,
    /// What the peer announced.
    hello: Hello,
    /// Who the peer is.
    pub(super) peer: Arc<Peer>,
    /// Calls that were given to a handler, and requests that were refused. Only the driver writes them.
    served: AtomicU64,
    refused: AtomicU64,
    /// What is held of requests, and of responses that found no room.
    pub(super) requests: Arc<Budget>,
    responses: Arc<Budget>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) wire: Callee<Running, Kept>,
    /// Items of callers that their methods have not taken.
    pub(super) inboxes: Slab<Inbox>,
    /// Oneways whose handlers wait; they have no id.
    oneways: Slab<()>,
    /// Frames that found no room: refusals, pongs, the goaway. Nothing is read while there are any, so that they are at
    /// most those of one turn, and one per call.
    backlog: VecDeque<Owed>,
    /// Handlers that wait for room to answer.
    senders: Vec<Waker>,
    /// Idle slots, by service.
    slots: Vec<Vec<Slot>>,
    pub(super) driver: Option<Waker>,
    /// The driver is to flush.
    pub(super) flush: bool,
    /// The driver is to end the connection now.
    pub(super) killed: bool,
    /// Nothing leaves any more: who waits for room waits no longer.
    gone: bool,
    /// When the driver's timer is to fire.
    pub(super) due: Due,
}

/// A message that found no room.
pub(super) struct Owed {
    rest: Fragments,
    /// The call that is over when it is sent.
    ends: Option<u32>,
    /// What it holds; `None` for short ones, of which there is one per call.
    _charge: Option<Charge>,
}

impl Connection {
    pub(super) fn new(tx: Arc<dyn LinkTx>, hello: Hello, peer: Peer, shared: Arc<Shared>) -> Self {
        let requests = shared.bytes.narrower("request_bytes", shared.limits.request_bytes);
        let responses = shared.bytes.narrower("response_bytes", shared.limits.response_bytes);
        let state = State {
            wire: Callee::holding(&shared.limits, requests.clone(), shared.hello.credits, hello.credits),
            inboxes: Slab::new(),
            oneways: Slab::new(),
            backlog: VecDeque::new(),
            senders: Vec::new(),
            slots: std::iter::repeat_with(Vec::new).take(shared.router.services().len()).collect(),
            driver: None,
            flush: false,
            killed: false,
            gone: false,
            due: Due::default(),
        };
        let (peer, served, refused) = (Arc::new(peer), AtomicU64::new(0), AtomicU64::new(0));
        Self { tx, shared, hello, peer, served, refused, requests, responses, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that were given to a handler.
    pub(super) fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Requests that were refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// So many more were given to a handler, and refused. Plain stores will do, since only the driver calls this.
    pub(super) fn count(&self, served: u32, refused: u32) {
        self.served.store(self.served() + u64::from(served), Ordering::Relaxed);
        if refused > 0 {
            self.refused.store(self.refused() + u64::from(refused), Ordering::Relaxed);
        }
    }

    /// A slot for a call of a service.
    pub(super) fn slot(&self, service: usize) -> Slot {
        self.state().slots[service].pop().unwrap_or_else(|| {
            Slot::new(Scope {
                deadline: None,
                metadata: None,
                peer: self.peer.clone(),
                service: self.shared.router.services()[service].identity().name.clone(),
                method: "",
                cancelled: None,
                response: None,
                carried: false,
            })
        })
    }

    /// Takes a slot back whose handler has ended.
    pub(super) fn recycle(&self, service: usize, mut slot: Slot) {
        if slot.out.capacity() > KEEP_IDLE {
            slot.out = BytesMut::new();
        }
        let mut state = self.state();
        let slots = &mut state.slots[service];
        if slots.len() < SLOTS {
            slots.push(slot);
        }
    }

    /// Sends the terminal frame of a call, which is over with it. What finds no room is given back; the call is then
    /// over when [`resume`](Self::resume) has sent it.
    pub(super) fn respond(&self, call: u32, codec: CodecId, outcome: Outcome, slot: &mut Slot) -> Option<Owed> {
        let metadata = slot.scope.as_mut().and_then(|scope| {
            // The next call may be long in coming.
            scope.metadata = None;
            scope.response.take()
        });
        let (head, mut message) = self.response(call, codec, outcome, metadata.as_deref());
        mark(Step::SendResponse);
        let mut state = self.state();
        let head = state.last(head);
        let rest = if state.gone { Err(message::Gone) } else { message::send(&*self.tx, head, &mut message) };
        if message.capacity() <= KEEP {
            slot.out = message;
        }
        // Before the lock is released: the peer may use the id again as soon as it has seen the frame.
        match rest {
            Ok(Some(rest)) => return Some(self.hold(&mut state, rest)),
            Ok(None) | Err(message::Gone) => state.finish(call),
        }
        None
    }

    /// A response that the peer does not take is held while there is room for it. Else its call fails: it is not the
    /// handler's fault, but the value is gone.
    fn hold(&self, state: &mut State, rest: Fragments) -> Owed {
        let (call, bytes) = (rest.call(), rest.left());
        let full = match self.responses.take(bytes) {
            Ok(charge) => return Owed { rest, ends: Some(call), _charge: Some(charge) },
            Err(full) => full,
        };
        if rest.begun() {
            // Nothing can take the place of half a response.
            state.killed = true;
            state.wake_driver();
            return Owed { rest, ends: Some(call), _charge: Some(self.responses.charge(bytes)) };
        }
        let Full { name, limit } = full;
        let text = format!(
            "the response of {bytes} bytes was dropped: the client does not take those before it, and the server's limit `{name}` is {limit}"
        );
        let (head, message) = self.response(call, CodecId(0), Err(Status::new(Code::ResourceExhausted, text)), None);
        let rest = Fragments::new(state.last(head), message.freeze(), self.tx.max_frame());
        Owed { rest, ends: Some(call), _charge: None }
    }

    /// Goes on with a response that found no room.
    pub(super) fn resume(&self, cx: &mut Context<'_>, call: u32, owed: &mut Owed) -> Poll<()> {
        let mut state = self.state();
        if !state.gone && message::resume(&*self.tx, &mut owed.rest) == Ok(false) {
            state.await_room(cx);
            return Poll::Pending;
        }
        state.finish(call);
        Poll::Ready(())
    }

    /// Answers a call without its handler; the call is over with it.
    pub(super) fn refuse(&self, call: u32, status: Status) {
        self.answer(call, status, Some(call));
    }

    /// Answers a request that never became a call: its id may mean another one by the time the answer has left.
    pub(super) fn turn_away(&self, call: u32, status: Status) {
        self.answer(call, status, None);
    }

    fn answer(&self, call: u32, status: Status, ends: Option<u32>) {
        if call != 0 {
            let (head, message) = self.response(call, CodecId(0), Err(status), None);
            let mut state = self.state();
            let head = if ends.is_some() { state.last(head) } else { head };
            state.send(&*self.tx, head, message.freeze(), ends);
        }
    }

    /// Sends a frame that belongs to no call.
    pub(super) fn send(&self, head: Head, message: Bytes) {
        self.state().send(&*self.tx, head, message, None);
    }

    /// Tells the peer what it did wrong; nothing follows.
    pub(super) fn accuse(&self, error: &ProtocolError) {
        let text = message::last_words(&*self.tx, error.to_string(), self.hello.max_message as usize);
        self.send(Head::new(Kind::Error, 0).word(error.code()), text);
    }

    /// A handler was dropped before it had ended: its call is over, and the caller learns why.
    pub(super) fn stopped(&self, call: u32, begun: bool) {
        let why = self.state().wire.calls.get(call).and_then(|running| running.stopped);
        let delivery = if begun { Delivery::Unknown } else { Delivery::Refused };
        self.refuse(call, why.unwrap_or(Why::Killed).status().delivered(delivery));
        self.flush_soon();
    }

    /// A handler was dropped while its response was being sent: the rest follows without it, where anything does.
    pub(super) fn send_later(&self, owed: Owed) {
        let mut state = self.state();
        if state.gone {
            return state.end(owed.ends);
        }
        state.backlog.push_back(owed);
        state.wake_driver();
    }

    /// Something was sent outside of the driver's turn: flushes at once if nothing else is likely to follow, else
    /// leaves it to the driver, which gathers what others send.
    pub(super) fn flush_soon(&self) {
        let mut state = self.state();
        if state.flush {
            return;
        }
        // The driver has to see it when the last call of a drain has ended.
        let alone = state.wire.calls.is_empty() || !self.tx.gathers();
        if !alone || state.wire.finished() || state.killed {
            state.flush = true;
            return state.wake_driver();
        }
        drop(state);
        if !matches!(self.tx.try_flush(), Ok(Flushed::Done)) {
            let mut state = self.state();
            state.flush = true;
            state.wake_driver();
        }
    }

    /// A oneway's handler waits in a task of its own.
    pub(super) fn begin_oneway(&self) -> usize {
        self.state().oneways.insert(())
    }

    /// A oneway's handler has ended.
    pub(super) fn end_oneway(&self, oneway: usize) {
        let mut state = self.state();
        state.oneways.remove(oneway);
        state.wake_driver();
    }

    /// Tells the peer to open no more calls; the driver ends the connection when none is left.
    pub(super) fn drain(&self) {
        let mut state = self.state();
        if let Some(goaway) = state.wire.goaway(0) {
            state.send(&*self.tx, goaway, Bytes::new(), None);
            state.flush = true;
        }
        state.wake_driver();
    }

    /// Ends the connection now, whatever runs.
    pub(super) fn kill(&self) {
        let mut state = self.state();
        state.killed = true;
        state.wake_driver();
    }

    /// The connection is gone: nobody waits for its handlers any more.
    pub(super) fn close_calls(&self) {
        let mut state = self.state();
        state.gone = true;
        let running = state.wire.calls.close();
        state.wire.streams.clear().into_iter().for_each(|kept| state.streams_ended(kept));
        let senders = std::mem::take(&mut state.senders);
        drop(state);
        for mut running in running {
            running.stop(Why::Cancelled).run();
        }
        senders.into_iter().for_each(Waker::wake);
    }

    /// The longest message that the peer takes, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.hello.max_message as usize
    }

    /// Head and message of a response.
    fn response(&self, call: u32, codec: CodecId, outcome: Outcome, metadata: Option<&Metadata>) -> (Head, BytesMut) {
        let head = Head::new(Kind::Response, call);
        let limit = self.longest();
        let fitting = |output: Output| fits("the response", output.bytes.len(), limit).map(|()| output);
        let (head, mut message) = match outcome.and_then(fitting) {
            Ok(output) if output.app_error => {
                (Head { codec: codec.0, ..head }.word(Code::Unknown as u32).flags(Flags::APP_ERROR), output.bytes)
            }
            Ok(output) => (Head { codec: codec.0, ..head }, output.bytes),
            Err(status) => {
                let not_run = if status.delivery() == Delivery::Refused { Flags::NOT_RUN } else { Flags::NONE };
                let text = status.message();
                let cut = text.floor_char_boundary(text.len().min(limit));
                (head.word(status.code() as u32).flags(not_run), BytesMut::from(&text[..cut]))
            }
        };
        let Some(metadata) = metadata else { return (head, message) };
        let mut with_block = BytesMut::new();
        Block { metadata: Some(metadata.clone()), ..Block::default() }.encode(&mut with_block);
        if with_block.len() + message.len() > limit {
            return (head, message);
        }
        with_block.unsplit(message.split());
        (head.flags(Flags::BLOCK), with_block)
    }
}

impl State {
    pub(super) fn wake_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// Nothing happened for a while: gives back memory that only a busy connection needs.
    pub(super) fn release(&mut self) {
        self.slots.iter_mut().for_each(|slots| *slots = Vec::new());
        self.senders.shrink_to_fit();
        self.backlog.shrink_to_fit();
    }

    /// Calls that are to be answered. A oneway of which a part is still to come is in the table and is not.
    pub(super) fn calls_in_flight(&self) -> usize {
        self.wire.calls.len() - usize::from(self.wire.calls.is_receiving(0))
    }

    /// Handlers that wait, and requests of which a part is still to come.
    pub(super) fn begun(&self) -> usize {
        self.wire.calls.kept() + self.oneways.len()
    }

    /// Whether as many handlers of oneways wait as may: no more requests are read until one has ended.
    pub(super) fn too_many_oneways(&self, limit: u32) -> bool {
        // One always may: else nothing would be read, and nobody's end be seen.
        self.oneways.len() >= limit.max(1) as usize
    }

    /// Whether nothing runs, no request will come, and the link has taken all there is.
    pub(super) fn finished(&self) -> bool {
        self.wire.finished() && self.oneways.is_empty() && self.backlog.is_empty()
    }

    /// A call is over: its response is in the link. Where it was the last one of a drain, it is to leave before the
    /// connection ends.
    fn finish(&mut self, call: u32) {
        self.end(Some(call));
        if self.wire.finished() {
            self.flush = true;
            self.wake_driver();
        }
    }

    /// The connection has ended: what is owed leaves no more.
    pub(super) fn forget_owed(&mut self) {
        self.backlog = VecDeque::new();
    }

    /// Sends a frame, behind those that are owed already. `ends`: the call that is over with it.
    fn send(&mut self, tx: &dyn LinkTx, head: Head, message: Bytes, ends: Option<u32>) {
        let rest = match (self.gone, self.backlog.is_empty()) {
            (true, _) => Err(message::Gone),
            (false, true) => message::send_shared(tx, head, message),
            (false, false) => Ok(Some(Fragments::new(head, message, tx.max_frame()))),
        };
        match rest {
            Ok(Some(rest)) => self.backlog.push_back(Owed { rest, ends, _charge: None }),
            Ok(None) | Err(message::Gone) => self.end(ends),
        }
    }

    fn end(&mut self, call: Option<u32>) {
        if let Some(call) = call
            && let (_, Some(kept)) = self.wire.finish(call)
        {
            self.streams_ended(kept);
        }
    }

    /// The head of the terminal frame of a call: once its items have begun it is their end.
    fn last(&self, head: Head) -> Head {
        let begun = self.wire.streams.is_begun(head.call);
        Head { kind: if begun { Kind::End } else { head.kind }, ..head }
    }

    /// Whether frames wait for room that belong to nobody.
    pub(super) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether nothing leaves any more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// A handler waits for room, which comes of flushing.
    pub(super) fn await_room(&mut self, cx: &Context<'_>) {
        self.senders.push(cx.waker().clone());
        self.flush = true;
        self.wake_driver();
    }

    /// Sends what found no room before. Whether the link has room for everybody now.
    pub(super) fn send_backlog(&mut self, tx: &dyn LinkTx, cx: &mut Context<'_>) -> bool {
        while tx.poll_space(cx).is_ready() {
            let Some(mut owed) = self.backlog.pop_front() else {
                self.give_credit(tx);
                self.senders.drain(..).for_each(Waker::wake);
                return true;
            };
            self.flush = true;
            match message::resume(tx, &mut owed.rest) {
                Ok(false) => self.backlog.push_front(owed),
                Ok(true) | Err(message::Gone) => self.end(owed.ends),
            }
        }
        false
    }
}

/// A response that the peer would refuse is refused here, where the method's name is known.
pub(super) fn fits(what: &str, got: usize, limit: usize) -> Result<(), Status> {
    if got <= limit {
        return Ok(());
    }
    let message = format!("{what} has {got} bytes, the client's limit `message` is {limit}");
    Err(Status::new(Code::ResourceExhausted, message))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer.name()).finish_non_exhaustive()
    }
}
