//! A typed call: the future and its options in one value. It encodes the arguments when it is first polled (step 2)
//! and decodes the value when the response is there (step 10); between the two, [`RawCall`] deals in bytes.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;

use super::{raw_call::RawCall, reply::Reply, upload::upload};
use crate::{
    call_error::CallError,
    codec::{Buffer, CodecError, CodecId, Encode},
    limits::DecodeLimits,
    metadata::Metadata,
    step::{Step, mark},
};

/// A call that has not been made yet, or is under way: a future that gives the method's value.
///
/// Options come before the first poll; nothing is sent before it.
///
/// # Errors
/// [`CallError::App`] is the method's own error, [`CallError::Rpc`] a failure of the call.
///
/// # Streams
/// A method that returns a stream gives a [`Streaming`](crate::Streaming) as soon as it has returned it on the server, and
/// its error where it has none; one that takes a stream takes its items from then on when the call is under way, in a task
/// of their own, until they or the call have ended. So where a method waits for items of its argument before it returns its
/// stream, so does who awaits the call: have the first of them ready before.
///
/// # Cancel safety
/// Dropping a call that was sent cancels it on the server; dropping one that was not sends nothing.
#[must_use = "a call is made when it is awaited"]
pub struct Call<'a, A, T, E> {
    raw: RawCall<'a>,
    args: A,
    /// How the value is made of the reply; `Vec<u8>` in one run, a stream of what follows.
    read_value: Reader<T>,
    /// How the method's own error is decoded; `Infallible` has nothing to decode.
    decode_error: Decoder<E>,
}

/// Makes a value of a reply.
pub(super) type Reader<T> = fn(&RawCall<'_>, &mut Reply) -> Result<T, CodecError>;

/// Decodes an error.
pub(super) type Decoder<E> = fn(CodecId, &[u8], &DecodeLimits) -> Result<E, CodecError>;

/// Nothing of a call is ever pinned: it is a table entry and the caller's values.
impl<A, T, E> Unpin for Call<'_, A, T, E> {}

impl<'a, A, T, E> Call<'a, A, T, E> {
    pub(super) fn new(raw: RawCall<'a>, args: A, read_value: Reader<T>, decode_error: Decoder<E>) -> Self {
        Self { raw, args, read_value, decode_error }
    }

    /// The items of the argument that is a stream; what generated code calls.
    #[doc(hidden)]
    pub fn sending<I: Encode + 'static>(mut self, items: impl Stream<Item = I> + Send + 'static) -> Self {
        self.raw.send(upload(items, |item| item));
        self
    }

    /// As [`sending`](Self::sending), for bytes: encoded in one run rather than one by one.
    #[doc(hidden)]
    pub fn sending_bytes(mut self, items: impl Stream<Item = Vec<u8>> + Send + 'static) -> Self {
        self.raw.send(upload(items, Buffer));
        self
    }

    /// Gives the call this long, from its first poll, instead of the method's or the channel's default. It never
    /// outlives the call of the handler that makes it, see [`detached`](Self::detached). `Duration::MAX` is no
    /// deadline. It holds for the items of a stream too, to the last.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.raw.options().timeout = Some(timeout);
        self
    }

    /// Sends a pair of metadata with the request. A key or value that metadata cannot hold makes the call fail, not
    /// sent.
    pub fn metadata(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.raw.options().add_metadata(key, value.as_ref());
        self
    }

    /// Waits for a connection until the deadline, where nobody answers at first or servers drain, instead of failing. Use
    /// it where the server may still be starting, or is restarted. At most
    /// [`Limits::waiting_calls`](crate::Limits::waiting_calls) calls of a channel wait.
    pub fn wait_for_ready(mut self) -> Self {
        self.raw.options().wait_for_ready = true;
        self
    }

    /// Ends the call where for so long no item of its streams has come or gone, instead of the method's or the channel's
    /// default, [`Limits::idle_timeout`](crate::Limits::idle_timeout). For calls without streams it means nothing.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.raw.options().idle_timeout = Some(timeout);
        self
    }

    /// Lets the server send so many bytes, and so many items, of the reply's stream before they are taken, instead of the
    /// channel's [`Limits::stream_bytes`](crate::Limits::stream_bytes) and
    /// [`stream_items`](crate::Limits::stream_items): few where an item should be as new as can be, many where much is to
    /// come from far away. For other calls it means nothing.
    pub fn window(mut self, bytes: u32, items: u32) -> Self {
        self.raw.options().window = Some((bytes, items));
        self
    }

    /// Does not inherit the deadline of the call whose handler makes this call, nor end when that is cancelled; where the
    /// handler itself waits for it, it is dropped with the handler all the same.
    pub fn detached(mut self) -> Self {
        self.raw.options().detached = true;
        self
    }

    /// The same call, giving also what came beside the value.
    pub fn detailed(self) -> Detailed<'a, A, T, E> {
        Detailed(self)
    }
}

impl<A: Encode, T, E> Call<'_, A, T, E> {
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<(T, Reply), CallError<E>>> {
        let Self { raw, args, read_value, decode_error } = self;
        let mut reply = ready!(raw.poll(cx, &|codec, out| crate::codec::encode(codec, args, out)))?;
        mark(Step::DecodeResponse);
        let decode = &raw.limits().decode;
        let value = match reply.app_error() {
            true => decode_error(reply.codec(), reply.message(), decode).map(|error| Err(CallError::App(error))),
            false => read_value(raw, &mut reply).map(Ok),
        };
        Poll::Ready(match value {
            Ok(value) => value.map(|value| (value, reply)),
            Err(error) => Err(CallError::Rpc(raw.undecodable(error))),
        })
    }
}

impl<A: Encode, T, E> Future for Call<'_, A, T, E> {
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll_reply(cx).map(|reply| reply.map(|(value, _)| value))
    }
}

impl<A, T, E> fmt::Debug for Call<'_, A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

/// A [`Call`] that gives a [`Response`].
#[must_use = "a call is made when it is awaited"]
pub struct Detailed<'a, A, T, E>(Call<'a, A, T, E>);

impl<A, T, E> Unpin for Detailed<'_, A, T, E> {}

impl<A: Encode, T, E> Future for Detailed<'_, A, T, E> {
    type Output = Result<Response<T>, CallError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let call = &mut self.get_mut().0;
        let (value, reply) = ready!(call.poll_reply(cx))?;
        let (peer, attempts) = (call.raw.peer(), call.raw.attempts());
        Poll::Ready(Ok(Response { value, metadata: reply.into_metadata(), peer, attempts }))
    }
}

impl<A, T, E> fmt::Debug for Detailed<'_, A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value and what came beside it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<T> {
    /// The method's value.
    pub value: T,
    /// The metadata that the handler sent with it.
    pub metadata: Metadata,
    /// Who answered.
    pub peer: Arc<str>,
    /// Times that the call was begun on a connection, 1 for most calls. One that was surely not sent, because the
    /// connection closed under it, or that was refused by a server that drains, is begun again until its deadline; one
    /// that was refused because a limit of the server is reached, once.
    pub attempts: u32,
}
