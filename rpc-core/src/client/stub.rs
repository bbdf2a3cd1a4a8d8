//! What a generated client is made of: a channel, and the name of the service behind it.

use std::{convert::Infallible, fmt, sync::Arc};

use super::{Call, Channel, raw_call::RawCall};
use crate::{
    codec::{self, Buffer, CodecError, CodecId, Decode, Encode},
    limits::DecodeLimits,
    method::{MethodDescriptor, ServiceDescriptor, fnv1a32},
};

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
        Call::new(RawCall::new(self, method), args, decode, no_error)
    }

    /// A call of a method that returns a `Result`; nothing happens before it is polled.
    pub fn try_call<A: Encode, T: for<'de> Decode<'de>, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, T, E> {
        Call::new(RawCall::new(self, method), args, decode, decode)
    }

    /// As [`call`](Self::call), for bytes: decoded in one run rather than one by one.
    pub fn call_bytes<A: Encode>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, Vec<u8>, Infallible> {
        Call::new(RawCall::new(self, method), args, decode_bytes, no_error)
    }

    /// As [`try_call`](Self::try_call), for bytes: decoded in one run rather than one by one.
    pub fn try_call_bytes<A: Encode, E: for<'de> Decode<'de>>(
        &self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'_, A, Vec<u8>, E> {
        Call::new(RawCall::new(self, method), args, decode_bytes, decode)
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
