//! The items of a reply, as they come: what a client's [`Streaming`](crate::Streaming) reads from.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{Channel, reply::Outcome, session::Session};
use crate::{
    codec::CodecError,
    status::{Code, Delivery, Site, Status},
    step::Step,
    stream::{Ending, Failure, Queue, Source, Taken},
    wire::StreamId,
};

/// A call whose items have begun. Closing it cancels the call, if it has not ended.
pub(super) struct Items {
    pub(super) session: Arc<Session>,
    /// Keeps the connection until the call has ended, though no client may be left.
    pub(super) channel: Option<Channel>,
    /// The call's place among those that wait; `None` once it has ended.
    pub(super) key: Option<usize>,
    pub(super) call: u32,
    pub(super) stream: StreamId,
    pub(super) made: Made,
    pub(super) cancelled: Option<Cancelled>,
}

/// The end of the call that another one is made for, where the two are not dropped together.
pub(super) type Cancelled = Pin<Box<WaitForCancellationFutureOwned>>;

/// Which call it is, for who reads of its failure.
pub(super) struct Made {
    pub(super) service: Arc<str>,
    pub(super) method: &'static str,
    pub(super) started: Instant,
    /// The time that was given to the call by itself.
    pub(super) timeout: Option<Duration>,
}

impl Items {
    fn failed(&self, status: Status, step: Step) -> Status {
        let Made { service, method, started, .. } = &self.made;
        let (service, peer) = (service.clone(), self.session.name.clone());
        status.at(Site { service, method, peer, step, elapsed: started.elapsed() })
    }

    fn ending(&self, outcome: Outcome) -> Ending {
        match outcome.into_reply(true, self.made.timeout) {
            Err(status) => {
                let metadata = status.metadata().clone();
                let failure = Some(Failure::Status(self.failed(status, Step::ReceiveResponse)));
                Ending { failure, metadata }
            }
            Ok(reply) => {
                let (app_error, codec) = (reply.app_error(), reply.codec());
                let (message, metadata) = reply.into_parts();
                Ending { failure: app_error.then_some(Failure::App(codec, message)), metadata }
            }
        }
    }
}

impl Source for Items {
    fn poll_items(&mut self, cx: &mut Context<'_>, taken: Taken, queue: &mut Queue) -> Poll<Option<Ending>> {
        let Some(key) = self.key else { return Poll::Pending };
        if is_cancelled(&mut self.cancelled, cx) {
            self.close(taken);
            let status = cancelled().delivered(Delivery::Unknown);
            return Poll::Ready(Some(Ending::failed(self.failed(status, Step::ReceiveResponse))));
        }
        self.session.poll_items(cx, (key, self.stream), taken, queue).map(|outcome| {
            outcome.map(|outcome| {
                self.key = None;
                self.channel = None;
                self.ending(outcome)
            })
        })
    }

    fn give_back(&mut self, taken: Taken) {
        self.session.took(self.stream, taken);
    }

    fn undecodable(&mut self, error: CodecError) -> Status {
        let status = Status::new(Code::Internal, format!("an item does not decode: {error}"));
        self.close(Taken::default());
        self.failed(status, Step::DecodeResponse)
    }

    fn close(&mut self, untaken: Taken) {
        self.session.leave(self.key.take().map(|key| (key, self.call)), self.stream, untaken);
        self.channel = None;
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.key.is_some() {
            self.close(Taken::default());
        }
    }
}

/// Whether the call that another one is made for has been cancelled; else who asks is woken when it is.
pub(super) fn is_cancelled(cancelled: &mut Option<Cancelled>, cx: &mut Context<'_>) -> bool {
    cancelled.as_mut().is_some_and(|cancelled| cancelled.as_mut().poll(cx).is_ready())
}

/// What a call ends with that was made for one which has been cancelled.
pub(super) fn cancelled() -> Status {
    Status::new(Code::Cancelled, "the call that this one is made for has been cancelled")
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("call", &self.call).finish_non_exhaustive()
    }
}
