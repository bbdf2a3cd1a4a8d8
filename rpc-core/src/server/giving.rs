//! The items that a method gives: taken from its stream one by one, when there is credit and room for the next, and sent.
//! So a stream is not asked for more than its caller takes. How an item is encoded is not known here.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;

use super::{
    connection::{Connection, fits},
    streams::Closed,
};
use crate::{
    codec::CodecId,
    context,
    status::{Code, Status},
    wire::{Fragments, Head, Kind, StreamId},
};

/// Items of one turn: then others of the same thread have theirs.
const TURN: usize = 128;

/// The way out for the items of a call.
pub(super) struct Giving {
    connection: Arc<Connection>,
    call: u32,
    stream: StreamId,
    codec: CodecId,
    stage: Stage,
    /// An item may be begun.
    ready: bool,
}

enum Stage {
    New,
    /// What of the beginning found no room.
    Beginning(Fragments),
    /// What of an item found no room.
    Items(Option<Fragments>),
}

/// Puts the next item of a stream behind what is in the buffer.
type Next<'a> = dyn FnMut(&mut Context<'_>, &mut BytesMut) -> Poll<Result<Given, Status>> + 'a;

/// What a stream has given.
pub(super) enum Given {
    Item,
    /// The service's own error, which is its last.
    AppError,
    End,
}

impl Giving {
    pub(super) fn new(connection: Arc<Connection>, call: u32, stream: StreamId, codec: CodecId) -> Self {
        Self { connection, call, stream, codec, stage: Stage::New, ready: false }
    }

    /// Says that the items begin, once.
    pub(super) fn poll_begin(&mut self, cx: &Context<'_>) -> Poll<Result<(), Status>> {
        if matches!(self.stage, Stage::New) {
            let begun = self.connection.begin_items((self.call, self.stream), context::take_response());
            self.stage = begun.map_err(over)?.map_or(Stage::Items(None), Stage::Beginning);
        }
        if let Stage::Beginning(rest) = &mut self.stage {
            ready!(self.connection.poll_begun(cx, self.stream, rest)).map_err(over)?;
            self.stage = Stage::Items(None);
        }
        Poll::Ready(Ok(()))
    }

    /// Sends items for as long as `next` puts any into `item`, and says how that ended; the service's own error is in `item`
    /// then.
    pub(super) fn poll_items(
        &mut self,
        cx: &mut Context<'_>,
        item: &mut BytesMut,
        next: &mut Next<'_>,
    ) -> Poll<Result<Given, Status>> {
        let Stage::Items(rest) = &mut self.stage else { return Poll::Ready(Ok(Given::End)) };
        let head = Head { codec: self.codec.0, ..Head::new(Kind::Item, self.call) };
        for _ in 0..TURN {
            if !self.ready {
                ready!(self.connection.poll_item(cx, self.stream, rest)).map_err(over)?;
                self.ready = true;
            }
            item.clear();
            let Poll::Ready(given) = next(cx, item) else {
                self.connection.flush_soon();
                return Poll::Pending;
            };
            match given? {
                Given::Item => fits("an item", item.len(), self.connection.longest())?,
                last => return Poll::Ready(Ok(last)),
            }
            self.ready = self.connection.send_item((self.stream, head), item, rest);
        }
        self.connection.flush_soon();
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Nobody takes the items any more; nobody reads this either, unless the method did not notice.
fn over(_: Closed) -> Status {
    Status::new(Code::Cancelled, "the call is over")
}

impl fmt::Debug for Giving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Giving").field("call", &self.call).finish_non_exhaustive()
    }
}
