//! What a generated client is made of: a channel, and the name of the service behind it.

use std::{convert::Infallible, fmt, sync::Arc};

use super::{Call, Channel, raw_call::RawCall};
use crate::{
    codec::{self, CodecError, Decode, Encode},
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
    pub fn call<'a, A: Encode, T>(&'a self, method: &'static MethodDescriptor, args: A) -> Call<'a, A, T, Infallible> {
        let no_error = |_, _: &[u8], _: &_| Err(CodecError::Invalid("the method has no error of its own".into()));
        Call::new(RawCall::new(self, method), args, no_error)
    }

    /// A call of a method that returns a `Result`; nothing happens before it is polled.
    pub fn try_call<'a, A: Encode, T, E: for<'de> Decode<'de>>(
        &'a self,
        method: &'static MethodDescriptor,
        args: A,
    ) -> Call<'a, A, T, E> {
        Call::new(RawCall::new(self, method), args, |codec, bytes, limits| codec::decode(codec, bytes, limits))
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("service", &self.service).field("channel", &self.channel).finish()
    }
}
