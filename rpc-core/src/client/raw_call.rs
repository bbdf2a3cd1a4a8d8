//! A call in bytes: finds a connection, sends the request, waits for the response. Not generic, so that it is compiled
//! once; the typed call around it gives the way to encode its arguments.
//!
//! ```text
//!   New ──▶ start ──▶ Sent ──────────────▶ Done, or the items of the reply begin
//!    ▲        │ no connection: Dialling ┐
//!    │        │ no free place:  Place   ├─ woken ─▶ start again
//!    └────────┘ no room in link: Room ──▶ Sent
//! ```

use std::{
    cell::Cell,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::BytesMut;
use tokio::time::{Instant, timeout_at};

use super::{
    ConnectError, Stub,
    connector::Unconnected,
    items::{self, Cancelled, Items, Made},
    options::{self, Options},
    reply::{Outcome, Reply, late},
    request::{Request, Room, Started},
    session::Session,
    upload::{Upload, Uploading},
};
use crate::{
    carry,
    codec::{CodecError, CodecId},
    context::Inherited,
    limits::Limits,
    method::{MethodDescriptor, method_id},
    status::{Code, Delivery, Site, Status},
    step::{Step, mark},
    stream::Form,
    timer::after,
    transport::BoxFuture,
    wire::{self, Block, Flags, Head, Kind},
};

/// Largest scratch buffer kept by a thread between calls, in bytes.
const KEEP: usize = 64 << 10;

thread_local! {
    /// Where requests are encoded before they are handed to a link: one buffer per thread instead of one per call.
    static SCRATCH: Cell<BytesMut> = Cell::default();
}

/// How to encode the arguments.
pub(super) type Encoder<'a> = &'a dyn Fn(CodecId, &mut BytesMut) -> Result<(), CodecError>;

/// A call in bytes.
pub(super) struct RawCall<'a> {
    stub: &'a Stub,
    method: &'static MethodDescriptor,
    options: Option<Box<Options>>,
    stage: Stage<'a>,
    /// The items that the caller sends, until they are under way.
    upload: Option<Box<dyn Upload>>,
    started: Option<Instant>,
    /// The time of this poll, where it is known.
    clock: Option<Instant>,
    deadline: Option<Instant>,
    attempts: u32,
    /// A server that takes calls has refused it, and it was sent again.
    refused: bool,
    /// The end of the call that this one is made for, where the two are not dropped together.
    cancelled: Option<Cancelled>,
    peer: Option<Arc<str>>,
}

enum Stage<'a> {
    New,
    Dialling(BoxFuture<'a, Result<Arc<Session>, Status>>),
    Place { session: Arc<Session>, key: usize },
    Room { session: Arc<Session>, key: usize, rest: Box<wire::Fragments> },
    Sent { session: Arc<Session>, key: usize, id: u32 },
    Done,
}

impl<'a> RawCall<'a> {
    pub(super) fn new(stub: &'a Stub, method: &'static MethodDescriptor) -> Self {
        let (started, deadline, peer) = (None, None, None);
        Self {
            stub,
            method,
            options: None,
            stage: Stage::New,
            upload: None,
            started,
            clock: None,
            deadline,
            attempts: 0,
            refused: false,
            cancelled: None,
            peer,
        }
    }

    pub(super) fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    /// The items that the caller sends.
    pub(super) fn send(&mut self, items: Box<dyn Upload>) {
        self.upload = Some(items);
    }

    pub(super) fn limits(&self) -> &'a Limits {
        self.stub.channel.limits()
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Who answered, or would.
    pub(super) fn peer(&self) -> Arc<str> {
        self.peer.clone().unwrap_or_else(|| self.stub.channel.target().clone())
    }

    /// The response does not decode.
    pub(super) fn undecodable(&self, error: CodecError) -> Status {
        let status = Status::new(Code::Internal, format!("the response does not decode: {error}"));
        self.failed(status, Step::DecodeResponse)
    }

