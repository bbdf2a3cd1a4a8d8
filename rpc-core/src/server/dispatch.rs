//! From a frame to a running method: what the driver does with each frame, in one turn, without waiting.
//!
//! Each handler is polled once, here, with the whole batch's responses going out in one write afterwards. One that
//! waits goes on in a task of its own, and so does one whose method has shown to be slow.

use std::{
    ops::ControlFlow,
    sync::{Arc, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    argument::Argument,
    connection::{Connection, State},
    giving::Giving,
    handler::HandlerTask,
    router::Route,
    running::{Running, Stop, Why},
    service::{Request, Streams},
    slot::Slot,
    streams::{self, Opened},
};
use crate::{
    body::Body,
    budget::{Charge, Full},
    codec::CodecId,
    events::{Cause, say},
    link::{FrameBody, FrameSink},
    metadata::Metadata,
    method::MethodDescriptor,
    status::{Code, Delivery, Status},
    step::{Step, mark},
    stream::{Ending, Form, Run, Taken},
    timer,
    wire::{self, Block, CalleeEvent, Flags, Head, Kind, ProtocolError, Refusal},
};

/// A part of the handlers of a server that each connection may have, however many others run, and the most of it: those
/// who take all that there are do not keep the others from calling.
const SHARE: usize = 64;
const HANDLERS: usize = 16;
/// A deadline this near is checked against a fresh look at the clock; others against the one look of their batch.
const NEAR: Duration = Duration::from_millis(100);

/// Takes the frames of one turn.
pub(super) struct Dispatch<'a> {
    pub(super) connection: &'a Arc<Connection>,
    /// The driver's own slots, one per service, which need no lock.
    pub(super) slots: &'a mut [Option<Slot>],
    /// When the turn began.
    pub(super) now: Instant,
    /// Every first poll is timed, because the last batches were slow.
    pub(super) timed: bool,
    /// Calls that ran in this turn.
    pub(super) calls: u32,
    /// Those of them that were given to a handler.
    pub(super) started: u32,
    /// Requests that were refused.
    pub(super) refused: u32,
    /// Pings of this second, and when it began.
    pub(super) pings: &'a mut (u32, Instant),
    /// What is held of a long frame of which a part has come.
    pub(super) arriving: &'a mut Option<Charge>,
    /// Items of one stream that came right behind each other.
    pub(super) run: &'a mut Run,
    /// Why the connection is to end.
    pub(super) end: Option<End>,
}

/// Why a connection ends by this side's will.
#[derive(Debug)]
pub(super) enum End {
    /// The peer broke the protocol and is told so.
    Violation(ProtocolError),
    /// The peer says that we broke it.
    Fault,
}

impl FrameSink for Dispatch<'_> {
    fn frame(&mut self, head: &Head, mut body: FrameBody<'_>) -> ControlFlow<()> {
        if self.run.take(head, &mut body) {
            return ControlFlow::Continue(());
        }
        self.hand_over()?;
        if self.run.take(head, &mut body) {
            return ControlFlow::Continue(());
        }
        self.handle(head, body)
    }

    fn admit(&mut self, head: &Head, message: usize, bytes: usize) -> bool {
        if self.hand_over().is_break() {
            return false;
        }
        self.make_room(head, message, bytes)
    }
}

