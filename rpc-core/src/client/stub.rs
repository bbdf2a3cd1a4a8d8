//! What a generated client is made of: a channel, and the name of the service behind it.

use std::{convert::Infallible, fmt, sync::Arc};

use super::{Call, Channel, call::Decoder, raw_call::RawCall, reply::Reply};
use crate::{
    call_error::CallError,
    codec::{self, Buffer, CodecError, CodecId, Decode, Encode},
    limits::DecodeLimits,
    method::{MethodDescriptor, ServiceDescriptor, fnv1a32},
    status::{Code, Status},
    stream::{Failure, Streaming},
};

/// A call that gives a stream of `T`, which may fail with `E`.
pub type StreamCall<'a, A, T, E> = Call<'a, A, Streaming<T, CallError<E>>, E>;

/// A channel and the name of a service behind it.
#[derive(Clone)]
pub struct Stub {
    pub(super) channel: Channel,
    pub(super) service: Arc<str>,
    pub(super) hash: u32,
}

impl Stub {
    /// The service under the name of its trait.
    #[must_use]
    pub fn new(channel: Channel, descriptor: &ServiceDescriptor) -> Self {
        Self { channel, service: descriptor.name.into(), hash: fnv1a32(descriptor.name) }
    }

    /// The service under another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { hash: fnv1a32(&name), service: name.into(), ..self }
    }

    /// A call of a method that has no error of its own; nothing happens before it is polled.
    pub fn call<A: Encode, T: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, T, Infallible> {
        Call::new(RawCall::new(self, method), args, read, no_error)
    }

    /// A call of a method that returns a `Result`; nothing happens before it is polled.
    pub fn try_call<A: Encode, T: for<'de> Decode<'de>, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, T, E> {
        Call::new(RawCall::new(self, method), args, read, decode)
    }

    /// As [`call`](Self::call), for bytes: decoded in one run rather than one by one.
    pub fn call_bytes<A: Encode>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, Vec<u8>, Infallible> {
        Call::new(RawCall::new(self, method), args, read_bytes, no_error)
    }

    /// As [`try_call`](Self::try_call), for bytes: decoded in one run rather than one by one.
    pub fn try_call_bytes<A: Encode, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, Vec<u8>, E> {
        Call::new(RawCall::new(self, method), args, read_bytes, decode)
    }

    /// A call of a method that returns a stream and has no error of its own.
    pub fn stream<A: Encode, T: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> StreamCall<'_, A, T, Infallible> {
        Call::new(RawCall::new(self, method), args, |raw, reply| items(raw, reply, decode, no_failure), no_error)
    }

    /// A call of a method whose stream, or the way to it, may fail with an error of the service.
    pub fn try_stream<A: Encode, T: for<'de> Decode<'de>, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> StreamCall<'_, A, T, E> {
        Call::new(RawCall::new(self, method), args, |raw, reply| items(raw, reply, decode, failure), decode)
    }

    /// As [`stream`](Self::stream), for items of bytes: decoded in one run rather than one by one.
    pub fn stream_bytes<A: Encode>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> StreamCall<'_, A, Vec<u8>, Infallible> {
        Call::new(RawCall::new(self, method), args, |raw, reply| items(raw, reply, decode_bytes, no_failure), no_error)
    }

    /// As [`try_stream`](Self::try_stream), for items of bytes: decoded in one run rather than one by one.
    pub fn try_stream_bytes<A: Encode, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> StreamCall<'_, A, Vec<u8>, E> {
        Call::new(RawCall::new(self, method), args, |raw, reply| items(raw, reply, decode_bytes, failure), decode)
    }
}

/// A [`Reader`](super::call::Reader) of any value.
fn read<T: for<'de> Decode<'de>>(raw: &RawCall<'_>, reply: &mut Reply) -> Result<T, CodecError> {
    codec::decode(reply.codec(), reply.message(), &raw.limits().decode)
}

fn read_bytes(raw: &RawCall<'_>, reply: &mut Reply) -> Result<Vec<u8>, CodecError> {
    decode_bytes(reply.codec(), reply.message(), &raw.limits().decode)
}

/// The items of a reply.
fn items<T, F>(
    raw: &RawCall<'_>,
    reply: &mut Reply,
    decode: Decoder<T>,
    fail: fn(Failure, &DecodeLimits) -> F,
) -> Result<Streaming<T, F>, CodecError> {
    let no_items = || CodecError::Invalid("it is one value, where items are awaited".into());
    let items = reply.items.take().ok_or_else(no_items)?;
    let form = raw.form(items.session.codec);
    Ok(Streaming::wire(items, form, reply.metadata(), (decode, fail)))
}

fn failure<E: for<'de> Decode<'de>>(failure: Failure, limits: &DecodeLimits) -> CallError<E> {
    failed(failure, limits, decode)
}

fn no_failure(failure: Failure, limits: &DecodeLimits) -> CallError<Infallible> {
    failed(failure, limits, no_error)
}

/// What the last item of a stream says that has failed.
fn failed<E>(failure: Failure, limits: &DecodeLimits, decode: Decoder<E>) -> CallError<E> {
    match failure {
        Failure::Status(status) => CallError::Rpc(status),
        Failure::App(codec, message) => decode(codec, &message, limits).map_or_else(
            |error| {
                let text = format!("the error of the stream does not decode: {error}");
                CallError::Rpc(Status::new(Code::Internal, text))
            },
            CallError::App,
        ),
    }
}

fn decode_bytes(codec: CodecId, bytes: &[u8], limits: &DecodeLimits) -> Result<Vec<u8>, CodecError> {
    codec::decode::<Buffer>(codec, bytes, limits).map(|buffer| buffer.0)
}

fn no_error(_: CodecId, _: &[u8], _: &DecodeLimits) -> Result<Infallible, CodecError> {
    Err(CodecError::Invalid("the method has no error of its own".into()))
}

/// A [`Decoder`](super::call::Decoder) of any value.
fn decode<T: for<'de> Decode<'de>>(codec: CodecId, bytes: &[u8], limits: &DecodeLimits) -> Result<T, CodecError> {
    codec::decode(codec, bytes, limits)
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("service", &self.service).field("channel", &self.channel).finish()
    }
}
