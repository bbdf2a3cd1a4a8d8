//! The items that a method gives: taken from its stream one by one, when there is credit and room for the next, and sent.
//! So a stream is not asked for more than its caller takes. How an item is encoded is not known here.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::connection::Connection;
use crate::{
    codec::CodecId,
    context,
    status::{Code, Status},
    stream::{Closed, Given, Next, Outbox},
    wire::{Fragments, Head, Kind, StreamId},
};

/// The way out for the items of a call.
pub(super) struct Giving {
    connection: Arc<Connection>,
    call: u32,
    stage: Stage,
    outbox: Outbox,
}

enum Stage {
    New,
    /// What of the beginning found no room.
    Beginning(Fragments),
    Begun,
}

impl Giving {
    pub(super) fn new(connection: Arc<Connection>, call: u32, stream: StreamId, codec: CodecId) -> Self {
        let head = Head { codec: codec.0, ..Head::new(Kind::Item, call) };
        let outbox = Outbox::new(stream, head, connection.longest(), "client");
        Self { connection, call, stage: Stage::New, outbox }
    }

    /// Says that the items begin, once.
    pub(super) fn poll_begin(&mut self, cx: &Context<'_>) -> Poll<Result<(), Status>> {
        if matches!(self.stage, Stage::New) {
            let begun = self.connection.begin_items((self.call, self.outbox.stream()), context::take_response());
            self.stage = begun.map_err(over)?.map_or(Stage::Begun, Stage::Beginning);
        }
        if let Stage::Beginning(rest) = &mut self.stage {
            ready!(self.connection.poll_begun(cx, self.outbox.stream(), rest)).map_err(over)?;
            self.stage = Stage::Begun;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what `next` gives until it gives the last, and says what that was.
    pub(super) fn poll_items(&mut self, cx: &mut Context<'_>, next: &mut Next<'_>) -> Poll<Result<Given, Status>> {
        self.outbox.poll(cx, &*self.connection, next)
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
