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

use super::session::Session;
use crate::{
    codec::{self, CodecId, Encode},
    status::{Code, Delivery, Status},
    stream::{More, Outbox},
    wire::{Head, Kind, StreamId},
};

/// The items of a caller, encoded one by one.
pub(super) trait Upload: Send {
    /// Appends the next item to `out`.
    ///
    /// # Errors
    /// It cannot be encoded.
    fn poll_next(&mut self, cx: &mut Context<'_>, codec: CodecId, out: &mut BytesMut) -> Poll<Result<More, Status>>;
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
    fn poll_next(&mut self, cx: &mut Context<'_>, codec: CodecId, out: &mut BytesMut) -> Poll<Result<More, Status>> {
        let Some(item) = ready!(self.items.as_mut().poll_next(cx)) else { return Poll::Ready(Ok(More::End)) };
        let encoded = codec::encode(codec, &(self.form)(item), out).map(|()| More::Item);
        Poll::Ready(
            encoded.map_err(|error| Status::new(Code::InvalidArgument, format!("an item cannot be encoded: {error}"))),
        )
    }
}

/// The task that sends the items of a call.
pub(super) struct Uploading {
    session: Arc<Session>,
    call: u32,
    items: Box<dyn Upload>,
    outbox: Outbox,
    ended: bool,
}

impl Uploading {
    pub(super) fn new(session: Arc<Session>, stream: StreamId, call: u32, items: Box<dyn Upload>) -> Self {
        let head = Head { codec: session.codec.0, ..Head::new(Kind::Item, call) };
        let outbox = Outbox::new(stream, head, session.peer.max_message as usize, "server");
        Self { session, call, items, outbox, ended: false }
    }
}

impl Future for Uploading {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { session, call, items, outbox, ended } = self.get_mut();
        let last = ready!(outbox.poll(cx, &**session, &mut |cx, out| items.poll_next(cx, session.codec, out)));
        *ended = true;
        match last {
            Ok(_) => session.end_items(outbox.stream(), *call),
            // Where the call is over already this tells nobody.
            Err(status) => session.fail_items(outbox.stream(), *call, status.delivered(Delivery::Unknown)),
        }
        Poll::Ready(())
    }
}

impl Drop for Uploading {
    /// The caller's stream has panicked, or the runtime stops: no more items will come.
    fn drop(&mut self) {
        if !self.ended {
            let status = Status::new(Code::Cancelled, "the stream of the caller's items has ended before its end");
            self.session.fail_items(self.outbox.stream(), self.call, status.delivered(Delivery::Unknown));
        }
    }
}

impl fmt::Debug for Uploading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploading").field("call", &self.call).finish_non_exhaustive()
    }
}
