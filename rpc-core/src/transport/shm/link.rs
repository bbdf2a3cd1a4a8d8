//! The two halves of a link over a pair of rings: frames in and out, when to rest, when to ring. What a ring is, is not
//! known here, nor what a frame means.

use std::{
    future::Future,
    hint, io,
    ops::{ControlFlow, Range},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::task::{coop::has_budget_remaining, yield_now};

use super::{
    control::{Control, Role},
    memory::{OwnMapping, PeerMapping},
    ring::{self, Frame, Refused},
    setup::Regions,
    spin::Spin,
};
use crate::{
    body::Body,
    limits::Limits,
    link::{
        Carrier, Closed, Delivered, Elsewhere, Flushed, FrameBody, FrameParts, FrameSink, LinkRx, LinkTx, ReadBuffer,
        SendError,
    },
    wire::{HEAD, Head, ProtocolError},
};

/// Frames from this size up are copied once, and shorter ones to the buffer first, which is simpler and as fast, in bytes.
const LONG: usize = 2 << 10;
/// Looks between two at the clock.
const LOOKS: u32 = 16;
/// Frames that are discarded before others have their turn.
const DISCARD: usize = 128;

type Producer = ring::Producer<OwnMapping, PeerMapping>;
type Consumer = ring::Consumer<OwnMapping, PeerMapping>;

/// A link over the regions, which spins for at most so long.
pub(super) fn link(regions: Regions, control: Control, most: Duration, limits: &Limits) -> Carrier {
    let (tx, rx) = halves(regions, control, most, limits);
    Carrier::Frames(Arc::new(tx), Box::new(rx))
}

fn halves(regions: Regions, control: Control, most: Duration, limits: &Limits) -> (ShmTx, ShmRx) {
    let Regions { own, own_geometry, peer, peer_geometry } = regions;
    let control = Arc::new(control);
    let producer = Producer::new(own.clone(), peer.clone(), own_geometry);
    let max_frame = own_geometry.max_frame().min(limits.frame.max(HEAD + 1));
    let open = Some(Open { producer, control: control.clone() });
    let tx = ShmTx { open: Mutex::new(open), bell: AtomicBool::new(false), max_frame };
    let rx = ShmRx {
        consumer: Consumer::new(own, peer, peer_geometry),
        control,
        buffer: ReadBuffer::new(Vec::new(), limits.read_buffer),
        spin: Spin::new(most),
        failed: None,
    };
    (tx, rx)
}

#[derive(Debug)]
struct ShmTx {
    open: Mutex<Option<Open>>,
    /// A frame was sent for which the peer rests: it is to be woken.
    bell: AtomicBool,
    max_frame: usize,
}

#[derive(Debug)]
struct Open {
    producer: Producer,
    control: Arc<Control>,
}

impl ShmTx {
    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the peer if it rests for a frame that was sent.
    fn ring(&self) {
        if !self.bell.load(Ordering::Relaxed) || !self.bell.swap(false, Ordering::Relaxed) {
            return;
        }
        let control = self.lock().as_ref().map(|open| open.control.clone());
        if let Some(control) = control {
            control.ring();
        }
    }
}

impl Open {
    /// Cells that the peer has not taken, and how many it has.
    fn unsent(&mut self) -> Option<(u64, u64)> {
        match self.producer.unsent() {
            Ok(unsent) => Some(unsent),
            Err(violation) => {
                self.control.fail(violation);
                None
            }
        }
    }
}

impl LinkTx for ShmTx {
    fn max_frame(&self) -> usize {
        self.max_frame
    }

    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError> {
        let mut open = self.lock();
        let Some(Open { producer, control }) = &mut *open else { return Err(SendError::Closed) };
        if control.has_ended() {
            return Err(SendError::Closed);
        }
        let head = frame.head.encode();
        let parts = [&head[..], frame.body].into_iter().chain(frame.tail.iter().map(|piece| &piece[..]));
        match producer.push(HEAD + frame.message_len(), parts) {
            Ok(rests) => {
                if rests {
                    self.bell.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(Refused::Full) => Err(SendError::Full),
            Err(Refused::Violation(violation)) => {
                control.fail(violation);
                Err(SendError::Closed)
            }
        }
    }

    fn try_flush(&self) -> io::Result<Flushed> {
        self.ring();
        Ok(Flushed::Done)
    }

    fn gathers(&self) -> bool {
        false
    }

    fn poll_flush(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ring();
        Poll::Ready(Ok(()))
    }

    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut known = false;
        loop {
            let mut open = self.lock();
            let Some(Open { producer, control }) = &mut *open else { return Poll::Ready(()) };
            match producer.must_wait() {
                Ok(true) if !control.has_ended() => {}
                Ok(_) => {
                    control.progress();
                    return Poll::Ready(());
                }
                Err(violation) => {
                    control.fail(violation);
                    return Poll::Ready(());
                }
            }
            let control = control.clone();
            drop(open);
            // The peer may rest for what has found room.
            self.ring();
            if known {
                return Poll::Pending;
            }
            // The receiver may hear the bell for this one, and wakes it only if it is known by then: hence a look behind it.
            known = control.poll(cx, Role::Sender).is_pending();
        }
    }

    fn poll_shutdown(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ring();
        let open = self.lock().take();
        if let Some(open) = open {
            open.control.shut();
        }
        Poll::Ready(Ok(()))
    }

    fn close(&self) {
        *self.lock() = None;
    }

    fn buffered(&self) -> usize {
        let mut open = self.lock();
        let Some(open) = &mut *open else { return 0 };
        if open.unsent().is_some() { open.producer.bytes() } else { 0 }
    }

    fn has_room(&self) -> bool {
        self.lock().as_ref().is_none_or(|open| open.producer.has_room())
    }

    fn unsent(&self) -> Option<u64> {
        let (cells, taken) = self.lock().as_mut()?.unsent()?;
        (cells > 0).then_some(taken)
    }
}

#[derive(Debug)]
struct ShmRx {
    consumer: Consumer,
    control: Arc<Control>,
    buffer: ReadBuffer,
    spin: Spin,
    /// What the peer did wrong in a frame.
    failed: Option<ProtocolError>,
}

impl ShmRx {
    /// Hands over the frames that are there: how many.
    fn hand_over(&mut self, budget: usize, sink: &mut dyn FrameSink) -> Result<usize, ProtocolError> {
        let mut frames = 0;
        while frames < budget {
            let found = self.consumer.peek();
            let Some(frame) = found.map_err(|violation| self.violated(violation))? else { break };
            frames += 1;
            // Of a long frame only the head: its message is copied once, to where it is to be.
            let here = if frame.len < LONG { frame.len } else { HEAD };
            self.consumer.copy(&frame, 0..here, self.buffer.room(Some(here)));
            let range = self.buffer.hand_over(here);
            let head = self.buffer.slice(range.clone()).first_chunk::<HEAD>();
            let head = Head::decode(head.ok_or(ProtocolError::FrameTooShort { got: frame.len })?)?;
            let goes_on = match head {
                Some(head) if here == frame.len => {
                    let message = range.start + HEAD..range.end;
                    sink.frame(&head, FrameBody::in_buffer(&mut self.buffer, message))
                }
                Some(head) => {
                    let mut message =
                        Far { consumer: &self.consumer, frame: &frame, buffer: &mut self.buffer, copied: None };
                    sink.frame(&head, FrameBody::elsewhere(&mut message))
                }
                None => ControlFlow::Continue(()),
            };
            self.consumer.done(&frame);
            if self.consumer.publish_if_due() {
                self.control.ring();
            }
            if goes_on.is_break() {
                break;
            }
        }
        if frames > 0 {
            self.control.progress();
        }
        Ok(frames)
    }

    fn violated(&self, violation: ring::Violation) -> ProtocolError {
        self.control.fail(violation);
        violation.into()
    }

    /// Begins to rest, if nothing has come. What was taken is told, and who waits for that is woken.
    fn rest(&mut self) -> bool {
        let rest = self.consumer.rest();
        if rest.rings {
            self.control.ring();
        }
        !rest.ready
    }

    /// Frames have come: what the wait for them was like is learnt from.
    fn came(&mut self) {
        if self.spin.waits() {
            self.spin.came(Instant::now());
        }
    }

    /// Looks in place for as long as that pays. Whether a frame has come.
    fn look_in_place(&mut self) -> bool {
        let limit = self.spin.in_place();
        if limit.is_zero() || self.control.has_ended() || !has_budget_remaining() {
            return false;
        }
        let since = Instant::now();
        loop {
            for _ in 0..LOOKS {
                if self.consumer.is_ready() {
                    self.spin.came_in_place();
                    return true;
                }
                hint::spin_loop();
            }
            let now = Instant::now();
            if now.duration_since(since) >= limit {
                self.spin.nothing_in_place(since, now);
                return false;
            }
        }
    }

    /// Why nothing more comes.
    fn closed(&mut self) -> Closed {
        match self.failed.take().or_else(|| self.control.violation().map(ProtocolError::from)) {
            Some(error) => Closed::Protocol(error),
            None => Closed::Ended,
        }
    }
}

/// The message of a long frame that is still in the peer's region.
struct Far<'a> {
    consumer: &'a Consumer,
    frame: &'a Frame,
    buffer: &'a mut ReadBuffer,
    /// Where its copy stands; empty where it was copied to somebody else.
    copied: Option<Range<usize>>,
}

impl Elsewhere for Far<'_> {
    fn len(&self) -> usize {
        self.frame.len - HEAD
    }

    fn copied(&mut self) -> &[u8] {
        let len = self.len();
        let range = self.copied.get_or_insert_with(|| {
            self.consumer.copy(self.frame, HEAD..self.frame.len, self.buffer.room(Some(len)));
            self.buffer.hand_over(len)
        });
        self.buffer.slice(range.clone())
    }

    fn append_to(&mut self, into: &mut Vec<u8>) {
        match &self.copied {
            Some(range) => into.extend_from_slice(self.buffer.slice(range.clone())),
            None => {
                self.consumer.copy(self.frame, HEAD..self.frame.len, into);
                self.copied = Some(0..0);
            }
        }
    }

    fn taken(&mut self, start: usize) -> Body {
        if start > 0 {
            return Body::copy(&self.copied()[start..]);
        }
        let mut bytes = Vec::with_capacity(self.len());
        self.append_to(&mut bytes);
        Bytes::from(bytes).into()
    }
}

