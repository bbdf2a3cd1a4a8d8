//! A handler that waits, in a task of its own: it polls the handler, sends its response, and makes sure that the call
//! ends exactly once even where the task is dropped.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, timeout_at};

use super::{
    connection::{Connection, Owed},
    router::Route,
    slot::Slot,
};
use crate::{budget::Charge, codec::CodecId};

/// The task of a call whose handler waits.
pub(super) struct HandlerTask {
    connection: Arc<Connection>,
    call: u32,
    codec: CodecId,
    route: Route,
    slot: Option<Slot>,
    stage: Stage,
    /// Not polled before: its first poll is timed, to see whether the method may run inline again.
    fresh: bool,
    oneway: Option<Oneway>,
    /// The arguments, which the handler may hold until it ends.
    request: Option<Charge>,
}

enum Stage {
    Running,
    Sending(Owed),
    Ended,
}

/// What a oneway needs beside: nobody holds its task, so it ends itself.
struct Oneway {
    key: usize,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl HandlerTask {
    /// A call whose handler is in `slot`, with `bytes` of arguments; `fresh` if it was not polled yet.
    pub(super) fn new(
        connection: Arc<Connection>,
        (call, codec, route): (u32, CodecId, Route),
        slot: Slot,
        bytes: usize,
        fresh: bool,
    ) -> Self {
        let deadline = slot.scope.as_ref().and_then(|scope| scope.deadline);
        let oneway = (call == 0)
            .then(|| Oneway { key: connection.begin_oneway(), stop: Box::pin(stopped(connection.clone(), deadline)) });
        let (slot, stage) = (Some(slot), Stage::Running);
        let request = (bytes > 0).then(|| connection.requests.charge(bytes));
        Self { connection, call, codec, route, slot, stage, fresh, oneway, request }
    }

    /// A call whose handler has ended and whose response found no room.
    pub(super) fn sending(connection: Arc<Connection>, call: u32, route: Route, owed: Owed) -> Self {
        let (codec, stage) = (CodecId(0), Stage::Sending(owed));
        Self { connection, call, codec, route, slot: None, stage, fresh: false, oneway: None, request: None }
    }

    fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(slot) = &mut self.slot else { return Poll::Ready(()) };
        let start = self.fresh.then(Instant::now);
        let polled = slot.poll(cx);
        if let Some(start) = start {
            self.fresh = false;
            self.connection.shared.pace(self.route).report(start.elapsed());
        }
        let outcome = ready!(polled);
        let rest = match self.oneway {
            Some(_) => None,
            None => self.connection.respond(self.call, self.codec, outcome, slot),
        };
        if let Some(slot) = self.slot.take() {
            self.connection.recycle(self.route.service, slot);
        }
        self.request = None;
        self.stage = rest.map_or(Stage::Ended, Stage::Sending);
        Poll::Ready(())
    }
}

impl Future for HandlerTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.oneway.as_mut().is_some_and(|oneway| oneway.stop.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(());
        }
        if matches!(this.stage, Stage::Running) {
            ready!(this.poll_handler(cx));
        }
        if let Stage::Sending(owed) = &mut this.stage {
            ready!(this.connection.resume(cx, this.call, owed));
            this.stage = Stage::Ended;
        }
        if this.oneway.is_none() {
            this.connection.flush_soon();
        }
        Poll::Ready(())
    }
}

impl Drop for HandlerTask {
    fn drop(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.stop();
        }
        if let Some(oneway) = &self.oneway {
            return self.connection.end_oneway(oneway.key);
        }
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Running => self.connection.stopped(self.call, !self.fresh),
            Stage::Sending(owed) => self.connection.send_later(owed),
            Stage::Ended => {}
        }
    }
}

impl fmt::Debug for HandlerTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerTask").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Until a oneway is to end: its deadline, or the end of the server.
async fn stopped(connection: Arc<Connection>, deadline: Option<Instant>) {
    let killed = connection.shared.killed.cancelled();
    match deadline {
        Some(deadline) => drop(timeout_at(deadline, killed).await),
        None => killed.await,
    }
}
