//! What a caller sets on one call, and what holds where it does not. Nothing here is sent or waits.

use std::time::Duration;

use tokio::time::Instant;

use super::request::Streams;
use crate::{
    codec::CodecId,
    limits::Limits,
    metadata::{Metadata, MetadataError},
    method::MethodDescriptor,
    status::{Code, Delivery, Status},
    stream::Form,
    wire::{InitialCredits, Shape},
};

/// What a caller may set.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    /// What may come of the reply's items before they are taken, in bytes and items.
    pub(super) window: Option<(u32, u32)>,
    pub(super) detached: bool,
    pub(super) wait_for_ready: bool,
    metadata: Metadata,
    wrong: Option<MetadataError>,
}

impl Options {
    pub(super) fn add_metadata(&mut self, key: &str, value: &[u8]) {
        if let Err(wrong) = self.metadata.insert(key, value) {
            self.wrong = Some(wrong);
        }
    }

    /// The metadata, if there is any.
    ///
    /// # Errors
    /// A pair was none that metadata can hold.
    pub(super) fn metadata(&self) -> Result<Option<Metadata>, Status> {
        match &self.wrong {
            Some(wrong) => Err(Status::new(Code::InvalidArgument, wrong.to_string()).delivered(Delivery::NotSent)),
            None => Ok((!self.metadata.is_empty()).then(|| self.metadata.clone())),
        }
    }
}

/// The streams of a call, if its method has any.
pub(super) fn streams(
    options: Option<&Options>,
    method: &MethodDescriptor,
    limits: &Limits,
    deadline: Option<Instant>,
) -> Option<Streams> {
    if !method.streams() {
        return None;
    }
    let most = |(bytes, items): (u32, u32)| (bytes.min(i32::MAX as u32), items.min(i32::MAX as u32));
    let window = options.and_then(|options| options.window).filter(|_| method.gives_items).map(most);
    let shape = Shape { gives: method.takes_items, takes: method.gives_items, window };
    let idle = options.and_then(|options| options.idle_timeout).or(method.idle_timeout).unwrap_or(limits.idle_timeout);
    let own = options.and_then(|options| options.timeout).or(method.timeout);
    let patience = own.is_none().then_some(limits.call_timeout);
    Some(Streams { shape, deadline, idle: (idle < Duration::MAX).then_some(idle), patience })
}

/// Whether items can go the ways that a method has: they need credit, which either side may have none of to give.
pub(super) fn check_streams(
    options: Option<&Options>,
    method: &MethodDescriptor,
    limits: &Limits,
    theirs: &InitialCredits,
) -> Result<(), Status> {
    let unsent = |code, message: String| Err(Status::new(code, message).delivered(Delivery::NotSent));
    if method.takes_items && (theirs.stream_bytes == 0 || theirs.stream_items == 0) {
        return unsent(Code::Unimplemented, "the server takes no streams".to_owned());
    }
    let (bytes, items) = window(options, limits);
    if method.gives_items && (bytes == 0 || items == 0) {
        let text = format!("no item could come: `stream_bytes` is {bytes}, `stream_items` is {items}");
        return unsent(Code::InvalidArgument, text);
    }
    Ok(())
}

/// What the items of a reply have in common.
pub(super) fn form(options: Option<&Options>, limits: &Limits, codec: CodecId) -> Form {
    Form::new(codec, limits.decode, window(options, limits))
}

fn window(options: Option<&Options>, limits: &Limits) -> (u32, u32) {
    options.and_then(|options| options.window).unwrap_or((limits.stream_bytes, limits.stream_items))
}
