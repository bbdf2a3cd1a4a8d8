//! The one task that moves frames for a connection: reads them, lets them run, flushes, and watches the time.
//!
//! One turn: send what waited, take frames while there are any and the peer reads its responses, flush once per batch,
//! look at the timer. It gives way after [`BUDGET`] frames, so that one busy connection does not starve the others.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    connection::{Connection, State},
    dispatch::{Dispatch, End},
    pace,
    running::{Stop, Why},
    shared::Enlisted,
    slot::Slot,
    watch::Watch,
};
use crate::{
    budget::{Charge, Full},
    events::{Cause, say},
    link::{Delivered, LinkRx},
    spare,
    stream::Run,
    timer::Timer,
    wire::ProtocolError,
};

/// Frames of one turn.
const BUDGET: usize = 128;
/// Time for the last frames to leave, and for the peer to close, when a connection ends by our will.
const LINGER: Duration = Duration::from_secs(1);

/// The driver of a connection; it is done when the connection has ended.
pub(super) struct Driver {
    connection: Arc<Connection>,
    rx: Box<dyn LinkRx>,
    slots: Vec<Option<Slot>>,
    timer: Timer,
    /// It has given way once to those who may have more to send, since it was asked to flush.
    gave_way: bool,
    /// The link has not taken everything yet.
    unflushed: bool,
    /// The last batches were slow.
    timed: bool,
    /// Until when the last frames may leave.
    ending: Option<Instant>,
    /// What is held of a long frame of which a part has come.
    arriving: Option<Charge>,
    /// Pings of this second, and when it began.
    pings: (u32, Instant),
    run: Run,
    /// Requests are read: what the peer does not go on with is its own doing.
    reading: bool,
    /// Whether the peer goes on with a frame, with a message, and with taking what waits for it.
    frame: Watch,
    message: Watch,
    taking: Watch,
    _enlisted: Enlisted,
}

impl Driver {
    pub(super) fn new(connection: Arc<Connection>, rx: Box<dyn LinkRx>) -> Self {
        let slots = connection.shared.router.services().iter().map(|_| None).collect();
        let enlisted = connection.shared.enlist(&connection);
        let timer = Timer::default();
        Self {
            connection,
            rx,
            slots,
            timer,
            gave_way: false,
            unflushed: false,
            timed: false,
            ending: None,
            arriving: None,
            pings: (0, Instant::now()),
            run: Run::default(),
            reading: true,
            frame: Watch::default(),
            message: Watch::default(),
            taking: Watch::default(),
            _enlisted: enlisted,
        }
    }

