//! Futures that are polled so many times and no more: how a caller gives up at a chosen point.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Polls `future` until it is ready or was polled `times` times, and drops it; whether it was ready.
pub async fn polled_times<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(|cx| {
        if polled == times {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Given up at once after the last poll, not when something happens.
            Poll::Pending if polled == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Polls `future` once and gives it back to be awaited later; it must wait.
///
/// # Panics
/// When it is ready at once.
pub async fn poll_once<F: Future + Unpin>(mut future: F) -> F {
    let ready = poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut future).poll(cx).is_ready())).await;
    assert!(!ready, "the future was ready at its first poll");
    future
}
