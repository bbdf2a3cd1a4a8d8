//! What comes on a connection, for whoever reads it: the driver, or a caller that is alone and looks for its reply where it
//! runs. When to read is not known here.

use std::{
    mem,
    ops::ControlFlow,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::{
    reply::Outcome,
    session::{Session, State},
};
use crate::{
    body::Body,
    link::{Closed, Delivered, FrameBody, FrameSink, LinkRx},
    status::one_line,
    step::{Step, mark},
    stream::{Run, Taken},
    wire::{CallerEvent, Flags, Head, Kind, ProtocolError},
};

/// Frames of one turn, and so callers woken in one: more runnable tasks than a worker's queue of 256 holds would
/// starve each other.
const BUDGET: usize = 128;

/// The receiving half of a connection, and what its frames are taken with.
pub(super) struct Reader {
    /// `None` once the driver has ended.
    rx: Option<Box<dyn LinkRx>>,
    /// Callers to wake when the lock is released; kept for its memory.
    wakers: Vec<Waker>,
    run: Run,
    /// Something came since the last look.
    heard: bool,
    /// The driver was woken to go on reading, and has not done so yet.
    pub(super) driver_comes: bool,
    /// How the connection ends, where a caller has seen it.
    end: Option<End>,
}

/// Why nothing more is read.
pub(super) enum End {
    /// The peer broke the protocol.
    Violation(ProtocolError),
    /// The peer has gone, or accuses this side.
    Fault(String),
}

impl Reader {
    pub(super) fn new(rx: Box<dyn LinkRx>) -> Self {
        let (wakers, run) = (Vec::new(), Run::default());
        Self { rx: Some(rx), wakers, run, heard: false, driver_comes: false, end: None }
    }

    /// Takes replies and wakes their callers, for the driver. `idle`: no call is in flight.
    pub(super) fn read(&mut self, session: &Session, cx: &mut Context<'_>, idle: bool) -> Result<(), End> {
        self.driver_comes = false;
        if let Some(end) = self.end.take() {
            return Err(end);
        }
        let Some(rx) = &mut self.rx else { return Ok(()) };
        rx.set_idle(idle);
        let mut left = BUDGET;
        loop {
            let mut sink = Replies { session, wakers: &mut self.wakers, run: &mut self.run, end: None };
            let delivered = rx.poll_frames(cx, left, &mut sink);
            let _ = sink.hand_over();
            let end = sink.end;
            self.wakers.drain(..).for_each(Waker::wake);
            match (end, delivered) {
                (Some(end), _) => return Err(end),
                (None, Poll::Ready(Delivered::Closed(Closed::Protocol(error)))) => return Err(End::Violation(error)),
                (None, Poll::Pending) => return Ok(()),
                (None, Poll::Ready(Delivered::Closed(closed))) => return Err(End::Fault(closed.to_string())),
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

    /// Whether a caller that is about to send is to look for its reply itself.
    pub(super) fn expect(&mut self) -> bool {
        self.end.is_none() && self.rx.as_mut().is_some_and(|rx| rx.expect())
    }

    /// Takes the reply that a caller looks for, if it comes within a moment.
    pub(super) fn spin(&mut self, session: &Session) {
        let Some(rx) = &mut self.rx else { return };
        let mut sink = Replies { session, wakers: &mut self.wakers, run: &mut self.run, end: None };
        let frames = rx.spin(BUDGET, &mut sink);
        let _ = sink.hand_over();
        self.end = sink.end;
        self.heard |= frames > 0;
        self.wakers.drain(..).for_each(Waker::wake);
    }

    /// Throws away what still comes, until the peer has closed.
    pub(super) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.rx.as_mut().map_or(Poll::Ready(()), |rx| rx.poll_discard(cx))
    }

    /// Whether something came since the last look.
    pub(super) fn heard(&mut self) -> bool {
        mem::take(&mut self.heard)
    }

    /// As [`LinkRx::unfinished`].
    pub(super) fn unfinished(&self) -> Option<u64> {
        self.rx.as_ref().and_then(|rx| rx.unfinished())
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn release(&mut self) {
        self.rx.iter_mut().for_each(|rx| rx.release());
        self.wakers.shrink_to_fit();
        self.run = Run::default();
    }

    /// The connection has ended: nothing of the system is held for it any more.
    pub(super) fn close(&mut self) {
        self.rx = None;
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
        let mut items = mem::take(self.run.items());
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
}

impl Replies<'_> {
    fn handle(&mut self, head: &Head, mut body: FrameBody<'_>) -> ControlFlow<()> {
        if head.kind == Kind::Response {
            mark(Step::ReceiveResponse);
        }
        let mut state = self.session.state();
        match state.wire.handle_frame(head, &mut body) {
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
    use std::sync::Arc;

    use bytes::BytesMut;

    use super::*;
    use crate::{
        client::request::{Request, Started},
        codec::CodecId,
        limits::Limits,
        link::Carrier,
        transport::mem_pair,
        wire::Hello,
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
        let (Carrier::Frames(tx, rx), Carrier::Frames(_, mut peer)) = mem_pair(&limits) else {
            panic!("mem has frames")
        };
        let session = Session::new(tx, rx, Hello::default(), CodecId::BINARY, "peer".into(), Arc::new(limits));
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
}
