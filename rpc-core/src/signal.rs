//! When this process is asked to stop, on Unix. What is then to be done is not known here.

use std::{future::poll_fn, task::Poll};

use tokio::signal::unix::{SignalKind, signal};

/// Waits until this process is asked to stop: by SIGTERM or SIGINT on Unix, by Ctrl-C elsewhere. Hand it to
/// [`Serving::serve_until`](crate::Serving::serve_until), which then drains.
///
/// The signals are watched from the call on, not from the first poll: from then on they do not end the process any more,
/// nor does a second one. How long it then takes to end is bounded by [`Limits::drain_timeout`](crate::Limits).
///
/// ```no_run
/// # async fn example(server: rpc_core::Server) -> Result<(), rpc_core::BindError> {
/// server.bind().await?.serve_until(rpc_core::shutdown_signal()).await;
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Outside of a tokio runtime with I/O, and where the system takes no more handlers of signals.
///
/// # Cancel safety
/// Dropping the future stops the watching; the signals stay without an effect.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send {
    let watch = |kind| signal(kind).expect("the system takes handlers of signals");
    let (mut terminate, mut interrupt) = (watch(SignalKind::terminate()), watch(SignalKind::interrupt()));
    poll_fn(move |cx| match terminate.poll_recv(cx).is_ready() || interrupt.poll_recv(cx).is_ready() {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
}
