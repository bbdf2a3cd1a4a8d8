//! Streams, in every shape: items come as they went, in order, and end as their sender has ended them. What takes how long,
//! and what is held meanwhile, is in `tests/streams`.

use futures_util::{StreamExt, stream};
use rpc_core::{Stream, Streaming};
use tokio::sync::mpsc;

mod dropping;
mod ending;
mod metadata;
mod shapes;
mod sizes;
mod time;
mod windows;

/// All items of a stream that ends well.
async fn all<T, F: std::fmt::Debug>(mut items: Streaming<T, F>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item.expect("it ends well"));
    }
    assert!(items.next().await.is_none(), "something follows the end");
    assert!(matches!(items.status(), Some(Ok(()))), "{:?}", items.status());
    all
}

/// The next so many items of a stream.
async fn some<T, F: std::fmt::Debug>(items: &mut Streaming<T, F>, count: usize) -> Vec<T> {
    items.by_ref().take(count).map(|item| item.expect("it has not ended")).collect().await
}

/// The error that a stream ends with, which is the next that comes.
async fn failure<T: std::fmt::Debug, F>(items: &mut Streaming<T, F>) -> F {
    let failure = items.next().await.expect("the stream fails").expect_err("the stream fails");
    assert!(items.next().await.is_none(), "something follows the failure");
    assert!(matches!(items.status(), Some(Err(_))), "{:?}", items.status());
    failure
}

/// A stream of what the test sends.
fn by_hand<T: Send + 'static>() -> (mpsc::UnboundedSender<T>, impl Stream<Item = T> + Send + 'static) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }))
}