    /// # Panics
    /// When polled after it was ready, as any future may.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, encode: Encoder<'_>) -> Poll<Result<Reply, Status>> {
        if self.started.is_none() {
            self.begin();
        }
        if items::is_cancelled(&mut self.cancelled, cx) {
            return Poll::Ready(Err(self.cancel()));
        }
        loop {
            match std::mem::replace(&mut self.stage, Stage::Done) {
                Stage::New => match self.stub.channel.session() {
                    Some(session) => {
                        if let Some(end) = self.start(cx, encode, session, None) {
                            return end;
                        }
                    }
                    None => self.dial(),
                },
                Stage::Dialling(mut dialling) => match dialling.as_mut().poll(cx) {
                    Poll::Pending => return self.wait(Stage::Dialling(dialling)),
                    Poll::Ready(Err(status)) => return Poll::Ready(Err(self.failed(status, Step::SendRequest))),
                    Poll::Ready(Ok(session)) => {
                        if let Some(end) = self.start(cx, encode, session, None) {
                            return end;
                        }
                    }
                },
                Stage::Place { session, key } => match session.outcome(cx, key) {
                    None => {
                        // Encoding runs code of the user: should it panic, the place in the queue is given up.
                        self.stage = Stage::Place { session: session.clone(), key };
                        if let Some(end) = self.start(cx, encode, session, Some(key)) {
                            return end;
                        }
                    }
                    Some(Outcome::Lost(_)) => {
                        session.give_up(key, None, None);
                        self.dial();
                    }
                    Some(outcome) => {
                        session.give_up(key, None, None);
                        return self.end(outcome, false, Step::SendRequest);
                    }
                },
                Stage::Room { session, key, mut rest } => match session.poll_room(cx, key, &mut rest) {
                    Poll::Pending => return self.wait(Stage::Room { session, key, rest }),
                    Poll::Ready(Room::Ended(outcome)) => return self.end(outcome, rest.begun(), Step::SendRequest),
                    Poll::Ready(Room::Gone) => self.dial(),
                    Poll::Ready(Room::Sent) if self.method.oneway => {
                        session.give_up(key, None, None);
                        return Poll::Ready(Ok(Reply::handed_over()));
                    }
                    Poll::Ready(Room::Sent) => self.sent(session, key, rest.call()),
                },
                Stage::Sent { session, key, id } => match session.poll_outcome(cx, key) {
                    Poll::Pending => return self.wait(Stage::Sent { session, key, id }),
                    Poll::Ready(outcome) if outcome.may_run_elsewhere() && self.goes_on(&session) => self.dial(),
                    Poll::Ready(Outcome::Begun(reply)) => return Poll::Ready(Ok(self.begun(reply, session, key, id))),
                    Poll::Ready(outcome) => return self.end(outcome, true, Step::ReceiveResponse),
                },
                Stage::Done => panic!("a call was polled after it was ready"),
            }
        }
    }

    /// All of the request was handed to the link: the caller's items follow.
    fn sent(&mut self, session: Arc<Session>, key: usize, id: u32) {
        self.stage = Stage::Sent { session: session.clone(), key, id };
        let Some(items) = self.upload.take() else { return };
        let Some(stream) = session.begin_items(key) else { return };
        let uploading = Uploading::new(session, stream, id, items);
        // Calls that the caller's stream makes are made for the call that this one is made for.
        match self.options.as_ref().is_some_and(|options| options.detached) {
            true => drop(tokio::spawn(uploading)),
            false => drop(carry::spawn(uploading)),
        }
    }

    /// The items of the reply begin: from here on they are the call.
    fn begun(&mut self, mut reply: Reply, session: Arc<Session>, key: usize, call: u32) -> Reply {
        mark(Step::Deliver);
        let (service, method, timeout) = (self.stub.service.clone(), self.method.name, self.own_timeout());
        let made = Made { service, method, started: self.started.unwrap_or_else(Instant::now), timeout };
        let Some(stream) = session.stream_of(key) else { return reply };
        let (channel, cancelled) = (Some(self.stub.channel.clone()), self.cancelled.take());
        let items = Items { session, channel, key: Some(key), call, stream, made, cancelled };
        reply.items = Some(Box::new(items));
        reply
    }

    /// Whether a call that a server has refused is sent again: to the next connection where this one takes no more calls,
    /// and else once. A server that always drains does not have it go round for ever: then there is a pause. One whose
    /// items are under way is not, for those that have gone are gone.
    fn goes_on(&mut self, session: &Session) -> bool {
        if self.method.takes_items {
            return false;
        }
        !session.is_open() || !std::mem::replace(&mut self.refused, true)
    }

    /// The first poll: sets the clock.
    fn begin(&mut self) {
        mark(Step::Call);
        let now = Instant::now();
        self.started = Some(now);
        self.clock = Some(now);
        let options = self.options.as_deref();
        let detached = options.is_some_and(|options| options.detached);
        let inherited = if detached { Inherited::default() } else { Inherited::here() };
        let own = after(now, self.timeout());
        self.deadline = [own, inherited.deadline].into_iter().flatten().min();
        self.cancelled = inherited.cancelled.map(|cancelled| Box::pin(cancelled.cancelled_owned()));
    }

    /// The call that this one is made for has been cancelled, and so is this one.
    fn cancel(&mut self) -> Status {
        let (sent, step) = match &self.stage {
            Stage::New | Stage::Dialling(_) | Stage::Place { .. } | Stage::Done => (false, Step::SendRequest),
            Stage::Room { rest, .. } => (rest.begun(), Step::SendRequest),
            Stage::Sent { .. } => (true, Step::ReceiveResponse),
        };
        self.give_up();
        let delivery = if sent { Delivery::Unknown } else { Delivery::NotSent };
        self.failed(items::cancelled().delivered(delivery), step)
    }

    /// Nobody waits for the call any more.
    fn give_up(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::New | Stage::Dialling(_) | Stage::Done => {}
            Stage::Place { session, key } => session.give_up(key, None, None),
            Stage::Room { session, key, rest } => session.give_up(key, None, Some(&rest)),
            Stage::Sent { session, key, id } => session.give_up(key, Some(id), None),
        }
    }

    /// The time that the caller, the method or the channel gives the call. The channel gives one with streams none as a
    /// whole, see [`opening`](Self::opening).
    fn timeout(&self) -> Duration {
        let own = self.options.as_ref().and_then(|options| options.timeout);
        let whole = if self.method.streams() { Duration::MAX } else { self.limits().call_timeout };
        own.or(self.method.timeout).unwrap_or(whole)
    }

    /// Until when all that comes before items must be done.
    fn opening(&self) -> Option<Instant> {
        let opening = self.started.filter(|_| self.method.streams());
        let opening = opening.and_then(|started| after(started, self.limits().call_timeout));
        let own = self.options.as_ref().and_then(|options| options.timeout).or(self.method.timeout);
        [self.deadline, opening.filter(|_| own.is_none())].into_iter().flatten().min()
    }

    /// The call's own time, unless the deadline it inherited is nearer.
    fn own_timeout(&self) -> Option<Duration> {
        let timeout = self.timeout();
        let own = self.started.and_then(|started| after(started, timeout));
        (self.deadline == own).then(|| if own.is_none() { self.limits().call_timeout } else { timeout })
    }

    /// Looks for a connection that takes calls, which may have to be made first. Nothing of the call is under way.
    fn dial(&mut self) {
        let (channel, deadline, timeout) = (&self.stub.channel, self.opening(), self.own_timeout());
        let patient = self.options.as_ref().is_some_and(|options| options.wait_for_ready);
        self.stage = Stage::Dialling(Box::pin(async move {
            let ready = channel.ready(patient);
            let ready = match deadline {
                Some(deadline) => timeout_at(deadline, ready).await,
                None => Ok(ready.await),
            };
            match ready {
                Ok(ready) => ready.map_err(Unconnected::into_status),
                Err(_) => Err(unreached(timeout, channel.last_error())),
            }
        }));
    }

    /// Encodes the request and starts it on a connection. `Some` when the call has ended with that.
    fn start(
        &mut self,
        cx: &mut Context<'_>,
        encode: Encoder<'_>,
        session: Arc<Session>,
        key: Option<usize>,
    ) -> Option<Poll<Result<Reply, Status>>> {
        self.attempts += u32::from(key.is_none());
        let mut message = SCRATCH.take();
        let head = self.request(&session, encode, &mut message);
        mark(Step::SendRequest);
        let deadline = self.opening();
        let streams = options::streams(self.options.as_deref(), self.method, self.limits(), self.deadline);
        let started =
            head.map(|head| session.start(cx, Request { head, message: &mut message, deadline, key, streams }));
        message.clear();
        if message.capacity() <= KEEP {
            SCRATCH.set(message);
        }
        self.peer = Some(session.name.clone());
        // No code of the user runs from here on: the place in the queue needs no keeping.
        self.stage = Stage::Done;
        self.stage = match started {
            Ok(Started::Sent { key: Some(key), id }) => {
                self.sent(session, key, id);
                return None;
            }
            Ok(Started::Sent { key: None, .. }) => return Some(Poll::Ready(Ok(Reply::handed_over()))),
            Ok(Started::NeedsRoom { key, rest }) => Stage::Room { session, key, rest },
            Ok(Started::NeedsPlace { key }) => return Some(self.wait(Stage::Place { session, key })),
            Ok(Started::Gone) => {
                self.dial();
                return None;
            }
            Ok(Started::TooManyWait) => {
                let limits = self.limits();
                let message = format!(
                    "{} calls are in flight, as many as the server allows, and {} wait, the limit `waiting_calls`",
                    session.peer.calls_in_flight, limits.waiting_calls
                );
                return Some(self.unsent(Code::ResourceExhausted, message, Step::SendRequest));
            }
            Err(status) => {
                if let Some(key) = key {
                    session.give_up(key, None, None);
                }
                // What one server announced says nothing of the one that has taken its place.
                let announced = [Code::Unimplemented, Code::ResourceExhausted].contains(&status.code());
                if announced && !session.is_open() {
                    self.dial();
                    return None;
                }
                return Some(Poll::Ready(Err(self.failed(status, Step::EncodeRequest))));
            }
        };
        None
    }

    /// The request's head, and block and arguments in `message`.
    fn request(&mut self, session: &Session, encode: Encoder<'_>, message: &mut BytesMut) -> Result<Head, Status> {
        let unsent = |code, message: String| Status::new(code, message).delivered(Delivery::NotSent);
        self.check_service(session)?;
        options::check_streams(self.options.as_deref(), self.method, self.limits(), &session.peer.credits)?;
        let mut head = Head::new(Kind::Request, u32::from(!self.method.oneway));
        head.codec = session.codec.0;
        head.word = method_id(self.stub.hash, self.method.hash);
        let mut block = Block::default();
        if let Some(deadline) = self.deadline {
            let now = self.clock.take().unwrap_or_else(Instant::now);
            let left = deadline.saturating_duration_since(now);
            if left.is_zero() {
                return Err(late(self.own_timeout()).delivered(Delivery::NotSent));
            }
            (head.extra, block.time_left) = wire::encode_time_left(left);
        }
        if let Some(options) = &self.options {
            block.metadata = options.metadata()?;
            block.window = options.window.filter(|_| self.method.gives_items);
        }
        if self.method.takes_items && self.upload.is_none() {
            head = head.flags(Flags::END);
        }
        if !block.is_empty() {
            block.encode(message);
            head = head.flags(Flags::BLOCK);
        }
        mark(Step::EncodeRequest);
        encode(session.codec, message)
            .map_err(|error| unsent(Code::InvalidArgument, format!("the arguments cannot be encoded: {error}")))?;
        let (got, limit) = (message.len(), session.peer.max_message as usize);
        if got > limit {
            let text = format!("the request has {got} bytes, the server's limit `message` is {limit}");
            return Err(unsent(Code::ResourceExhausted, text));
        }
        Ok(head)
    }

    /// A server that names its services and not this one would only refuse the call.
    fn check_service(&self, session: &Session) -> Result<(), Status> {
        if session.peer.calls_in_flight == 0 && !self.method.oneway {
            return Err(Status::new(Code::Unimplemented, "the server takes no calls").delivered(Delivery::NotSent));
        }
        let services = &session.peer.services;
        if services.is_empty() || services.iter().any(|service| service.hash == self.stub.hash) {
            return Ok(());
        }
        let names: Vec<&str> = services.iter().map(|service| &*service.name).collect();
        let message = format!("the server has no service `{}`; it has: {}", self.stub.service, names.join(", "));
        Err(Status::new(Code::Unimplemented, message).delivered(Delivery::NotSent))
    }

    /// What the items of a reply have in common.
    pub(super) fn form(&self, codec: CodecId) -> Form {
        options::form(self.options.as_deref(), self.limits(), codec)
    }

    fn wait(&mut self, stage: Stage<'a>) -> Poll<Result<Reply, Status>> {
        self.stage = stage;
        self.clock = None;
        Poll::Pending
    }

    fn end(&mut self, outcome: Outcome, sent: bool, step: Step) -> Poll<Result<Reply, Status>> {
        mark(Step::Deliver);
        Poll::Ready(outcome.into_reply(sent, self.own_timeout()).map_err(|status| self.failed(status, step)))
    }

    fn unsent(&self, code: Code, message: String, step: Step) -> Poll<Result<Reply, Status>> {
        let status = Status::new(code, message).delivered(Delivery::NotSent);
        Poll::Ready(Err(self.failed(status, step)))
    }

    /// Says of a failure which call it was.
    fn failed(&self, status: Status, step: Step) -> Status {
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        let (service, method, peer) = (self.stub.service.clone(), self.method.name, self.peer());
        status.at(Site { service, method, peer, step, elapsed })
    }
}

/// The deadline has passed before there was a connection.
fn unreached(timeout: Option<Duration>, last: Option<ConnectError>) -> Status {
    let late = late(timeout).delivered(Delivery::NotSent);
    let Some(error) = last else { return late };
    let message = format!("{}, with no connection: {error}", late.message());
    Status::new(late.code(), message).delivered(Delivery::NotSent).sourced(error.source())
}

impl Drop for RawCall<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl fmt::Debug for RawCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("service", &self.stub.service)
            .field("method", &self.method.name)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
