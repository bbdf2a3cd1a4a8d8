//! The place in which a handler's future runs: used again and again, so that a call allocates nothing.
//!
//! A panic of the handler ends here; the connection and its other calls go on.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
};

use bytes::BytesMut;
use tokio_util::sync::{CancellationToken, ReusableBoxFuture};

use super::service::Output;
use crate::{
    context::Scope,
    status::{Code, Status},
};

/// What a handler's future gives.
pub(crate) type Outcome = Result<Output, Status>;

/// A place for one handler's future at a time.
pub struct Slot {
    future: Option<ReusableBoxFuture<'static, Outcome>>,
    /// The handler's context, while it is not being polled.
    pub(crate) scope: Option<Scope>,
    /// The buffer of the last small response, for the next one.
    pub(crate) out: BytesMut,
}

impl Slot {
    pub(crate) fn new(scope: Scope) -> Self {
        Self { future: None, scope: Some(scope), out: BytesMut::new() }
    }

    /// Puts a future in; one of the same service takes the memory of the one before.
    pub fn set(&mut self, future: impl Future<Output = Result<Output, Status>> + Send + 'static) {
        match &mut self.future {
            Some(place) => place.set(future),
            None => self.future = Some(ReusableBoxFuture::new(future)),
        }
    }

    /// Polls the handler. After `Ready` the slot may be set again.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        let nothing = || Poll::Ready(Err(Status::new(Code::Internal, "nothing was started")));
        let Some(future) = &mut self.future else { return nothing() };
        let Some(scope) = self.scope.take() else { return nothing() };
        let (scope, polled) = scope.enter(|| catch_unwind(AssertUnwindSafe(|| future.poll(cx))));
        self.scope = Some(scope);
        polled.unwrap_or_else(|panic| {
            drop_quietly(panic);
            drop_quietly(self.future.take());
            // The panic's text stays here: it may say more than a peer should know.
            Poll::Ready(Err(Status::new(Code::Internal, "the handler panicked")))
        })
    }

    /// Drops the handler where it stands.
    pub(crate) fn stop(&mut self) {
        let future = self.future.take();
        if let Some(scope) = self.scope.take() {
            scope.cancelled.iter().for_each(CancellationToken::cancel);
            let (scope, ()) = scope.enter(|| drop_quietly(future));
            self.scope = Some(scope);
        }
    }
}

/// Drops what a handler leaves behind, which may panic; so may what it panics with, which is therefore let go.
fn drop_quietly<T>(left_behind: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(left_behind))) {
        std::mem::forget(panic);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("scope", &self.scope).finish_non_exhaustive()
    }
}
