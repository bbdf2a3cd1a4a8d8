//! What the server asks of a service, and what generated code builds on: a request in, a future in a slot, a response
//! out. Everything here is about bytes; the service's types appear only in generated code.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use futures_core::Stream;

use super::{argument::Argument, giving::Giving, slot::Slot};
use crate::{
    body::Body,
    codec::{self, Buffer, CodecId, Decode, Encode},
    limits::DecodeLimits,
    metadata::Metadata,
    method::{ServiceDescriptor, fnv1a32},
    status::{Code, Delivery, Status},
    step::{Step, mark},
    stream::{Decoder, Failure, Form, Given, More, Streaming},
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
    pub(super) streams: Option<Box<Streams>>,
}

/// The streams of a call.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) argument: Option<Argument>,
    pub(super) giving: Option<Giving>,
    /// What the items of the argument have in common.
    pub(super) form: Form,
    /// The caller's.
    pub(super) metadata: Metadata,
}

impl Request {
    /// The method's place in the descriptor, the arguments, and where the result goes.
    #[must_use]
    pub fn into_parts(self) -> (usize, Input, Output) {
        let Self { method, codec, body, out, decode, mut streams } = self;
        let giving = streams.as_mut().and_then(|streams| streams.giving.take());
        let input = Input { codec, body, decode, streams: Mutex::new(streams) };
        (method, input, Output { codec, bytes: out, app_error: false, giving })
    }
}

/// The arguments of a call, encoded; decoded arguments may borrow from it.
#[derive(Debug)]
pub struct Input {
    codec: CodecId,
    body: Body,
    decode: DecodeLimits,
    /// Behind a lock, since arguments borrow from the rest when it is taken.
    streams: Mutex<Option<Box<Streams>>>,
}

impl Input {
    /// The argument that is a stream; an empty one where it was taken before.
    pub fn items<T: for<'de> Decode<'de>>(&self) -> Streaming<T> {
        self.stream(|codec, bytes, limits| codec::decode(codec, bytes, limits))
    }

    /// As [`items`](Self::items), for bytes: decoded in one run rather than one by one.
    pub fn byte_items(&self) -> Streaming<Vec<u8>> {
        self.stream(|codec, bytes, limits| codec::decode::<Buffer>(codec, bytes, limits).map(|buffer| buffer.0))
    }

    fn stream<T>(&self, decode: Decoder<T>) -> Streaming<T> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner).take();
        match streams.map(|streams| *streams) {
            Some(Streams { argument: Some(argument), form, metadata, .. }) => {
                Streaming::wire(Box::new(argument), form, metadata, (decode, failed))
            }
            _ => Streaming::empty(),
        }
    }

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

/// Why the items of a caller have ended.
fn failed(failure: Failure, _: &DecodeLimits) -> Status {
    match failure {
        Failure::Status(status) => status,
        Failure::App(..) => Status::new(Code::Unknown, "the caller ended its items with an error"),
    }
}

/// An item of a stream that cannot fail, as generated code hands it on.
///
/// # Errors
/// None.
pub fn item<T>(item: T) -> Result<T, Never> {
    Ok(item)
}

/// An item of a stream that may fail.
///
/// # Errors
/// The item's own.
pub fn item_result<T, E>(item: Result<T, E>) -> Result<T, E> {
    item
}

/// An item of bytes: encoded in one run rather than one by one.
///
/// # Errors
/// None.
pub fn byte_item(item: Vec<u8>) -> Result<Buffer, Never> {
    Ok(Buffer(item))
}

/// An item of bytes of a stream that may fail.
///
/// # Errors
/// The item's own.
pub fn byte_item_result<E>(item: Result<Vec<u8>, E>) -> Result<Buffer, E> {
    item.map(Buffer)
}

/// The error of what cannot fail.
#[derive(Debug, serde::Serialize)]
pub enum Never {}

/// The next item of a stream, encoded at the end of `out`.
fn poll_given<S: Stream, T: Encode, E: Encode>(
    items: Pin<&mut S>,
    form: fn(S::Item) -> Result<T, E>,
    codec: CodecId,
    (cx, out): (&mut Context<'_>, &mut BytesMut),
) -> Poll<Result<More, Status>> {
    let encoded = match ready!(items.poll_next(cx)).map(form) {
        None => return Poll::Ready(Ok(More::End)),
        Some(Ok(item)) => codec::encode(codec, &item, out).map(|()| More::Item),
        Some(Err(error)) => codec::encode(codec, &error, out).map(|()| More::AppError),
    };
    Poll::Ready(encoded.map_err(|error| Status::new(Code::Internal, format!("an item cannot be encoded: {error}"))))
}

/// The result of a call, encoded.
#[derive(Debug)]
pub struct Output {
    codec: CodecId,
    pub(crate) bytes: BytesMut,
    pub(crate) app_error: bool,
    /// The way out for items.
    giving: Option<Giving>,
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

    /// The items of a method that returns a stream, sent one by one as the caller takes them; the end is what remains.
    ///
    /// # Errors
    /// An item cannot be encoded, or is too long; the method returns no stream.
    pub async fn stream<S: Stream, T: Encode, E: Encode>(
        mut self,
        items: S,
        form: fn(S::Item) -> Result<T, E>,
    ) -> Result<Self, Status> {
        mark(Step::Return);
        let no_items = || Status::new(Code::Internal, "the descriptor of the method does not say that it gives items");
        let mut giving = self.giving.take().ok_or_else(no_items)?;
        let mut items = pin!(items);
        let codec = self.codec;
        poll_fn(|cx| giving.poll_begin(cx)).await?;
        let last =
            poll_fn(|cx| giving.poll_items(cx, &mut |cx, out| poll_given(items.as_mut(), form, codec, (cx, out))));
        if let Given::AppError(error) = last.await? {
            (self.bytes, self.app_error) = (error, true);
        }
        Ok(self)
    }

    /// As [`stream`](Self::stream), of a method that may fail before there is a stream.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub async fn try_stream<S: Stream, T: Encode, E: Encode, F: Encode>(
        mut self,
        items: Result<S, F>,
        form: fn(S::Item) -> Result<T, E>,
    ) -> Result<Self, Status> {
        match items {
            Ok(items) => self.stream(items, form).await,
            Err(error) => {
                self.app_error = true;
                self.encode(&error)
            }
        }
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
