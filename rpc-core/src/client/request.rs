//! A request on its way into a connection: what it is made of, and what became of it.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::Instant;

use super::reply::Outcome;
use crate::wire::{Fragments, Head, Shape};

/// A request that is ready to go.
pub(super) struct Request<'a> {
    /// Its head; the call's id is set here.
    pub(super) head: Head,
    /// Block and arguments; left empty once it is sent.
    pub(super) message: &'a mut BytesMut,
    pub(super) deadline: Option<Instant>,
    /// The call's place among those that wait, if it has waited before.
    pub(super) key: Option<usize>,
    /// Its streams, if it has any.
    pub(super) streams: Option<Streams>,
}

/// The streams of a call.
#[derive(Clone, Copy)]
pub(super) struct Streams {
    pub(super) shape: Shape,
    /// The deadline of the whole call; that of the request is for all before the items.
    pub(super) deadline: Option<Instant>,
    pub(super) idle: Option<Duration>,
    /// How long what comes before the items may take, and what comes after them; `None` where the call has a time of its
    /// own.
    pub(super) patience: Option<Duration>,
}

/// What became of a request.
pub(super) enum Started {
    /// It was handed to the link; a oneway is done with that.
    Sent { key: Option<usize>, id: u32 },
    /// It has an id, and the link has no room for all of it: go on with [`Session::poll_room`].
    NeedsRoom { key: usize, rest: Box<Fragments> },
    /// As many calls are in flight as the peer allows: start again when woken.
    NeedsPlace { key: usize },
    /// More calls wait for a place than may.
    TooManyWait,
    /// The connection takes no calls any more; nothing was sent.
    Gone,
}

/// How the wait for room ends.
pub(super) enum Room {
    /// All of the request was handed to the link.
    Sent,
    /// The connection takes no calls any more; nothing was sent.
    Gone,
    /// The call has an outcome already.
    Ended(Outcome),
}
