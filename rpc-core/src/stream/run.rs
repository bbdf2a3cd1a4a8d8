//! Small items of one stream that have come right behind each other: gathered without a look at the connection, and handed
//! over together. Most items of a busy stream come so. Whether they may come at all is asked of `wire` for all at once.

use super::{Queue, Taken, queue::LARGE};
use crate::{
    link::FrameBody,
    wire::{Flags, HEAD, Head, Kind},
};

/// Items that have come and that the connection does not know of yet.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Of each of them.
    head: Option<Head>,
    items: Queue,
    last: usize,
}

impl Run {
    /// Takes a frame that continues the run, or begins one. Whether it was such a frame.
    pub(crate) fn take(&mut self, head: &Head, body: &mut FrameBody<'_>) -> bool {
        if head.kind != Kind::Item || head.flags != Flags::NONE || self.head.is_some_and(|before| before != *head) {
            return false;
        }
        if body.len() >= LARGE {
            return false;
        }
        let bytes = body.as_slice();
        self.head = Some(*head);
        self.last = HEAD + bytes.len();
        self.items.push_small(self.last, bytes);
        true
    }

    /// The head of its items; `None` where there are none.
    pub(crate) fn head(&self) -> Option<Head> {
        self.head
    }

    /// What they cost, how many they are, and what the last of them cost.
    pub(crate) fn cost(&self) -> (Taken, usize) {
        (self.items.held(), self.last)
    }

    /// The items, to be taken out; the run is over.
    pub(crate) fn items(&mut self) -> &mut Queue {
        self.head = None;
        &mut self.items
    }
}
