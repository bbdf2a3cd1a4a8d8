//! The stream that programs read: decodes items one by one and gives their credit back.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::task::coop::poll_proceed;

use super::{Ending, Failure, Form, Queue, Source, Taken, queue};
use crate::{
    codec::{CodecError, CodecId},
    limits::DecodeLimits,
    metadata::Metadata,
    status::{Code, Status},
};

/// Items between two looks whether others of this thread are to have a turn: the look costs as much as an item.
const TURN: u32 = 32;

/// The items of a call, as they come.
///
/// A client gets one from a method that returns `impl Stream<Item = T>`; its items are `Result<T, CallError<E>>`. A method
/// gets one as an argument, `Streaming<T>`; its items are `Result<T, Status>`. It ends with `None` where the other side
/// has ended it, and with one `Err` where the call has failed: the peer is gone, an item does not decode, or, on a client,
/// the method itself ended with an error.
///
/// What is not taken waits: a peer may send as much as
/// [`Limits::stream_bytes`](crate::Limits::stream_bytes) and [`stream_items`](crate::Limits::stream_items) allow, and then
/// waits too, without holding up other calls. Dropped on a client it cancels the call; dropped in a method it drops what
/// still comes.
///
/// ```
/// # use rpc_core::{Status, Stream, Streaming, service};
/// #[service]
/// trait Counter {
///     async fn squares(&self, up_to: u32) -> impl Stream<Item = u32>;
///     async fn sum(&self, numbers: Streaming<u32>) -> Result<u32, String>;
/// }
///
/// struct Abacus;
///
/// impl Counter for Abacus {
///     async fn squares(&self, up_to: u32) -> impl Stream<Item = u32> {
///         futures_util::stream::iter((1..=up_to).map(|n| n * n))
///     }
///
///     async fn sum(&self, mut numbers: Streaming<u32>) -> Result<u32, String> {
///         let mut sum = 0;
///         while let Some(number) = numbers.try_next().await.map_err(|status| status.to_string())? {
///             sum += number;
///         }
///         Ok(sum)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter = CounterClient::in_process(Abacus);
/// let mut squares = counter.squares(3).await?;
/// while let Some(square) = squares.try_next().await? {
///     println!("{square}");
/// }
/// assert_eq!(counter.sum(futures_util::stream::iter([1, 4, 9])).await.unwrap(), 14);
/// # Ok(())
/// # }
/// ```
pub struct Streaming<T, F = Status> {
    from: From<T, F>,
    metadata: Metadata,
    ended: Option<Ended>,
}

enum From<T, F> {
    Nowhere,
    Wire(Box<Wire<T, F>>),
    Local(Pin<Box<dyn Stream<Item = Result<T, F>> + Send>>),
}

/// Items of a connection.
struct Wire<T, F> {
    source: Box<dyn Source>,
    form: Form,
    queue: Queue,
    taken: Taken,
    /// What was given back since it was worth to say so last.
    given_back: Taken,
    /// Items since the runtime was asked whether others of this thread are to have a turn.
    turn: u32,
    decode: Decoder<T>,
    fail: Fail<F>,
}

/// How it ended.
struct Ended {
    metadata: Metadata,
    failure: Option<Status>,
}

/// Decodes an item.
pub(crate) type Decoder<T> = fn(CodecId, &[u8], &DecodeLimits) -> Result<T, CodecError>;

/// Makes the last item of why the stream has failed.
pub(crate) type Fail<F> = fn(Failure, &DecodeLimits) -> F;

/// Nothing of a stream is ever pinned but what is in a box.
impl<T, F> Unpin for Streaming<T, F> {}

impl<T, F> Streaming<T, F> {
    /// The items of any other stream: for tests of a service's methods without a connection, and to hand on what comes
    /// from elsewhere.
    pub fn new(items: impl Stream<Item = Result<T, F>> + Send + 'static) -> Self {
        Self { from: From::Local(Box::pin(items)), metadata: Metadata::default(), ended: None }
    }

    /// No items.
    pub(crate) fn empty() -> Self {
        Self { from: From::Nowhere, metadata: Metadata::default(), ended: None }
    }

    pub(crate) fn wire(
        source: Box<dyn Source>,
        form: Form,
        metadata: Metadata,
        (decode, fail): (Decoder<T>, Fail<F>),
    ) -> Self {
        let (queue, taken, given_back) = (Queue::default(), Taken::default(), Taken::default());
        let wire = Wire { source, form, queue, taken, given_back, turn: 0, decode, fail };
        Self { from: From::Wire(Box::new(wire)), metadata, ended: None }
    }

    /// The next item; `None` when there is none any more, and ever after.
    ///
    /// # Errors
    /// The call has failed; nothing follows.
    ///
    /// # Cancel safety
    /// No item is lost where the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T, F>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// As [`next`](Self::next), for `?`: `Ok(None)` when there is no item any more.
    ///
    /// ```
    /// # use rpc_core::{Status, Streaming};
    /// async fn sum(mut numbers: Streaming<u64>) -> Result<u64, Status> {
    ///     let mut sum = 0;
    ///     while let Some(number) = numbers.try_next().await? {
    ///         sum += number;
    ///     }
    ///     Ok(sum)
    /// }
    /// ```
    ///
    /// # Errors
    /// The call has failed; nothing follows.
    ///
    /// # Cancel safety
    /// No item is lost where the future is dropped.
    pub async fn try_next(&mut self) -> Result<Option<T>, F> {
        self.next().await.transpose()
    }

