//! The one task that moves frames for a connection of a client: reads replies and wakes their callers, flushes what
//! several callers send together, and watches the time.

use std::{
    fmt,
    future::Future,
    io,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    reply::Outcome,
    session::{Session, State},
    waiting::Expired,
};
use crate::{
    body::Body,
    link::{Closed, Delivered, FrameBody, FrameSink, LinkRx, message},
    spare,
    status::one_line,
    step::{Step, mark},
    stream::{Run, Taken},
    timer::Timer,
    wire::{CallerEvent, Flags, Head, Kind, ProtocolError},
};

/// Frames of one turn, and so callers woken in one: more runnable tasks than a worker's queue of 256 holds would
/// starve each other.
const BUDGET: usize = 128;

/// Time for the last frames to leave, and for the server to close, when nobody calls any more.
const LINGER: Duration = Duration::from_secs(1);

/// The driver of a client's connection; it is done when the connection has ended.
pub(super) struct Driver {
    session: Arc<Session>,
    rx: Box<dyn LinkRx>,
    timer: Timer,
    /// Callers to wake when the lock is released; kept for its memory.
    wakers: Vec<Waker>,
    run: Run,
    /// It has given way once to those who may have more to send, since it was asked to flush.
    gave_way: bool,
    /// The link has not taken everything yet.
    unflushed: bool,
    /// Until when what was sent may leave, once nobody calls any more.
    closing: Option<Instant>,
    /// Something came since the last look.
    heard: bool,
    /// How far what comes and what goes had come at the last look.
    moved: [Option<u64>; 2],
    /// When something came last, as far as the looks tell, or calls began; and whether a ping has been sent since.
    silence: Option<Silence>,
}

/// A server that has not said a word while calls are in flight.
struct Silence {
    since: Instant,
    pinged: Option<Instant>,
}

impl Driver {
    pub(super) fn new(session: Arc<Session>, rx: Box<dyn LinkRx>) -> Self {
        let timer = Timer::default();
        Self {
            session,
            rx,
            timer,
            wakers: Vec::new(),
            run: Run::default(),
            gave_way: false,
            unflushed: false,
            closing: None,
            heard: false,
            moved: [None; 2],
            silence: None,
        }
    }

