//! The items that a caller sends: taken from its stream, encoded and sent by a task of their own, which ends with the
//! call. So a reply that nobody reads does not keep the caller from sending, nor the other way round.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use futures_core::Stream;

use super::{session::Session, streams::Closed};
use crate::{
    codec::{self, CodecError, CodecId, Encode},
    status::{Code, Delivery, Status},
    wire::{Fragments, Head, Kind, StreamId},
};

/// Items of one turn: then others of the same thread have theirs.
const TURN: usize = 128;
/// Largest buffer kept for the next item, in bytes.
const KEEP: usize = 64 << 10;

/// The items of a caller, encoded one by one.
pub(super) trait Upload: Send {
    /// Appends the next item to `out`; `None` when there is none any more.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        codec: CodecId,
        out: &mut BytesMut,
    ) -> Poll<Option<Result<(), CodecError>>>;
}

/// A stream of values; `form` makes of each what is encoded.
struct Values<S: Stream, M> {
    items: Pin<Box<S>>,
    form: fn(S::Item) -> M,
}

/// The items of any stream.
pub(super) fn upload<S, M>(items: S, form: fn(S::Item) -> M) -> Box<dyn Upload>
where
    S: Stream + Send + 'static,
    M: Encode + 'static,
{
    Box::new(Values { items: Box::pin(items), form })
}

impl<S: Stream + Send, M: Encode> Upload for Values<S, M> {
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        codec: CodecId,
        out: &mut BytesMut,
    ) -> Poll<Option<Result<(), CodecError>>> {
        let item = ready!(self.items.as_mut().poll_next(cx));
        Poll::Ready(item.map(|item| codec::encode(codec, &(self.form)(item), out)))
    }
}

/// The task that sends the items of a call.
pub(super) struct Uploading {
    session: Arc<Session>,
    stream: StreamId,
    call: u32,
    items: Box<dyn Upload>,
    item: BytesMut,
    /// What found no room of the item before.
    rest: Option<Fragments>,
    /// An item may be begun.
    ready: bool,
    ended: bool,
}

impl Uploading {
    pub(super) fn new(session: Arc<Session>, stream: StreamId, call: u32, items: Box<dyn Upload>) -> Self {
        Self { session, stream, call, items, item: BytesMut::new(), rest: None, ready: false, ended: false }
    }

    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        for _ in 0..TURN {
            if !self.ready {
                ready!(self.session.poll_item(cx, self.stream, &mut self.rest))?;
                self.ready = true;
            }
            self.item.clear();
            match self.items.poll_next(cx, self.session.codec, &mut self.item) {
                Poll::Pending => {
                    self.session.watch_stream(self.stream, cx)?;
                    self.session.flush_items();
                    return Poll::Pending;
                }
                Poll::Ready(None) => {
                    self.session.end_items(self.stream, self.call);
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Some(encoded)) => {
                    if let Err(status) = self.check(encoded) {
                        self.session.fail_items(self.stream, self.call, status);
                        return Poll::Ready(Ok(()));
                    }
                }
            }
            let head = Head { codec: self.session.codec.0, ..Head::new(Kind::Item, self.call) };
            self.ready = self.session.send_item((self.stream, head), &mut self.item, &mut self.rest);
            if self.item.capacity() > KEEP {
                self.item = BytesMut::new();
            }
        }
        self.session.flush_items();
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether the item can be sent.
    fn check(&self, encoded: Result<(), CodecError>) -> Result<(), Status> {
        let failed = |code, message: String| Status::new(code, message).delivered(Delivery::Unknown);
        encoded.map_err(|error| failed(Code::InvalidArgument, format!("an item cannot be encoded: {error}")))?;
        let (got, limit) = (self.item.len(), self.session.peer.max_message as usize);
        if got <= limit {
            return Ok(());
        }
        let text = format!("an item has {got} bytes, the server's limit `message` is {limit}");
        Err(failed(Code::ResourceExhausted, text))
    }
}

impl Future for Uploading {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let polled = this.poll_upload(cx);
        this.ended |= polled.is_ready();
        polled.map(drop)
    }
}

impl Drop for Uploading {
    /// The caller's stream has panicked, or the runtime stops: no more items will come.
    fn drop(&mut self) {
        if !self.ended {
            let status = Status::new(Code::Cancelled, "the stream of the caller's items has ended before its end");
            self.session.fail_items(self.stream, self.call, status.delivered(Delivery::Unknown));
        }
    }
}

impl fmt::Debug for Uploading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploading").field("call", &self.call).finish_non_exhaustive()
    }
}
