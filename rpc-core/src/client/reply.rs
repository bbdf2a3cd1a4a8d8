//! What a call waits for: the response as it came, or why there is none.

use std::{sync::Arc, time::Duration};

use super::items::Items;
use crate::{
    body::Body,
    codec::CodecId,
    limits::Limits,
    link::FrameBody,
    metadata::Metadata,
    status::{Code, Delivery, Status},
    wire::{self, Block, Flags, Head},
};

/// A response, not decoded yet.
#[derive(Debug)]
pub(super) struct Reply {
    head: Head,
    message: Body,
    metadata: Option<Box<Metadata>>,
    /// The items that follow.
    pub(super) items: Option<Box<Items>>,
}

/// How the waiting of a call ends.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The peer has answered.
    Reply(Reply),
    /// The items of the reply begin; the call goes on.
    Begun(Reply),
    /// The peer has answered with something that cannot be read.
    Unreadable(&'static str),
    /// An item of the caller's cannot be sent.
    Unsendable(Status),
    /// The deadline has passed.
    Late,
    /// No item has come or gone for this long.
    Idle(Duration),
    /// Nothing came within this time, of what comes before the items or after them.
    NoReply(Duration),
    /// The connection has gone.
    Lost(Arc<Lost>),
}

/// Why a connection has gone.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(super) struct Lost {
    pub(super) why: String,
}

impl Outcome {
    /// A response frame, as an outcome.
    pub(super) fn response(head: Head, mut message: FrameBody<'_>, limits: &Limits) -> Self {
        if head.flags.has(Flags::COMPRESSED) {
            return Self::Unreadable("it is compressed, which was not agreed");
        }
        if !head.flags.has(Flags::BLOCK) {
            return Self::Reply(Reply { head, message: message.into_body(0), metadata: None, items: None });
        }
        let bytes = message.as_slice();
        let (block, start) = match wire::split_block(bytes, limits) {
            Ok((block, body)) => (block, bytes.len() - body.len()),
            Err(why) => return Self::Unreadable(why),
        };
        let Block { metadata, .. } = block;
        Self::Reply(Reply { head, message: message.into_body(start), metadata: metadata.map(Box::new), items: None })
    }

    /// Whether the server has not run the call for a reason that may not hold the next time: it drains, or a limit of it
    /// is reached.
    pub(super) fn may_run_elsewhere(&self) -> bool {
        let for_now = [Code::Unavailable as u32, Code::ResourceExhausted as u32];
        matches!(self, Self::Reply(Reply { head, .. }) if head.flags.has(Flags::NOT_RUN) && for_now.contains(&head.word))
    }

    /// The response, or the status that the call ends with. `sent`: whether anything of the request may have reached
    /// the peer.
    pub(super) fn into_reply(self, sent: bool, timeout: Option<Duration>) -> Result<Reply, Status> {
        let unless_sent = if sent { Delivery::Unknown } else { Delivery::NotSent };
        match self {
            Self::Begun(reply) => Ok(reply),
            Self::Reply(reply) => reply.check(),
            Self::Unsendable(status) => Err(status),
            Self::Idle(idle) => {
                let message = format!("no item has come or gone for {idle:?}, the limit `idle_timeout`");
                Err(Status::new(Code::DeadlineExceeded, message).delivered(unless_sent))
            }
            Self::NoReply(patience) => {
                let message = format!("nothing came within {patience:?}, the limit `call_timeout`");
                Err(Status::new(Code::DeadlineExceeded, message).delivered(unless_sent))
            }
            Self::Unreadable(why) => Err(Status::new(Code::Internal, format!("the response cannot be read: {why}"))),
            Self::Late => Err(late(timeout).delivered(unless_sent)),
            Self::Lost(lost) => {
                let message = format!("the connection is lost: {lost}");
                Err(Status::new(Code::Unavailable, message).delivered(unless_sent).sourced(lost))
            }
        }
    }
}

/// The deadline has passed; `timeout` is what the call was given.
pub(super) fn late(timeout: Option<Duration>) -> Status {
    let message = match timeout {
        Some(timeout) => format!("the deadline of {timeout:?} has passed"),
        None => "the inherited deadline has passed".to_owned(),
    };
    Status::new(Code::DeadlineExceeded, message)
}

impl Reply {
    /// What a oneway gives once it was handed over.
    pub(super) fn handed_over() -> Self {
        // The codec in which `()` has no bytes.
        let head = Head { codec: CodecId::BINARY.0, ..Head::new(wire::Kind::Response, 0) };
        Self { head, message: Body::empty(), metadata: None, items: None }
    }

    pub(super) fn app_error(&self) -> bool {
        self.head.flags.has(Flags::APP_ERROR) && self.head.word != 0
    }

    pub(super) fn codec(&self) -> CodecId {
        CodecId(self.head.codec)
    }

    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    pub(super) fn into_parts(self) -> (Body, Metadata) {
        (self.message, self.metadata.map(|metadata| *metadata).unwrap_or_default())
    }

    pub(super) fn metadata(&self) -> Metadata {
        self.metadata.as_deref().cloned().unwrap_or_default()
    }

    pub(super) fn into_metadata(self) -> Metadata {
        self.metadata.map(|metadata| *metadata).unwrap_or_default()
    }

    /// A response that says why the call failed is a status.
    fn check(self) -> Result<Self, Status> {
        if self.head.word == 0 || self.app_error() {
            return Ok(self);
        }
        let code = Code::from_number(self.head.word);
        let delivery = match code {
            _ if self.head.flags.has(Flags::NOT_RUN) => Delivery::Refused,
            // The handler was dropped where it stood.
            Code::Cancelled | Code::DeadlineExceeded | Code::Unavailable => Delivery::Unknown,
            _ => Delivery::Failed,
        };
        let message = String::from_utf8_lossy(&self.message).into_owned();
        Err(Status::new(code, message).delivered(delivery).with_metadata(self.into_metadata()))
    }
}
