//! What the output of `#[service]` and of `#[derive(Tagged)]` names, and nothing else. No promise is made about it.

pub use std::{
    convert::{Infallible, Into},
    result::Result,
    string::String,
    sync::Arc,
    time::Duration,
    vec::Vec,
};

pub use futures_core::Stream;

pub use crate::{
    client::{Call, Channel, ConnectError, StreamCall, Stub},
    codec::{Blob, Buffer, Str},
    in_process::in_process,
    method::{MethodDescriptor, ServiceDescriptor},
    server::{Hosted, Identity, Input, Output, Request, Service, Slot, byte_item, byte_item_result, item, item_result},
    status::Status,
    stream::Streaming,
    tagged::{Shape, Tag, Tagged, UnknownNumber, is_apart},
};
