//! The one task that moves frames for a connection of a client: reads replies and wakes their callers, flushes what
//! several callers send together, and watches the time.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    reader::{End, Reader},
    session::{Session, State},
    waiting::Expired,
};
use crate::{
    link::message,
    spare,
    timer::Timer,
    wire::{Head, Kind, ProtocolError},
};

/// Time for the last frames to leave, and for the server to close, when nobody calls any more.
const LINGER: Duration = Duration::from_secs(1);

/// The driver of a client's connection; it is done when the connection has ended.
pub(super) struct Driver {
    session: Arc<Session>,
    timer: Timer,
    /// Callers to wake when the lock is released; kept for its memory.
    wakers: Vec<Waker>,
    /// It has given way once to those who may have more to send, since it was asked to flush.
    gave_way: bool,
    /// The link has not taken everything yet.
    unflushed: bool,
    /// Until when what was sent may leave, once nobody calls any more.
    closing: Option<Instant>,
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
    pub(super) fn new(session: Arc<Session>) -> Self {
        let (timer, wakers) = (Timer::default(), Vec::new());
        let (gave_way, unflushed, closing, moved, silence) = (false, false, None, [None; 2], None);
        Self { session, timer, wakers, gave_way, unflushed, closing, moved, silence }
    }

    /// Takes replies and wakes their callers. An error says why the connection has ended.
    fn read(&mut self, cx: &mut Context<'_>, idle: bool) -> Result<(), String> {
        let read = self.session.reader().read(&self.session, cx, idle);
        read.map_err(|end| match end {
            End::Violation(error) => self.violated(cx, &error),
            End::Fault(why) => why,
        })
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
        let closed = self.session.reader().poll_discard(cx).is_ready();
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
        // In this order: who reads has the reader, and then the calls.
        let mut reader = session.reader();
        let mut state = session.state();
        let listened = self.listen(&mut reader, &mut state, now);
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
            reader.release();
            spare::release();
            self.wakers.shrink_to_fit();
        }
        drop(state);
        drop(reader);
        self.wakers.drain(..).for_each(Waker::wake);
        listened
    }

    /// Pings a server that has said nothing for `ping_after` while calls are in flight; an error where it says nothing
    /// to that either.
    fn listen(&mut self, reader: &mut Reader, state: &mut State, now: Instant) -> Result<(), String> {
        let limits = &self.session.limits;
        let moved = [reader.unfinished(), self.session.tx.unsent()];
        let went_on = std::mem::replace(&mut self.moved, moved) != moved;
        let heard = reader.heard() || went_on;
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
        let (ending, shut, idle) = (state.is_ending(), state.is_shut(), state.wire.calls.is_empty());
        drop(state);
        // Where the link closed under who sent, reading tells why.
        if (!ending || shut)
            && let Err(why) = this.read(cx, idle)
        {
            this.session.lose(why);
            // The server may be waiting for our end before it lets go of its own.
            let _ = this.session.tx.poll_shutdown(cx);
            return Poll::Ready(());
        }
        if ending {
            return this.poll_close(cx);
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
        self.session.reader().close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("session", &self.session).finish_non_exhaustive()
    }
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
        client::request::{Request, Started, Streams},
        codec::CodecId,
        limits::Limits,
        link::{Carrier, FrameParts},
        stream::Taken,
        transport::mem_pair,
        wire::{Hello, Shape},
    };

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
        let session = Arc::new(Session::new(tx, rx, Hello::default(), CodecId::BINARY, name, Arc::new(limits)));
        let mut driver = Driver::new(session.clone());
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
