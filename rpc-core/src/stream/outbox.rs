//! Items on their way out: taken one by one for as long as there is credit, and handed to the link together. Small ones lie
//! side by side, so that many of them cost one look behind the locks of connection and link; large ones are shared.
//!
//! ```text
//!   next ──▶ small, small, … large? ──▶ send ──▶ the link
//!            └──── behind the rest of one that found no room
//! ```
//! Whose stream it is, and how its items are encoded, is not known here.

use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use crate::{
    link::{LinkTx, message},
    status::{Code, Status},
    wire::{Fragments, HEAD, Head, MayBegin, StreamId, Streams},
};

/// Items of one turn: then others of the same thread have theirs.
const TURN: usize = 128;
/// Bytes of small items that are gathered, their heads included: items of nothing are not to be gathered without end.
const BATCH: usize = 16 << 10;
/// Bytes that wait in the link from which on they are written while more small items are made: the peer begins sooner, and
/// the buffer that they are copied to stays of a size that is kept. It doubles what goes of items of 1 KiB. Large items are
/// not copied, and go better together.
const MUCH: usize = 48 << 10;
/// An item from this size up is not gathered, in bytes.
const LARGE: usize = 8 << 10;
/// Largest buffer kept for further items, in bytes.
const KEEP: usize = 2 * BATCH;

/// The items of one stream that are to be sent.
pub(crate) struct Outbox {
    stream: StreamId,
    /// Of each item.
    head: Head,
    /// The longest message that the peer takes, in bytes, and what the peer is.
    longest: usize,
    peer: &'static str,
    /// What found no room of an item, all of it perhaps.
    rest: Option<Fragments>,
    /// Small items, one behind the other; how long each is; and how many bytes and items of them were sent.
    small: BytesMut,
    lens: Vec<usize>,
    sent: (usize, usize),
    /// A large one, behind the small ones.
    large: Option<BytesMut>,
    /// What may still be added, in bytes and items.
    allowed: (i64, i64),
    /// What comes behind the last item.
    last: Option<Result<Given, Status>>,
    /// Something was sent.
    moved: bool,
    /// Small items were, so that they lie in the link's own buffer.
    copied: bool,
}

/// What comes behind the items of a stream.
#[derive(Debug)]
pub(crate) enum Given {
    /// The service's own error, encoded.
    AppError(BytesMut),
    /// Nothing.
    End,
}

/// Puts the next item of a stream behind what is in the buffer; the service's own error too.
pub(crate) type Next<'a> = dyn FnMut(&mut Context<'_>, &mut BytesMut) -> Poll<Result<More, Status>> + 'a;

/// What was put into the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum More {
    Item,
    AppError,
    End,
}

/// How far sending has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Everything is sent, and more may be added or nothing follows.
    All,
    /// There is no credit for what follows.
    NoCredit,
    /// The link has no room for what follows.
    NoRoom,
}

/// Nothing can be sent on a stream any more: its call is over, or its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// A connection, as who sends items over it sees it.
pub(crate) trait Way {
    /// Sends what is in the outbox with [`Outbox::send`], and waits until that is all. `resting`: the stream has nothing
    /// more for now, so that what was sent is to leave, and the task of `cx` is to learn where the stream is closed.
    fn poll_send(&self, cx: &Context<'_>, outbox: &mut Outbox, resting: bool) -> Poll<Result<(), Closed>>;

    /// The link of the connection.
    fn link(&self) -> &dyn LinkTx;
}

impl Outbox {
    pub(crate) fn new(stream: StreamId, head: Head, longest: usize, peer: &'static str) -> Self {
        let (rest, small, lens, large, last) = (None, BytesMut::new(), Vec::new(), None, None);
        Self {
            stream,
            head,
            longest,
            peer,
            rest,
            small,
            lens,
            sent: (0, 0),
            large,
            allowed: (0, 0),
            last,
            moved: false,
            copied: false,
        }
    }

    pub(crate) fn stream(&self) -> StreamId {
        self.stream
    }