impl LinkRx for ShmRx {
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
        if self.failed.is_some() || self.control.violation().is_some() {
            return Poll::Ready(Delivered::Closed(self.closed()));
        }
        loop {
            // Before the last look: what a peer has sent before its end is still handed over.
            let ended = self.control.has_ended();
            match self.hand_over(budget, sink) {
                Ok(0) => {}
                Ok(frames) => {
                    self.came();
                    return Poll::Ready(Delivered::Frames(frames));
                }
                Err(error) => return Poll::Ready(Delivered::Closed(Closed::Protocol(error))),
            }
            if ended {
                return Poll::Ready(Delivered::Closed(self.closed()));
            }
            if !self.consumer.is_resting() && self.spin.goes_on(Instant::now()) {
                // Others have their turn, then this is looked at again. As the runtime's own `yield_now` does it, for a
                // task that wakes itself is taken for work that other threads should help with.
                let _ = pin!(yield_now()).poll(cx);
                return Poll::Pending;
            }
            if self.control.poll(cx, Role::Receiver).is_ready() {
                continue;
            }
            if self.consumer.is_resting() || self.rest() {
                return Poll::Pending;
            }
        }
    }

    fn set_idle(&mut self, idle: bool) {
        self.spin.set_idle(idle);
    }

    fn expect(&mut self) -> bool {
        let looks = self.spin.expect(Instant::now());
        if looks {
            self.consumer.wake();
        }
        looks
    }

    fn spin(&mut self, budget: usize, sink: &mut dyn FrameSink) -> usize {
        if self.failed.is_some() || !self.consumer.is_ready() && !self.look_in_place() {
            return 0;
        }
        match self.hand_over(budget, sink) {
            Ok(frames) => {
                self.came();
                frames
            }
            Err(error) => {
                self.failed = Some(error);
                0
            }
        }
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        struct Nowhere;
        impl FrameSink for Nowhere {
            fn frame(&mut self, _head: &Head, _body: FrameBody<'_>) -> ControlFlow<()> {
                ControlFlow::Continue(())
            }
        }
        match self.poll_frames(cx, DISCARD, &mut Nowhere) {
            Poll::Ready(Delivered::Frames(_)) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Delivered::Closed(_)) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }

    fn release(&mut self) {
        self.buffer.release();
    }
}

