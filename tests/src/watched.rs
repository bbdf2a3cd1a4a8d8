//! A caller's stream under the eyes of a test: how much of it was taken, and when it is let go.

use futures_util::StreamExt;
use rpc_core::Stream;
use tokio::sync::watch;

/// What becomes of a stream.
#[derive(Clone, Debug)]
pub struct Watched(watch::Receiver<usize>);

/// The same stream, and what becomes of it.
pub fn watched<S: Stream + Send + 'static>(
    items: S,
) -> (impl Stream<Item = S::Item> + Send + 'static + use<S>, Watched) {
    let (taken, watched) = watch::channel(0);
    (items.inspect(move |_| taken.send_modify(|taken| *taken += 1)), Watched(watched))
}

impl Watched {
    /// Items that were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until so many items were taken.
    ///
    /// # Panics
    /// When the stream is let go before.
    pub async fn until_taken(&self, count: usize) {
        self.0.clone().wait_for(|taken| *taken >= count).await.expect("the stream is let go too early");
    }

    /// Waits until the stream is let go.
    pub async fn until_dropped(&self) {
        let _ = self.0.clone().wait_for(|_| false).await;
    }
}