    /// The metadata that came before the first item: on a client what the method sent with
    /// [`Context::respond_with`](crate::Context::respond_with) before it returned its stream, in a method the caller's.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The metadata that came with the end: what a method sent with
    /// [`Context::respond_with`](crate::Context::respond_with) after it had returned its stream. `None` before the end.
    #[must_use]
    pub fn end_metadata(&self) -> Option<&Metadata> {
        self.ended.as_ref().map(|ended| &ended.metadata)
    }

    /// How the stream has ended: well, or why not; a service's own error is [`Code::Unknown`](crate::Code::Unknown) here.
    /// `None` before the end, and for streams made with [`new`](Self::new).
    #[must_use]
    pub fn status(&self) -> Option<Result<(), &Status>> {
        self.ended.as_ref().map(|ended| ended.failure.as_ref().map_or(Ok(()), Err))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, F>>> {
        let wire = match &mut self.from {
            From::Nowhere => return Poll::Ready(None),
            From::Local(items) => {
                let item = ready!(items.as_mut().poll_next(cx));
                if item.is_none() {
                    self.from = From::Nowhere;
                }
                return Poll::Ready(item);
            }
            From::Wire(wire) => wire,
        };
        if self.ended.is_some() {
            return Poll::Ready(None);
        }
        if wire.turn == TURN {
            ready!(poll_proceed(cx)).made_progress();
            wire.turn = 0;
        }
        if wire.queue.is_empty() {
            let taken = wire.give_back();
            match wire.source.poll_items(cx, taken, &mut wire.queue) {
                Poll::Ready(None) => {}
                Poll::Ready(Some(ending)) => return Poll::Ready(self.end(ending).map(Err)),
                Poll::Pending => return Poll::Pending,
            }
        }
        match wire.next() {
            Some(Ok(item)) => Poll::Ready(Some(Ok(item))),
            Some(Err(error)) => {
                let status = wire.source.undecodable(error);
                Poll::Ready(self.end(Ending::failed(status)).map(Err))
            }
            None => Poll::Pending,
        }
    }

    fn end(&mut self, ending: Ending) -> Option<F> {
        let Ending { failure, metadata } = ending;
        let status = failure.as_ref().map(|failure| match failure {
            Failure::Status(status) => status.clone(),
            Failure::App(..) => Status::new(Code::Unknown, "the method ended its stream with an error of its own"),
        });
        self.ended = Some(Ended { metadata, failure: status });
        // What it held goes now.
        let From::Wire(wire) = std::mem::replace(&mut self.from, From::Nowhere) else { return None };
        failure.map(|failure| (wire.fail)(failure, &wire.form.decode))
    }
}

impl<T, F> Wire<T, F> {
    fn next(&mut self) -> Option<Result<T, CodecError>> {
        let queue::Next { cost, bytes } = self.queue.next()?;
        // Decoding runs code of the user, which may panic: the credit is given back all the same.
        self.taken = self.taken.plus(Taken { bytes: cost, items: 1 });
        let item = (self.decode)(self.form.codec, bytes.as_slice(), &self.form.decode);
        self.turn += 1;
        if self.taken.plus(self.given_back).reaches(self.form.worth) {
            let taken = self.give_back();
            self.source.give_back(taken);
        }
        Some(item)
    }

    /// What was taken and is to be given back now.
    fn give_back(&mut self) -> Taken {
        let taken = std::mem::take(&mut self.taken);
        self.given_back = taken.plus(self.given_back);
        if self.given_back.reaches(self.form.worth) {
            self.given_back = Taken::default();
        }
        taken
    }
}

impl<T, F> Drop for Wire<T, F> {
    /// What the program has not taken it never will.
    fn drop(&mut self) {
        self.source.close(self.taken.plus(self.queue.held()));
    }
}

impl<T, F> Stream for Streaming<T, F> {
    type Item = Result<T, F>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl<T, F> fmt::Debug for Streaming<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("metadata", &self.metadata)
            .field("ended", &self.ended.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_stream_that_was_made_of_another_is_asked_no_more_once_that_has_ended() {
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = polls.clone();
        // Some begin again, or panic.
        let items = stream::poll_fn(move |_| {
            let item: Option<Result<u32, Status>> =
                [Some(Ok(7)), None, Some(Ok(8))][counted.fetch_add(1, Ordering::Relaxed)].clone();
            Poll::Ready(item)
        });
        let mut streaming = Streaming::new(items);
        assert_eq!(streaming.next().await.unwrap().unwrap(), 7);
        for _ in 0..5 {
            assert!(streaming.next().await.is_none());
        }
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }
}
