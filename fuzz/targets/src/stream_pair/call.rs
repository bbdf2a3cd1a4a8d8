//! One call of a history: what was asked and answered, and how far each end is with it.

use bytes::Bytes;
use rpc_core::wire::{Fragments, Head, Kind, Shape, StreamId};

use super::{CALLER, flow::Flow};

/// A call, of any shape.
#[derive(Debug)]
pub(super) struct Call {
    /// The head and the body of its request.
    pub(super) request: (Head, Bytes),
    /// Its shape as its caller knows it.
    pub(super) asked: Shape,
    /// As its callee knows it, unless it does not know the method.
    pub(super) known: Option<Shape>,
    /// The items of its caller, and of its callee.
    pub(super) flows: [Flow; 2],
    /// What is still to be sent of the request; nothing once its caller wants no more of it.
    pub(super) asking: Option<Fragments>,
    /// Its caller wants nothing more of it.
    pub(super) given_up: bool,
    /// The callee's items have begun, as its caller knows.
    pub(super) begun: bool,
    /// It is over for its caller.
    pub(super) ended: bool,
    pub(super) place: Place,
    /// Its stream at each end, also when it is closed there.
    pub(super) streams: [Option<StreamId>; 2],
    /// Whether it is open there.
    pub(super) open: [bool; 2],
    /// The beginning of the callee's items, and what is still to be sent of it.
    pub(super) beginning: Option<(Head, Bytes)>,
    pub(super) begins: Option<Fragments>,
    /// The terminal frame, and what is still to be sent of it.
    pub(super) reply: Option<(Head, Bytes)>,
    pub(super) answers: Option<Fragments>,
}

/// How far a callee is with a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// It knows nothing of it yet, or has a part of the request.
    Unknown,
    /// The handler runs.
    Running,
    /// The handler has ended, and a part of the answer is still to be sent.
    Answering,
    /// The request was refused, and the answer is still to be sent.
    Refused,
    Done,
}

impl Call {
    /// Whether an end may send items now, or the rest of one.
    pub(super) fn may_give(&self, end: usize) -> bool {
        let before = if end == CALLER { self.asking.is_none() } else { self.has_sent_begin() };
        before && self.flows[end].gives
    }

    /// Whether the sender of one direction has an item to begin that somebody reads.
    pub(super) fn waits(&self, from: usize) -> bool {
        self.may_give(from) && self.flows[from].takes && self.flows[from].sending.is_none()
    }

    pub(super) fn id(&self) -> u32 {
        self.request.0.call
    }

    /// Whether its id is taken at its callee.
    pub(super) fn runs(&self) -> bool {
        matches!(self.place, Place::Running | Place::Answering)
    }

    /// Whether the callee has sent all of its `begin`.
    pub(super) fn has_sent_begin(&self) -> bool {
        self.beginning.is_some() && self.begins.is_none()
    }

    /// The kind of its terminal frame.
    pub(super) fn terminal(&self) -> Kind {
        if self.has_sent_begin() { Kind::End } else { Kind::Response }
    }

    /// Whether anything is still to happen to it.
    pub(super) fn is_live(&self) -> bool {
        !self.ended || self.place != Place::Done || self.flows.iter().any(|flow| !flow.unread.is_empty())
    }
}