    /// Whether something was sent since this was asked last.
    pub(crate) fn has_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Sends what `next` gives until it gives the last, and says what that was.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        way: &dyn Way,
        next: &mut Next<'_>,
    ) -> Poll<Result<Given, Status>> {
        for _ in 0..TURN {
            if !self.accepts() {
                ready!(way.poll_send(cx, self, false)).map_err(over)?;
                if let Some(last) = self.last.take() {
                    return Poll::Ready(last);
                }
                if std::mem::take(&mut self.copied) && way.link().buffered() >= MUCH {
                    // What fails here fails the driver too, which says why.
                    let _ = way.link().try_flush();
                }
            }
            let start = self.small.len();
            let Poll::Ready(more) = next(cx, &mut self.small) else {
                self.poll_rest(cx, way)?;
                return Poll::Pending;
            };
            self.add(start, more);
        }
        self.poll_rest(cx, way)?;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sends what there is, and what was sent leaves.
    fn poll_rest(&mut self, cx: &Context<'_>, way: &dyn Way) -> Result<(), Status> {
        match way.poll_send(cx, self, true) {
            Poll::Ready(Err(closed)) => Err(over(closed)),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// What stands in the buffer from `start` on is an item, or comes behind the last one.
    fn add(&mut self, start: usize, more: Result<More, Status>) {
        let len = self.small.len() - start;
        match more {
            Ok(More::Item) if len > self.longest => {
                let (peer, limit) = (self.peer, self.longest);
                let text = format!("an item has {len} bytes, the {peer}'s limit `message` is {limit}");
                self.small.truncate(start);
                self.last = Some(Err(Status::new(Code::ResourceExhausted, text)));
            }
            Ok(More::Item) => {
                self.allowed.0 -= (len + HEAD) as i64;
                self.allowed.1 -= 1;
                match len {
                    // The whole buffer where it can: what is split off keeps the rest from being used again.
                    LARGE.. if start == 0 => self.large = Some(std::mem::take(&mut self.small)),
                    LARGE.. => self.large = Some(self.small.split_off(start)),
                    _ => self.lens.push(len),
                }
            }
            Ok(More::AppError) => self.last = Some(Ok(Given::AppError(self.small.split_off(start)))),
            Ok(More::End) => self.last = Some(Ok(Given::End)),
            Err(status) => {
                self.small.truncate(start);
                self.last = Some(Err(status));
            }
        }
    }

    fn accepts(&self) -> bool {
        let (bytes, items) = self.allowed;
        let gathered = self.small.len() + HEAD * self.lens.len();
        bytes > 0 && items > 0 && gathered < BATCH && self.large.is_none() && self.last.is_none()
    }

    /// Sends what there is, as far as credit and room go.
    ///
    /// # Errors
    /// The stream is closed.
    pub(crate) fn send<S>(&mut self, streams: &mut Streams<S>, tx: &dyn LinkTx) -> Result<Sent, Closed> {
        if let Some(item) = &mut self.rest {
            match streams.may_begin(self.stream) {
                MayBegin::Closed => return Err(Closed),
                // Others may have used up since what all share.
                MayBegin::Later if !item.begun() => return Ok(Sent::NoCredit),
                MayBegin::Later | MayBegin::Now => {}
            }
            let (begun, before) = (item.begun(), item.cost());
            let sent = message::resume(tx, item);
            if item.cost() < before {
                streams.sent(self.stream, before - item.cost(), !begun);
                self.moved = true;
            }
            if !sent.map_err(|message::Gone| Closed)? {
                return Ok(Sent::NoRoom);
            }
            self.rest = None;
        }
        match self.send_small(streams, tx)? {
            Sent::All => {}
            stopped => return Ok(stopped),
        }
        if let Some(mut item) = self.large.take() {
            match streams.may_begin(self.stream) {
                MayBegin::Now => {}
                MayBegin::Later => {
                    self.large = Some(item);
                    return Ok(Sent::NoCredit);
                }
                MayBegin::Closed => return Err(Closed),
            }
            self.send_alone(&mut item, streams, tx)?;
            if self.rest.is_some() {
                return Ok(Sent::NoRoom);
            }
        }
        self.allowed = streams.may_send(self.stream).ok_or(Closed)?;
        if self.last.is_none() && !tx.has_room() {
            // An item that is made before there is some would only be held.
            self.allowed = (0, 0);
            return Ok(Sent::NoRoom);
        }
        Ok(if self.allowed.1 > 0 || self.last.is_some() { Sent::All } else { Sent::NoCredit })
    }

    fn send_small<S>(&mut self, streams: &mut Streams<S>, tx: &dyn LinkTx) -> Result<Sent, Closed> {
        let max_frame = tx.max_frame();
        while self.sent.1 < self.lens.len() {
            let (at, first) = self.sent;
            let allowed = streams.may_send(self.stream).ok_or(Closed)?;
            let (bytes, items) = run(&self.lens[first..], allowed, max_frame);
            if items == 0 {
                if allowed.1 == 0 {
                    return Ok(Sent::NoCredit);
                }
                // Longer than a frame of this link.
                let mut item = BytesMut::from(&self.small[at..at + self.lens[first]]);
                self.sent = (at + item.len(), first + 1);
                self.send_alone(&mut item, streams, tx)?;
                if self.rest.is_some() {
                    return Ok(Sent::NoRoom);
                }
                continue;
            }
            let lens = &self.lens[first..first + items];
            let taken =
                tx.try_send_run(self.head, &self.small[at..at + bytes], lens).map_err(|message::Gone| Closed)?;
            let bytes = lens[..taken].iter().sum::<usize>();
            streams.spent(self.stream, bytes + HEAD * taken, taken);
            (self.moved, self.copied) = (self.moved || taken > 0, self.copied || taken > 0);
            self.sent = (at + bytes, first + taken);
            if taken < items {
                return Ok(Sent::NoRoom);
            }
        }
        self.small.clear();
        if self.small.capacity() > KEEP {
            self.small = BytesMut::new();
        }
        self.lens.clear();
        self.sent = (0, 0);
        Ok(Sent::All)
    }

    /// Sends an item that may be begun.
    fn send_alone<S>(&mut self, item: &mut BytesMut, streams: &mut Streams<S>, tx: &dyn LinkTx) -> Result<(), Closed> {
        let whole = Fragments::cost_of(item.len(), tx.max_frame());
        self.rest = message::send(tx, self.head, item).map_err(|message::Gone| Closed)?;
        let sent = whole - self.rest.as_ref().map_or(0, Fragments::cost);
        if sent > 0 {
            streams.sent(self.stream, sent, true);
            self.moved = true;
        }
        Ok(())
    }
}

/// How many of these items, and bytes of them, may be sent in a frame each.
fn run(lens: &[usize], (mut bytes, items): (i64, i64), max_frame: usize) -> (usize, usize) {
    let mut run = (0, 0);
    for len in lens {
        if bytes <= 0 || run.1 as i64 >= items || len + HEAD > max_frame {
            break;
        }
        bytes -= (len + HEAD) as i64;
        run = (run.0 + len, run.1 + 1);
    }
    run
}

/// Nobody takes the items any more; nobody reads this either, unless the program did not notice.
fn over(_: Closed) -> Status {
    Status::new(Code::Cancelled, "the call is over")
}