    /// Takes replies and wakes their callers. An error says why the connection has ended.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), String> {
        let mut left = BUDGET;
        loop {
            let mut sink = Replies { session: &self.session, wakers: &mut self.wakers, run: &mut self.run, end: None };
            let delivered = self.rx.poll_frames(cx, left, &mut sink);
            let _ = sink.hand_over();
            let end = sink.end;
            self.wakers.drain(..).for_each(Waker::wake);
            match (end, delivered) {
                (Some(End::Violation(error)), _) | (None, Poll::Ready(Delivered::Closed(Closed::Protocol(error)))) => {
                    return Err(self.violated(cx, &error));
                }
                (Some(End::Fault(why)), _) => return Err(why),
                (None, Poll::Pending) => return Ok(()),
                (None, Poll::Ready(Delivered::Closed(closed))) => return Err(closed.to_string()),
                (None, Poll::Ready(Delivered::Frames(frames))) => {
                    self.heard = true;
                    left = left.saturating_sub(frames);
                }
            }
            if left == 0 {
                cx.waker().wake_by_ref();
                return Ok(());
            }
        }
    }

    /// The peer broke the protocol: it is told so as far as the link takes it now.
    fn violated(&self, cx: &mut Context<'_>, error: &ProtocolError) -> String {
        let (tx, longest) = (&*self.session.tx, self.session.peer.max_message as usize);
        let text = message::last_words(tx, error.to_string(), longest);
        let head = Head::new(Kind::Error, 0).word(error.code());
        let _ = message::send_shared(tx, head, text);
        let _ = tx.poll_flush(cx);
        format!("the server broke the protocol: {error}")
    }

    /// Moves out what callers have sent: at the second look, so that every caller that is ready gets into the same
    /// write.
    fn flush(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let mut state = self.session.state();
        state.send_backlog(&*self.session.tx, cx, &mut self.wakers);
        let asked = std::mem::take(&mut state.flush);
        if asked && !self.gave_way {
            state.flush = true;
        }
        drop(state);
        self.wakers.drain(..).for_each(Waker::wake);
        if asked && !self.gave_way {
            self.gave_way = true;
            cx.waker().wake_by_ref();
        } else if asked || self.unflushed {
            self.gave_way = false;
            let flushed = self.session.tx.poll_flush(cx);
            self.unflushed = flushed.is_pending();
            if let Poll::Ready(flushed) = flushed {
                return flushed;
            }
        }
        Ok(())
    }

    /// Nobody calls any more: what was sent leaves, and the connection ends. The server ends what still runs.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = *self.closing.get_or_insert_with(|| Instant::now() + LINGER);
        let left = self.session.tx.poll_shutdown(cx).is_ready();
        let closed = self.rx.poll_discard(cx).is_ready();
        if left && closed || self.timer.poll_at(cx, Some(until)) {
            self.session.lose("nobody called on it any more".to_owned());
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// The timer has fired: ends calls that are too late, asks a server that says nothing whether it lives, and gives
    /// memory back where nothing happened since the last look. An error says why the connection is given up.
    fn look(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let session = self.session.clone();
        let mut state = session.state();
        let listened = self.listen(&mut state, now);
        let (late, next) = state.waiting.expired(now, &state.wire.streams);
        for Expired { key, sent, outcome } in late {
            state.waiting.leave_queue(key);
            self.wakers.extend(state.waiting.complete(key, outcome));
            if let Some(id) = sent {
                state.cancel(&*self.session.tx, id);
            }
        }
        let free = session.free_places(&state);
        self.wakers.extend(state.waiting.next(free));
        state.waiting.look_at_streams();
        let idle = state.due.looked(now, next);
        if idle && state.waiting.is_empty() && state.wire.calls.is_empty() {
            state.waiting.release();
            session.tx.release();
            self.rx.release();
            spare::release();
            self.wakers.shrink_to_fit();
            self.run = Run::default();
        }
        drop(state);
        self.wakers.drain(..).for_each(Waker::wake);
        listened
    }

    /// Pings a server that has said nothing for `ping_after` while calls are in flight; an error where it says nothing
    /// to that either.
    fn listen(&mut self, state: &mut State, now: Instant) -> Result<(), String> {
        let limits = &self.session.limits;
        let moved = [self.rx.unfinished(), self.session.tx.unsent()];
        let went_on = std::mem::replace(&mut self.moved, moved) != moved;
        let heard = std::mem::take(&mut self.heard) || went_on;
        if limits.ping_after == Duration::MAX || state.wire.calls.is_empty() {
            self.silence = None;
            return Ok(());
        }
        // The next look is to come though nothing happens.
        state.due.note();
        if heard || self.silence.is_none() {
            self.silence = Some(Silence { since: now, pinged: None });
        }
        let Some(silence) = &mut self.silence else { return Ok(()) };
        match silence.pinged {
            Some(pinged) if now.duration_since(pinged) >= limits.ping_timeout => {
                let (limit, after) = (limits.ping_timeout, now.duration_since(silence.since));
                Err(format!(
                    "the server has said nothing for {after:.1?}, nor within {limit:?} of a ping, the limit `ping_timeout`"
                ))
            }
            None if now.duration_since(silence.since) >= limits.ping_after => {
                silence.pinged = Some(now);
                state.send(&*self.session.tx, Head::new(Kind::Ping, 0));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.session.state();
        if !state.driver.as_ref().is_some_and(|driver| driver.will_wake(cx.waker())) {
            state.driver = Some(cx.waker().clone());
        }
        let ending = state.is_ending();
        drop(state);
        if ending {
            return this.poll_close(cx);
        }
        if let Err(why) = this.read(cx) {
            this.session.lose(why);
            // The server may be waiting for our end before it lets go of its own.
            let _ = this.session.tx.poll_shutdown(cx);
            return Poll::Ready(());
        }
        while this.timer.poll(cx, &mut this.session.state().due) {
            if let Err(why) = this.look() {
                this.session.lose(why);
                return Poll::Ready(());
            }
        }
        if let Err(error) = this.flush(cx) {
            this.session.lose(format!("the connection broke: {error}"));
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.session.lose("the runtime that drove the connection has stopped".to_owned());
        self.session.tx.close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Takes the replies of one turn.
struct Replies<'a> {
    session: &'a Session,
    wakers: &'a mut Vec<Waker>,
    /// Items of one stream that came right behind each other.
    run: &'a mut Run,
    end: Option<End>,
}

enum End {
    Violation(ProtocolError),
    Fault(String),
}

impl Replies<'_> {
    /// Hands the items over that were gathered.
    fn hand_over(&mut self) -> ControlFlow<()> {
        let Some(head) = self.run.head() else { return ControlFlow::Continue(()) };
        let (Taken { bytes, items }, last) = self.run.cost();
        let mut state = self.session.state();
        if let Some(kept) = state.wire.handle_run(head.call, (bytes, items), last) {
            let key = kept.key;
            self.wakers.extend(state.waiting.push_items(key, self.run.items()));
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

    /// A place is free: the calls that are next may take what there is.
    fn wake_next(&mut self, state: &mut State) {
        let free = self.session.free_places(state);
        self.wakers.extend(state.waiting.next(free));
    }
}

impl FrameSink for Replies<'_> {
    fn frame(&mut self, head: &Head, body: FrameBody<'_>) -> ControlFlow<()> {
        if self.run.take(head, &body) {
            return ControlFlow::Continue(());
        }
        self.hand_over()?;
        if self.run.take(head, &body) {
            return ControlFlow::Continue(());
        }
        self.handle(head, body)
    }
}

impl Replies<'_> {
    fn handle(&mut self, head: &Head, body: FrameBody<'_>) -> ControlFlow<()> {
        if head.kind == Kind::Response {
            mark(Step::ReceiveResponse);
        }
        let mut state = self.session.state();
        match state.wire.handle_frame(head, body.as_slice()) {
            Ok(CallerEvent::Nothing) => {}
            Ok(CallerEvent::Item { kept, head, joined, cost }) => {
                let key = kept.key;
                self.wakers.extend(state.item_came(key, (&head, cost), whole(joined, body), &*self.session.tx));
            }
            Ok(CallerEvent::Begin { kept: key, head, joined }) => {
                let key = *key;
                state.answered = true;
                let outcome = Outcome::response(head, whole(joined, body), &self.session.limits);
                self.wakers.extend(state.items_begun(key, head.call, outcome, &*self.session.tx));
            }
            Ok(CallerEvent::Credit(0)) => state.wire.streams.iter().for_each(|kept| kept.sender.wake()),
            Ok(CallerEvent::Credit(call)) => state.credit_came(call),
            Ok(CallerEvent::Misshapen(key)) => {
                let outcome = Outcome::Unreadable("it is a stream of items");
                self.wakers.extend(state.waiting.complete(key, outcome));
                state.stop_streams(head.call);
                state.send(&*self.session.tx, Head::new(Kind::Cancel, head.call));
            }
            Ok(CallerEvent::Reply { kept: key, head, joined }) => {
                // A server that only says that it drains has been of no use.
                state.answered |= state.wire.accepts_calls() || !head.flags.has(Flags::NOT_RUN);
                let outcome = Outcome::response(head, whole(joined, body), &self.session.limits);
                self.wakers.extend(state.waiting.complete(key, outcome));
                state.forget_owed(head.call);
                self.wake_next(&mut state);
            }
            Ok(CallerEvent::Freed) => {
                state.forget_owed(head.call);
                self.wake_next(&mut state);
            }
            Ok(CallerEvent::Send(head)) => {
                state.send(&*self.session.tx, head);
                let pongs = self.session.limits.pongs;
                if state.owes_too_much(pongs) {
                    let why = format!("the server pings and does not read, {pongs} pongs are owed, the limit `pongs`");
                    self.end = Some(End::Fault(why));
                    return ControlFlow::Break(());
                }
            }
            Ok(CallerEvent::Goaway(answer)) => {
                answer.into_iter().for_each(|head| state.send(&*self.session.tx, head));
                // They go elsewhere.
                self.wakers.extend(state.waiting.unsent());
            }
            Ok(CallerEvent::Fault(code)) => {
                let text = String::from_utf8_lossy(body.as_slice());
                let text = one_line(&text);
                self.end =
                    Some(End::Fault(format!("the server says that this side broke the protocol ({code}): {text}")));
                return ControlFlow::Break(());
            }
            Err(error) => {
                self.end = Some(End::Violation(error));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// A message that came in fragments is one's own already.
fn whole(joined: Option<Vec<u8>>, body: FrameBody<'_>) -> FrameBody<'_> {
    joined.map_or(body, |joined| FrameBody::from(Bytes::from(joined)))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        task::Wake,
    };

    use bytes::BytesMut;

    use super::*;
    use crate::{
        client::session::{Request, Started, Streams},
        codec::CodecId,
        limits::Limits,
        link::{Carrier, FrameParts},
        transport::mem_pair,
        wire::{Hello, Shape},
    };

    #[derive(Default)]
    struct Kinds(Vec<Kind>);

    impl FrameSink for Kinds {
        fn frame(&mut self, head: &Head, _body: FrameBody<'_>) -> ControlFlow<()> {
            self.0.push(head.kind);
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn a_cancel_that_found_no_room_is_forgotten_when_its_call_has_ended() {
        // Room for one frame at a time.
        let limits = Limits { send_buffer: 1, ..Limits::default() };
        let (Carrier::Frames(tx, _), Carrier::Frames(_, mut peer)) = mem_pair(&limits) else {
            panic!("mem has frames")
        };
        let session = Session::new(tx, Hello::default(), CodecId::BINARY, "peer".into(), Arc::new(limits));
        let mut cx = Context::from_waker(Waker::noop());
        let mut message = BytesMut::new();
        let head = Head::new(Kind::Request, 1);
        let request = Request { head, message: &mut message, deadline: None, key: None, streams: None };
        let Started::Sent { key: Some(key), id } = session.start(&mut cx, request) else { panic!("it was not sent") };
        session.give_up(key, Some(id), None);

        let mut wakers = Vec::new();
        let mut run = Run::default();
        let mut replies = Replies { session: &session, wakers: &mut wakers, run: &mut run, end: None };
        let response = FrameBody::from(Bytes::new());
        assert!(replies.frame(&Head::new(Kind::Response, id), response).is_continue());

        let mut seen = Kinds::default();
        assert!(peer.poll_frames(&mut cx, 10, &mut seen).is_ready());
        session.state().send_backlog(&*session.tx, &mut cx, &mut wakers);
        assert!(peer.poll_frames(&mut cx, 10, &mut seen).is_pending(), "the next call with this id would be cancelled");
        assert_eq!(seen.0, [Kind::Request]);
    }

    /// Whether the driver is to be polled again.
    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Polls a driver for as long as it asks for that.
    fn settle(driver: &mut Driver) {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        for _ in 0..20 {
            woken.0.store(false, Ordering::Relaxed);
            assert!(Pin::new(&mut *driver).poll(&mut Context::from_waker(&waker)).is_pending());
            if !woken.0.load(Ordering::Relaxed) {
                return;
            }
        }
        panic!("the driver comes to no rest");
    }

    #[tokio::test(start_paused = true)]
    async fn credit_that_is_owed_on_a_link_that_takes_nothing_any_more_keeps_nobody_busy() {
        let limits = Limits::default();
        let (Carrier::Frames(tx, rx), Carrier::Frames(peer, _unread)) = mem_pair(&limits) else {
            panic!("mem has frames")
        };
        let name = "peer".into();
        let session = Arc::new(Session::new(tx, Hello::default(), CodecId::BINARY, name, Arc::new(limits)));
        let mut driver = Driver::new(session.clone(), rx);
        let mut cx = Context::from_waker(Waker::noop());
        let shape = Shape { gives: false, takes: true, window: Some((100, 1)) };
        let streams = Some(Streams { shape, deadline: None, idle: None, patience: None });
        let request = Request {
            head: Head::new(Kind::Request, 1),
            message: &mut BytesMut::new(),
            deadline: None,
            key: None,
            streams,
        };
        let Started::Sent { key: Some(key), id } = session.start(&mut cx, request) else { panic!("it was not sent") };
        let stream = session.stream_of(key).unwrap();
        for head in [Head::new(Kind::Begin, id), Head::new(Kind::Item, id)] {
            peer.try_send(FrameParts { head, body: &[], tail: &[] }).unwrap();
        }
        settle(&mut driver);
        assert!(session.tx.poll_shutdown(&mut cx).is_ready());
        session.took(stream, Taken { bytes: crate::wire::HEAD, items: 1 });
        assert!(session.state().wire.streams.owes_credit());
        settle(&mut driver);
    }
}