impl Dispatch<'_> {
    fn handle(&mut self, head: &Head, mut body: FrameBody<'_>) -> ControlFlow<()> {
        if head.kind == Kind::Request {
            mark(Step::ReceiveRequest);
        }
        // It has come.
        *self.arriving = None;
        let mut state = self.connection.state();
        state.due.note();
        match state.wire.handle_frame(head, &mut body) {
            Ok(CalleeEvent::Nothing) => {}
            Ok(CalleeEvent::Item { kept, head, joined, cost }) => {
                let to = streams::inbox(kept);
                return self.item(state, (head, cost), to, streams::item(joined, body));
            }
            Ok(CalleeEvent::Ended(kept)) => {
                let inbox = streams::inbox(kept);
                let ended = Ending { failure: None, metadata: Metadata::default() };
                let reader = inbox.and_then(|inbox| state.items_ended(inbox, ended));
                drop(state);
                reader.into_iter().for_each(Waker::wake);
            }
            Ok(CalleeEvent::Dropped(call, name, limit)) => {
                let stop = state.refuse_item(call, 0, Full { name, limit });
                drop(state);
                stop.into_iter().for_each(Stop::run);
            }
            Ok(CalleeEvent::Credit(call)) => state.credit_came(call),
            Ok(CalleeEvent::Run { head, joined }) => {
                drop(state);
                let message = match joined {
                    Some(joined) => FrameBody::from(Bytes::from(joined)),
                    None => body,
                };
                return self.request(&head, message);
            }
            Ok(CalleeEvent::Refuse(call, refusal)) => {
                drop(state);
                self.turn_away(call, refusal);
            }
            Ok(CalleeEvent::Cancel(running)) => {
                let stop = running.stop(Why::Cancelled);
                drop(state);
                stop.run();
            }
            Ok(CalleeEvent::Send(head) | CalleeEvent::Goaway(Some(head))) => {
                drop(state);
                if head.kind == Kind::Pong {
                    if self.now.duration_since(self.pings.1) >= Duration::from_secs(1) {
                        *self.pings = (0, self.now);
                    }
                    self.pings.0 += 1;
                    let limit = self.connection.shared.limits.pings;
                    if self.pings.0 > limit {
                        return self.end(End::Violation(ProtocolError::TooManyPings { limit }));
                    }
                }
                self.connection.send(head, Bytes::new());
            }
            Ok(CalleeEvent::Goaway(None)) => {}
            Ok(CalleeEvent::Fault(_)) => return self.end(End::Fault),
            Err(error) => return self.end(End::Violation(error)),
        }
        ControlFlow::Continue(())
    }

    /// Takes memory for a long frame, or does without it.
    fn make_room(&mut self, head: &Head, message: usize, bytes: usize) -> bool {
        let room = &self.connection.requests;
        let Err(full) = (match self.arriving {
            Some(charge) => charge.grow_to(bytes),
            None => room.take(bytes).map(|charge| *self.arriving = Some(charge)),
        }) else {
            return true;
        };
        *self.arriving = None;
        let mut state = self.connection.state();
        match state.wire.handle_dropped(head, message, full) {
            Ok(CalleeEvent::Refuse(call, refusal)) => {
                drop(state);
                self.turn_away(call, refusal);
            }
            Ok(CalleeEvent::Send(head) | CalleeEvent::Goaway(Some(head))) => {
                drop(state);
                self.connection.send(head, Bytes::new());
            }
            Ok(CalleeEvent::Dropped(call, name, limit)) => {
                let stop = state.refuse_item(call, 0, Full { name, limit });
                drop(state);
                stop.into_iter().for_each(Stop::run);
            }
            Ok(CalleeEvent::Fault(_)) => self.end = Some(End::Fault),
            Ok(_) => {}
            Err(error) => self.end = Some(End::Violation(error)),
        }
        false
    }

    /// Hands the items over that were gathered.
    pub(super) fn hand_over(&mut self) -> ControlFlow<()> {
        let Some(head) = self.run.head() else { return ControlFlow::Continue(()) };
        let (Taken { bytes, items }, last) = self.run.cost();
        let mut state = self.connection.state();
        state.due.note();
        if let Some(kept) = state.wire.handle_run(head.call, (bytes, items), last) {
            let inbox = streams::inbox(kept);
            let came = inbox.map_or(Ok(None), |inbox| state.items_came(inbox, self.run.items()));
            let stop = came.as_ref().err().and_then(|full| state.refuse_item(head.call, bytes, *full));
            drop(state);
            self.run.items().clear();
            came.into_iter().flatten().for_each(Waker::wake);
            stop.into_iter().for_each(Stop::run);
            return ControlFlow::Continue(());
        }
        drop(state);
        // Something is not as it mostly is: each by itself says what.
        let mut items = std::mem::take(self.run.items());
        while let Some(item) = items.next() {
            self.handle(&head, FrameBody::owned(Body::copy(item.bytes.as_slice())))?;
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: End) -> ControlFlow<()> {
        self.end = Some(end);
        ControlFlow::Break(())
    }

    /// An item of a stream.
    fn item(
        &mut self,
        mut state: MutexGuard<'_, State>,
        (head, cost): (Head, usize),
        inbox: Option<usize>,
        item: FrameBody<'_>,
    ) -> ControlFlow<()> {
        let Some(inbox) = inbox else { return ControlFlow::Continue(()) };
        let came = match head.flags.has(Flags::COMPRESSED) {
            true => Err(Full { name: "compression", limit: 0 }),
            false => state.item_came(inbox, cost, item),
        };
        let (reader, stop) = match came {
            Ok(reader) if head.flags.has(Flags::END) => {
                let ended = Ending { failure: None, metadata: Metadata::default() };
                let ended = state.items_ended(inbox, ended);
                (reader.or(ended), None)
            }
            Ok(reader) => (reader, None),
            Err(full) => {
                // Whoever reads elsewhere must not take it for the end.
                let ended = Ending::failed(Why::NoRoom(full).status());
                (state.items_ended(inbox, ended), state.refuse_item(head.call, cost, full))
            }
        };
        drop(state);
        reader.into_iter().for_each(Waker::wake);
        stop.into_iter().for_each(Stop::run);
        ControlFlow::Continue(())
    }

    fn note_refusal(&mut self, status: &Status) {
        self.refused += 1;
        say(Cause::Refused, self.connection.peer.name(), || format!("a request was refused: {status}"));
    }

    fn turn_away(&mut self, call: u32, refusal: Refusal) {
        let status = refused(refusal);
        self.note_refusal(&status);
        self.connection.turn_away(call, status);
    }

    /// A whole request.
    fn request(&mut self, head: &Head, message: FrameBody<'_>) -> ControlFlow<()> {
        self.calls += 1;
        let bytes = message.len();
        match self.prepare(head, message) {
            Ok((route, slot)) => self.run(head, route, slot, bytes),
            Err(status) => {
                self.note_refusal(&status);
                self.connection.refuse(head.call, status);
                ControlFlow::Continue(())
            }
        }
    }

    /// Finds the method and starts its handler in a slot. An error means that the method has not run.
    fn prepare(&mut self, head: &Head, mut message: FrameBody<'_>) -> Result<(Route, Slot), Status> {
        let shared = &self.connection.shared;
        let refuse = |code, message: String| Status::new(code, message).delivered(Delivery::Refused);
        let route = shared
            .router
            .find(head.word)
            .ok_or_else(|| refuse(Code::Unimplemented, "the server has no such method".to_owned()))?;
        let codec = CodecId(head.codec);
        if !codec.is_supported() {
            return Err(refuse(Code::Unimplemented, format!("the server has no codec {codec}")));
        }
        if head.flags.has(Flags::COMPRESSED) {
            return Err(refuse(Code::Unimplemented, "compression was not agreed".to_owned()));
        }
        self.room(message.len()).map_err(|Full { name, limit }| {
            refuse(Code::ResourceExhausted, format!("the server's limit `{name}` of {limit} is reached"))
        })?;
        let (block, start) = self.block(head, &mut message).map_err(|why| {
            refuse(Code::InvalidArgument, format!("the block before the arguments is refused: {why}"))
        })?;
        let deadline = self.deadline(head, &block)?;
        let method = shared.router.method(route);
        let streams = match method.streams() {
            true => Some(self.open_streams(head, method, &block)?),
            false => None,
        };
        let mut slot = self.slots[route.service].take().unwrap_or_else(|| self.connection.slot(route.service));
        if let Some(scope) = &mut slot.scope {
            scope.deadline = deadline;
            scope.metadata = block.metadata.map(Arc::new);
            scope.method = method.name;
            scope.cancelled = None;
            scope.response = None;
        }
        let out = std::mem::take(&mut slot.out);
        let (body, decode): (Body, _) = (message.into_body(start), shared.limits.decode);
        shared
            .router
            .service(route)
            .start(Request { method: route.method, codec, body, out, decode, streams }, &mut slot);
        Ok((route, slot))
    }

    /// Opens the streams of a call.
    fn open_streams(&self, head: &Head, method: &MethodDescriptor, block: &Block) -> Result<Box<Streams>, Status> {
        if head.call == 0 {
            let text = "a method with streams has no oneway calls";
            return Err(Status::new(Code::InvalidArgument, text).delivered(Delivery::Refused));
        }
        let ended = head.flags.has(Flags::END);
        let opened = self.connection.open_streams((head.call, method), block.window, ended);
        let Opened { stream, inbox } = opened.map_err(|why| {
            let status = Status::new(Code::Unimplemented, why);
            status.delivered(Delivery::Refused)
        })?;
        let (connection, codec) = (self.connection, CodecId(head.codec));
        let limits = &connection.shared.limits;
        let form = Form::new(codec, limits.decode, (limits.stream_bytes, limits.stream_items));
        Ok(Box::new(Streams {
            argument: inbox.map(|inbox| Argument::new(connection.clone(), inbox, stream)),
            giving: method.gives_items.then(|| Giving::new(connection.clone(), head.call, stream, codec)),
            form,
            metadata: block.metadata.clone().unwrap_or_default(),
        }))
    }

    /// Whether there is room for one handler more, with so many bytes of arguments, should it wait.
    fn room(&self, bytes: usize) -> Result<(), Full> {
        let (shared, limit) = (&self.connection.shared, self.connection.shared.limits.running_handlers);
        let share = (limit / SHARE).min(HANDLERS);
        if shared.handlers.len() >= limit && self.connection.state().begun() >= share {
            return Err(Full { name: "running_handlers", limit });
        }
        self.connection.requests.check(bytes)
    }

    /// The block and where the arguments begin.
    fn block(&self, head: &Head, message: &mut FrameBody<'_>) -> Result<(Block, usize), &'static str> {
        if !head.flags.has(Flags::BLOCK) {
            return Ok((Block::default(), 0));
        }
        let message = message.as_slice();
        let (block, body) = wire::split_block(message, &self.connection.shared.limits)?;
        Ok((block, message.len() - body.len()))
    }

    fn deadline(&self, head: &Head, block: &Block) -> Result<Option<Instant>, Status> {
        let Some(left) = wire::time_left(head.extra, block) else { return Ok(None) };
        let left = left.min(self.connection.shared.limits.deadline);
        let deadline = timer::after(self.now, left);
        if left < NEAR && deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            let message = "the deadline had passed before the method could run";
            return Err(Status::new(Code::DeadlineExceeded, message).delivered(Delivery::Refused));
        }
        Ok(deadline)
    }

    /// Polls a started handler once, and lets it go on elsewhere if it waits.
    fn run(&mut self, head: &Head, route: Route, mut slot: Slot, bytes: usize) -> ControlFlow<()> {
        self.started += 1;
        let pace = self.connection.shared.pace(route);
        if pace.demoted() {
            return self.spawn(head, route, (slot, bytes), true);
        }
        let start = self.timed.then(Instant::now);
        // The task that goes on with a waiting handler polls it again at once, so that no wake-up is lost here.
        let polled = slot.poll(&mut Context::from_waker(Waker::noop()));
        if let Some(start) = start {
            pace.report(start.elapsed());
        }
        let Poll::Ready(outcome) = polled else {
            return self.spawn(head, route, (slot, bytes), false);
        };
        let rest = match head.call {
            0 => None,
            call => self.connection.respond(call, CodecId(head.codec), outcome, &mut slot),
        };
        self.slots[route.service] = Some(slot);
        let Some(rest) = rest else { return ControlFlow::Continue(()) };
        let task = HandlerTask::sending(self.connection.clone(), head.call, route, rest);
        self.connection.shared.handlers.spawn(task);
        // The peer does not read: take no more requests from it until it does.
        ControlFlow::Break(())
    }

    fn spawn(&mut self, head: &Head, route: Route, (mut slot, bytes): (Slot, usize), fresh: bool) -> ControlFlow<()> {
        let Some(scope) = &mut slot.scope else { return ControlFlow::Continue(()) };
        let deadline = scope.deadline;
        if head.call != 0 {
            // Kept before the task exists, so that the task finds its call however soon it ends.
            let running = Running::new(deadline, scope.cancelled.get_or_insert_default().clone());
            let mut state = self.connection.state();
            state.wire.calls.attach(head.call, running);
            state.due.by(deadline);
        }
        let call = (head.call, CodecId(head.codec), route);
        let task = HandlerTask::new(self.connection.clone(), call, slot, bytes, fresh);
        let handle = self.connection.shared.handlers.spawn(task).abort_handle();
        // Only this task handles frames: the id cannot have come to mean another call meanwhile.
        let mut state = self.connection.state();
        if let Some(running) = state.wire.calls.get(head.call) {
            running.task = Some(handle);
        }
        match state.too_many_oneways(self.connection.shared.limits.calls_in_flight) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn refused(refusal: Refusal) -> Status {
    let status = match refusal {
        Refusal::NoRoom(limit @ "stall_timeout", value) => {
            let text = format!("nothing more came of the request for {value} s, the server's limit `{limit}`");
            Status::new(Code::ResourceExhausted, text)
        }
        Refusal::NoRoom(limit, value) => {
            Status::new(Code::ResourceExhausted, format!("the server's limit `{limit}` of {value} is reached"))
        }
        Refusal::Draining => Status::new(Code::Unavailable, "the server is shutting down"),
        Refusal::Cancelled => Status::new(Code::Cancelled, "the call was cancelled before all of it had arrived"),
    };
    status.delivered(Delivery::Refused)
}
