//! Tasks of a handler: what they are spawned with goes with them, so that calls which they make end with the call that
//! they are made for.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::JoinHandle;

use crate::context::{self, Scope};

/// Spawns a task that belongs to the call which the running handler serves: there, [`Context::current`] is that of the
/// handler, and calls that the task makes inherit the deadline of the handler's call and end, as
/// [`Cancelled`](crate::Code::Cancelled), when it is cancelled; unless they are [detached](crate::Call::detached). The task
/// itself goes on until it ends, also after the handler has. Outside of a handler it is `tokio::spawn`.
///
/// [`Context::current`]: crate::Context::current
///
/// ```
/// # use rpc_core::{service, Context};
/// # #[service]
/// # trait Users { async fn name(&self, id: u64) -> String; }
/// # struct Staff;
/// # impl Users for Staff { async fn name(&self, id: u64) -> String { format!("number {id}") } }
/// #[service]
/// trait Teams {
///     async fn names(&self, ids: Vec<u64>) -> Vec<String>;
/// }
///
/// struct Office {
///     users: UsersClient,
/// }
///
/// impl Teams for Office {
///     async fn names(&self, ids: Vec<u64>) -> Vec<String> {
///         let ask = |id| {
///             let users = self.users.clone();
///             rpc_core::spawn(async move { users.name(id).await })
///         };
///         let asked: Vec<_> = ids.into_iter().map(ask).collect();
///         let mut names = Vec::new();
///         for name in asked {
///             names.extend(name.await.into_iter().flatten());
///         }
///         names
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let teams = TeamsClient::in_process(Office { users: UsersClient::in_process(Staff) });
/// # assert_eq!(teams.names(vec![1, 2]).await.unwrap(), ["number 1", "number 2"]);
/// # }
/// ```
///
/// # Panics
/// Outside of a tokio runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(carry(future))
}

/// A future that belongs to the call which the running handler serves, as a task of [`spawn`] does; for who spawns in
/// another way, with a `JoinSet` for one.
pub fn carry<F: Future>(future: F) -> Carried<F> {
    Carried { scope: context::carried(), future: Box::pin(future) }
}

/// A future with the context that it was made in; see [`carry`].
#[must_use = "futures do nothing unless they are polled"]
pub struct Carried<F> {
    scope: Option<Scope>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let Some(scope) = this.scope.take() else { return this.future.as_mut().poll(cx) };
        let (scope, polled) = scope.enter(|| catch_unwind(AssertUnwindSafe(|| this.future.as_mut().poll(cx))));
        this.scope = Some(scope);
        polled.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<F> fmt::Debug for Carried<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("scope", &self.scope).finish_non_exhaustive()
    }
}
