//! What the server asks of a service, and what generated code builds on: a request in, a future in a slot, a response
//! out. Everything here is about bytes; the service's types appear only in generated code.

use std::{fmt, sync::Arc};

use bytes::BytesMut;

use super::slot::Slot;
use crate::{
    body::Body,
    codec::{self, Buffer, CodecId, Decode, Encode},
    limits::DecodeLimits,
    method::{ServiceDescriptor, fnv1a32},
    status::{Code, Delivery, Status},
    step::{Step, mark},
};

/// A service that a server can host. Generated code implements it; `Server::add` takes it.
pub trait Service: Send + Sync + 'static {
    /// Under which name it is served, and its methods.
    fn identity(&self) -> &Identity;

    /// Puts the future that serves `request` into `slot`. Does not wait and runs no code of the user.
    fn start(&self, request: Request, slot: &mut Slot);
}

/// A service's name and methods.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) name: Arc<str>,
    pub(crate) hash: u32,
    pub(crate) descriptor: &'static ServiceDescriptor,
}

impl Identity {
    /// The service under the name of its trait.
    #[must_use]
    pub fn new(descriptor: &'static ServiceDescriptor) -> Self {
        Self { name: descriptor.name.into(), hash: fnv1a32(descriptor.name), descriptor }
    }

    /// The service under another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { hash: fnv1a32(&name), name: name.into(), ..self }
    }
}

/// A service and its identity: what a generated server is made of.
pub struct Hosted<S> {
    service: Arc<S>,
    identity: Identity,
}

impl<S> Hosted<S> {
    /// The service under the name of its trait.
    #[must_use]
    pub fn new(service: Arc<S>, descriptor: &'static ServiceDescriptor) -> Self {
        Self { service, identity: Identity::new(descriptor) }
    }

    /// The same service under another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { identity: self.identity.named(name), ..self }
    }

    /// The service itself.
    #[must_use]
    pub fn service(&self) -> Arc<S> {
        self.service.clone()
    }

    /// Its name and methods.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<S> fmt::Debug for Hosted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hosted").field(&self.identity.name).finish()
    }
}

/// A request for a method of a service.
#[derive(Debug)]
pub struct Request {
    pub(crate) method: usize,
    pub(crate) codec: CodecId,
    pub(crate) body: Body,
    pub(crate) out: BytesMut,
    pub(crate) decode: DecodeLimits,
}

impl Request {
    /// The method's place in the descriptor, the arguments, and where the result goes.
    #[must_use]
    pub fn into_parts(self) -> (usize, Input, Output) {
        let Self { method, codec, body, out, decode } = self;
        (method, Input { codec, body, decode }, Output { codec, bytes: out, app_error: false })
    }
}

/// The arguments of a call, encoded; decoded arguments may borrow from it.
#[derive(Debug)]
pub struct Input {
    codec: CodecId,
    body: Body,
    decode: DecodeLimits,
}

impl Input {
    /// Decodes the arguments.
    ///
    /// # Errors
    /// They do not decode; the method is then not run.
    pub fn args<'a, A: Decode<'a>>(&'a self) -> Result<A, Status> {
        mark(Step::DecodeRequest);
        let args = codec::decode(self.codec, &self.body, &self.decode).map_err(|error| {
            Status::new(Code::InvalidArgument, format!("the arguments do not decode: {error}"))
                .delivered(Delivery::Refused)
        });
        mark(Step::Run);
        args
    }
}

/// The result of a call, encoded.
#[derive(Debug)]
pub struct Output {
    codec: CodecId,
    pub(crate) bytes: BytesMut,
    pub(crate) app_error: bool,
}

impl Output {
    /// The value of a method that returns no `Result`.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn value<T: Encode>(self, value: T) -> Result<Self, Status> {
        mark(Step::Return);
        self.encode(&value)
    }

    /// The value or the error of a method that returns a `Result`.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn result<T: Encode, E: Encode>(mut self, result: Result<T, E>) -> Result<Self, Status> {
        mark(Step::Return);
        match result {
            Ok(value) => self.encode(&value),
            Err(error) => {
                self.app_error = true;
                self.encode(&error)
            }
        }
    }

    /// As [`value`](Self::value), for bytes: encoded in one run rather than one by one.
    ///
    /// # Errors
    /// None.
    pub fn bytes(self, value: Vec<u8>) -> Result<Self, Status> {
        self.value(Buffer(value))
    }

    /// As [`result`](Self::result), for bytes: encoded in one run rather than one by one.
    ///
    /// # Errors
    /// The error cannot be encoded.
    pub fn bytes_result<E: Encode>(self, result: Result<Vec<u8>, E>) -> Result<Self, Status> {
        self.result(result.map(Buffer))
    }

    /// The end of a oneway.
    ///
    /// # Errors
    /// None.
    pub fn nothing(self, (): ()) -> Result<Self, Status> {
        Ok(self)
    }

    /// There is no method at this place of the descriptor.
    ///
    /// # Errors
    /// Always.
    pub fn no_method(self, method: usize) -> Result<Self, Status> {
        Err(Status::new(Code::Unimplemented, format!("no method has the number {method}")).delivered(Delivery::Refused))
    }

    fn encode<T: Encode>(mut self, value: &T) -> Result<Self, Status> {
        mark(Step::EncodeResponse);
        codec::encode(self.codec, value, &mut self.bytes)
            .map_err(|error| Status::new(Code::Internal, format!("the result cannot be encoded: {error}")))?;
        Ok(self)
    }
}
