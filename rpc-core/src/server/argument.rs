//! The items that a caller sends, as they come: what a method's [`Streaming`](crate::Streaming) argument reads from.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use super::connection::Connection;
use crate::{
    codec::CodecError,
    status::{Code, Status},
    stream::{Ending, Queue, Source, Taken},
    wire::StreamId,
};

/// The items of a caller. Closing it drops what still comes, and lets the call go on.
pub(super) struct Argument {
    connection: Arc<Connection>,
    /// Its place among those of the connection, until it is closed.
    inbox: Option<usize>,
    stream: StreamId,
}

impl Argument {
    pub(super) fn new(connection: Arc<Connection>, inbox: usize, stream: StreamId) -> Self {
        Self { connection, inbox: Some(inbox), stream }
    }
}

impl Source for Argument {
    fn poll_items(&mut self, cx: &mut Context<'_>, taken: Taken, queue: &mut Queue) -> Poll<Option<Ending>> {
        let Some(inbox) = self.inbox else { return Poll::Pending };
        self.connection.poll_items(cx, (inbox, self.stream), taken, queue)
    }

    fn give_back(&mut self, taken: Taken) {
        if let Some(inbox) = self.inbox {
            self.connection.took(inbox, self.stream, taken);
        }
    }

    fn undecodable(&mut self, error: CodecError) -> Status {
        self.close(Taken::default());
        Status::new(Code::InvalidArgument, format!("an item does not decode: {error}"))
    }

    fn close(&mut self, untaken: Taken) {
        let inbox = self.inbox.take();
        if inbox.is_some() || untaken.items > 0 {
            self.connection.leave_items(inbox, self.stream, untaken);
        }
    }
}

impl Drop for Argument {
    fn drop(&mut self) {
        self.close(Taken::default());
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argument").field("stream", &self.stream).finish_non_exhaustive()
    }
}