impl From<ring::Violation> for ProtocolError {
    fn from(violation: ring::Violation) -> Self {
        let ring::Violation { word, got, least, most } = violation;
        Self::Ring { word, got, least, most }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::net::UnixStream;

    use super::*;
    use crate::{
        transport::shm::{geometry::Geometry, setup},
        wire::Kind,
    };

    type Ends = (ShmTx, ShmRx);

    /// Both ends of a link whose rings have so many cells.
    async fn pair(cells: u64, most: Duration) -> [Ends; 2] {
        let (one, other) = UnixStream::pair().unwrap();
        let (geometry, limits) = (Geometry::new(cells, 4 << 10).unwrap(), Limits::default());
        let limit = limits.shared_memory;
        let (asked, answered) = tokio::join!(setup::ask(&one, geometry, limit), setup::answer(&other, geometry, limit));
        [(asked.unwrap(), one), (answered.unwrap(), other)]
            .map(|(regions, socket)| halves(regions, Control::new(socket), most, &limits))
    }

    /// Sends until there is no room.
    fn fill(tx: &dyn LinkTx) -> u64 {
        let frame = || FrameParts { head: Head::new(Kind::Ping, 0), body: &[], tail: &[] };
        let mut sent = 0;
        loop {
            match tx.try_send(frame()) {
                Ok(()) => sent += 1,
                Err(SendError::Full) => return sent,
                Err(SendError::Closed) => panic!("the link is closed after {sent} frames"),
            }
        }
    }

    struct Nobody;

    impl FrameSink for Nobody {
        fn frame(&mut self, _: &Head, _: FrameBody<'_>) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    #[tokio::test]
    async fn what_is_discarded_at_a_time_is_bounded_for_a_peer_may_send_without_end() {
        let [(tx, _rx), (_tx, mut rx)] = pair(1_024, Duration::ZERO).await;
        assert_eq!(fill(&tx), 1_024);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(rx.poll_discard(&mut cx).is_pending());
        let left = rx.poll_frames(&mut cx, usize::MAX, &mut Nobody);
        let Poll::Ready(Delivered::Frames(left)) = left else { panic!("nothing is left: {left:?}") };
        assert_eq!(left, 1_024 - DISCARD);
    }

    #[tokio::test]
    async fn bells_that_tell_of_room_are_never_too_many() {
        let [(tx, _rx), (_tx, mut rx)] = pair(16, Duration::ZERO).await;
        for _ in 0..3_000 {
            assert!(fill(&tx) > 0);
            let mut space = pin!(std::future::poll_fn(|cx| tx.poll_space(cx)));
            let mut cx = Context::from_waker(Waker::noop());
            if space.as_mut().poll(&mut cx).is_pending() {
                // The bells of before are heard meanwhile.
                yield_now().await;
                assert!(space.as_mut().poll(&mut cx).is_pending());
                assert!(rx.poll_frames(&mut cx, usize::MAX, &mut Nobody).is_ready());
                space.await;
            }
        }
    }

    #[tokio::test]
    async fn a_wait_ends_with_its_frame_whoever_takes_it() {
        let [(tx, _rx), (_tx, mut rx)] = pair(16, Duration::from_millis(1)).await;
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(rx.spin(1, &mut Nobody), 0);
        assert!(rx.poll_frames(&mut cx, 1, &mut Nobody).is_pending());
        assert!(rx.spin.waits());
        tx.try_send(FrameParts { head: Head::new(Kind::Ping, 0), body: &[], tail: &[] }).unwrap();
        assert_eq!(rx.spin(1, &mut Nobody), 1);
        assert!(!rx.spin.waits(), "the next wait would be taken for this one");
    }
}