    /// Takes frames. Whether the connection goes on.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let mut left = BUDGET;
        loop {
            self.reading = self.may_read(cx);
            if !self.reading {
                return true;
            }
            let now = Instant::now();
            let mut sink = Dispatch {
                connection: &self.connection,
                slots: &mut self.slots,
                now,
                timed: self.timed,
                calls: 0,
                started: 0,
                refused: 0,
                pings: &mut self.pings,
                arriving: &mut self.arriving,
                run: &mut self.run,
                end: None,
            };
            let delivered = match self.rx.spin(left, &mut sink) {
                0 => self.rx.poll_frames(cx, left, &mut sink),
                frames => Poll::Ready(Delivered::Frames(frames)),
            };
            let _ = sink.hand_over();
            let (calls, started, refused, end) = (sink.calls, sink.started, sink.refused, sink.end);
            if started > 0 || refused > 0 {
                // Before their responses leave: whoever has one finds its call counted.
                self.connection.count(started, refused);
            }
            match delivered {
                Poll::Pending => {
                    if self.rx.unfinished().is_some() {
                        self.connection.state().due.note();
                    }
                    return true;
                }
                Poll::Ready(Delivered::Closed(crate::link::Closed::Protocol(error))) => {
                    self.end(Some(End::Violation(error)));
                    return true;
                }
                Poll::Ready(Delivered::Closed(_)) => return false,
                Poll::Ready(Delivered::Frames(frames)) => left = left.saturating_sub(frames),
            }
            if calls > 0 {
                self.timed = pace::suspect(now.elapsed(), calls);
            }
            if end.is_some() {
                self.end(end);
                return true;
            }
            self.flush(cx);
            if left == 0 {
                cx.waker().wake_by_ref();
                return true;
            }
        }
    }

    /// Sends what waited, and says whether more requests may be taken: not while the peer does not read its
    /// responses, nor while as many oneways wait as may.
    fn may_read(&mut self, cx: &mut Context<'_>) -> bool {
        let limit = self.connection.shared.limits.calls_in_flight;
        let mut state = self.connection.state();
        state.send_backlog(&*self.connection.tx, cx) && !state.too_many_oneways(limit)
    }

    /// Moves out what is buffered; what is left wakes this task. That the peer reads no more is no reason to read no
    /// more from it: what it has sent, oneways above all, is still to run. Its end shows when reading.
    fn flush(&mut self, cx: &mut Context<'_>) {
        self.connection.state().flush = false;
        self.gave_way = false;
        self.unflushed = self.connection.tx.poll_flush(cx).is_pending();
        if self.unflushed {
            self.connection.state().due.note();
        }
    }

    /// Flushes what handlers in their own tasks have sent: at the second look, so that those who are ready to send
    /// get into the same write.
    fn flush_for_others(&mut self, cx: &mut Context<'_>) {
        let asked = self.connection.state().flush;
        if !asked && !self.unflushed {
            return;
        }
        if self.gave_way || !asked {
            return self.flush(cx);
        }
        self.gave_way = true;
        cx.waker().wake_by_ref();
    }

    /// The timer has fired: stops what is too late, ends the connection of a peer that has stopped in the middle of
    /// something, and gives memory back where nothing happened since the last look.
    fn look(&mut self) {
        let now = Instant::now();
        let connection = self.connection.clone();
        let mut state = connection.state();
        let (mut late, mut next) = stop_expired(&mut state, now);
        let (idle, sooner) = state.stop_idle(now);
        late.extend(idle);
        next = [next, sooner].into_iter().flatten().min();
        let stalled = self.stalled(&mut state, now, &mut late);
        state.look_at_streams();
        let idle = state.due.looked(now, next);
        if idle && state.wire.calls.is_empty() {
            connection.tx.release();
            self.rx.release();
            self.run = Run::default();
            spare::release();
            self.slots.iter_mut().for_each(|slot| *slot = None);
            state.release();
        }
        drop(state);
        late.into_iter().for_each(Stop::run);
        match stalled {
            Some(Stalled::Sending) => {
                let after = connection.shared.limits.stall_timeout;
                self.end(Some(End::Violation(ProtocolError::Stalled { after })));
            }
            Some(Stalled::Taking) => {
                // There is no telling it.
                let (waits, limit) = (connection.tx.buffered(), connection.shared.limits.take_timeout);
                say(Cause::Misbehaved, connection.peer.name(), || {
                    format!(
                        "let go: it has taken none of {waits} bytes that wait for it within {limit:?}, the limit `take_timeout`"
                    )
                });
                connection.close_calls();
                self.ending = Some(now);
            }
            None => {}
        }
    }

    /// What the peer has begun and not gone on with for too long. Messages in fragments that stand still are given up, and
    /// nothing else is: the caller may have other things to do. While anything is under way the timer goes on.
    fn stalled(&mut self, state: &mut State, now: Instant, stops: &mut Vec<Stop>) -> Option<Stalled> {
        let limits = &self.connection.shared.limits;
        let limit = limits.stall_timeout;
        let taking = self.connection.tx.unsent();
        let (frame, message) = match self.reading {
            true => (self.rx.unfinished(), state.unfinished()),
            false => (None, None),
        };
        // A long fragment on its way is progress of its message.
        let message = message.map(|fragments| fragments.wrapping_add(frame.unwrap_or(0)));
        if frame.or(message).or(taking).is_some() {
            state.due.note();
        }
        if self.message.stalled(message, now, limit) {
            let full = Full { name: "stall_timeout", limit: limit.as_secs() as usize };
            state.wire.calls.refuse_unfinished(full);
            stops.extend(state.drop_unfinished(full));
        }
        if self.taking.stalled(taking, now, limits.take_timeout) {
            return Some(Stalled::Taking);
        }
        self.frame.stalled(frame, now, limit).then_some(Stalled::Sending)
    }

    /// Whether the connection may end: nothing runs, no request will come, and what was answered has left. Until then the
    /// peer has all the time that a slow one has.
    fn finished(&self) -> bool {
        let state = self.connection.state();
        state.finished() && !state.flush && !self.unflushed
    }

    /// Ends the connection: the last frames leave, and the peer is told why if it was at fault.
    fn end(&mut self, end: Option<End>) {
        if let Some(End::Violation(error)) = end {
            say(Cause::Misbehaved, self.connection.peer.name(), || format!("let go: {error}"));
            self.connection.accuse(&error);
        }
        let until = Instant::now() + LINGER;
        self.ending = Some(until);
        self.connection.close_calls();
    }

    /// Ends the connection whatever runs: every handler is stopped, and its caller told.
    fn kill(&mut self) {
        let mut state = self.connection.state();
        let stops: Vec<Stop> = state.wire.calls.iter().map(|(_, running)| running.stop(Why::Killed)).collect();
        drop(state);
        stops.into_iter().for_each(Stop::run);
        self.ending = Some(Instant::now() + LINGER);
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let tx = &self.connection.tx;
        let mut state = self.connection.state();
        state.flush = false;
        let stopped = !state.wire.calls.runs();
        let sent = state.send_backlog(&**tx, cx) && stopped;
        drop(state);
        // Where frames still wait for room, flushing makes it.
        let left = if sent { tx.poll_shutdown(cx) } else { tx.poll_flush(cx) }.is_ready() && sent;
        let closed = self.rx.poll_discard(cx).is_ready();
        if left && closed || self.timer.poll_at(cx, self.ending) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.connection.state();
        let killed = state.killed;
        if !state.driver.as_ref().is_some_and(|driver| driver.will_wake(cx.waker())) {
            state.driver = Some(cx.waker().clone());
        }
        drop(state);
        if killed && this.ending.is_none() {
            this.kill();
        }
        if this.ending.is_none() {
            if !this.read(cx) {
                return Poll::Ready(());
            }
            this.flush_for_others(cx);
            if this.ending.is_none() {
                if this.unflushed {
                    this.flush(cx);
                }
                while this.ending.is_none() && this.timer.poll(cx, &mut this.connection.state().due) {
                    this.look();
                }
                if this.ending.is_none() && this.finished() {
                    this.end(None);
                }
            }
        }
        if this.ending.is_some() { this.poll_end(cx) } else { Poll::Pending }
    }
}

impl Drop for Driver {
    /// Handlers of oneways may go on for long: they keep nothing of the connection.
    fn drop(&mut self) {
        self.connection.close_calls();
        self.connection.state().forget_owed();
        self.connection.tx.close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// What a peer has stopped with.
enum Stalled {
    /// With sending a frame.
    Sending,
    /// With taking what waits for it.
    Taking,
}

/// The ends of the handlers whose deadline has passed, and when the next one does.
fn stop_expired(state: &mut State, now: Instant) -> (Vec<Stop>, Option<Instant>) {
    let mut late = Vec::new();
    let mut next: Option<Instant> = None;
    for (_, running) in state.wire.calls.iter() {
        match running.deadline {
            Some(deadline) if deadline <= now => late.push(running.stop(Why::Late)),
            Some(deadline) => next = Some(next.map_or(deadline, |next| next.min(deadline))),
            None => {}
        }
    }
    (late, next)
}
