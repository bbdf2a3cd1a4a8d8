//! The items of one direction of a call: what its sender has sent, and what its receiver has and takes.

use std::collections::VecDeque;

use bytes::Bytes;
use rpc_core::wire::{Flags, Fragments, HEAD, Head, Kind};

use super::account::{Account, Amount};

/// One direction of a call's items.
#[derive(Debug)]
pub(super) struct Flow {
    /// Unlike that of any other.
    number: usize,
    /// The credit of the stream, until nobody takes its items any more.
    pub(super) account: Account,
    /// Items may be sent: the stream is open, and has not ended.
    pub(super) gives: bool,
    /// The item that is being sent.
    pub(super) sending: Option<Fragments>,
    /// Length of each item that was begun.
    sizes: Vec<usize>,
    /// Items that were sent to their end.
    pub(super) sent: usize,
    /// Items are taken as they come: the stream is open, has a reader, and was not cancelled.
    pub(super) takes: bool,
    /// What has come of an item.
    partial: Option<Partial>,
    received: usize,
    /// What each item costs that has come and was not taken.
    pub(super) unread: VecDeque<usize>,
    /// The sender's end has come.
    pub(super) ended: bool,
    /// The most that an item has cost.
    largest: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Partial {
    body: usize,
    cost: usize,
}

/// A part of what a reader has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// So many bytes of credit of the first item.
    Bytes(usize),
    Items(usize),
}

impl Flow {
    pub(super) fn new(number: usize, whole: Amount) -> Self {
        Self {
            number,
            account: Account::new(whole),
            gives: false,
            sending: None,
            sizes: Vec::new(),
            sent: 0,
            takes: false,
            partial: None,
            received: 0,
            unread: VecDeque::new(),
            ended: false,
            largest: 0,
        }
    }

    /// An item tells by its bytes whose it is, and which.
    fn item(&self, which: usize) -> Bytes {
        (0..self.sizes[which]).map(|at| (self.number * 13 + which * 31 + at * 7) as u8).collect()
    }

    /// Begins the next item.
    pub(super) fn begin(&mut self, call: u32, size: usize, flags: Flags, cut: usize) {
        self.sizes.push(size);
        let which = self.sizes.len() - 1;
        let head = Head { codec: which as u8, ..Head::new(Kind::Item, call) }.flags(flags);
        let item = Fragments::new(head, self.item(which), cut);
        self.largest = self.largest.max(item.cost());
        self.sending = Some(item);
    }

    /// The sender sends no more, not even the rest of an item.
    pub(super) fn stop_giving(&mut self) {
        self.sending = None;
        self.gives = false;
    }

    /// A part of an item has come, and is kept. What it costs.
    pub(super) fn part_came(&mut self, body: usize) -> usize {
        let cost = HEAD + body;
        self.account.came(Amount::of(cost, self.partial.is_none().into()));
        let partial = self.partial.get_or_insert_default();
        partial.body += body;
        partial.cost += cost;
        cost
    }

    /// The last part of an item has come, or the only one. What the item has cost.
    pub(super) fn item_came(&mut self, head: &Head, item: &[u8], body: usize) -> usize {
        assert!(self.takes && !self.ended, "an item comes that nobody takes, or after the end");
        assert!(self.received < self.sent, "an item comes that was not sent");
        assert_eq!(item, self.item(self.received), "an item is lost, doubled or mixed up");
        assert_eq!((head.kind, head.codec), (Kind::Item, self.received as u8));
        self.part_came(body);
        let cost = self.partial.take().unwrap_or_default().cost;
        self.received += 1;
        self.unread.push_back(cost);
        cost
    }

    /// What comes is dropped from now on. What has come of an item, in bytes of credit, is given back by who drops it.
    pub(super) fn drop_rest(&mut self) -> usize {
        self.takes = false;
        self.partial.take().unwrap_or_default().cost
    }

    /// The reader is gone. What it has not read, in bytes of credit.
    pub(super) fn drop_unread(&mut self) -> usize {
        self.unread.drain(..).sum()
    }

    /// The reader takes a part of what it has: of the first item, or so many items. Bytes and items.
    pub(super) fn take(&mut self, part: Part) -> (usize, usize) {
        match (part, self.unread.front_mut()) {
            (Part::Bytes(bytes), Some(first)) if bytes < *first => {
                *first -= bytes;
                (bytes, 0)
            }
            (Part::Bytes(_), _) => (self.unread.pop_front().unwrap_or(0), 1),
            (Part::Items(items), _) => {
                let items = items.min(self.unread.len());
                (self.unread.drain(..items).sum(), items)
            }
        }
    }

    /// Whether a part of an item is still to come.
    pub(super) fn is_partial(&self) -> bool {
        self.partial.is_some()
    }

    /// Bytes held of an item of which a part is still to come.
    pub(super) fn partial(&self) -> usize {
        self.partial.unwrap_or_default().body
    }

    /// All items that were sent have come.
    pub(super) fn check_complete(&self) {
        assert_eq!(self.received, self.sent, "items are lost before the end");
    }

    /// Bytes of credit that the items cost which have come and are held.
    pub(super) fn held(&self) -> usize {
        self.unread.iter().sum::<usize>() + self.partial.unwrap_or_default().cost
    }

    /// More than the window of the stream is never held than by less than one item.
    pub(super) fn check(&self) {
        assert!(self.account.sender.bytes > -(self.largest as i64), "an item was begun without credit");
        if self.takes {
            self.account.check();
            let held = Amount::of(self.held(), self.unread.len() + usize::from(self.partial.is_some()));
            assert_eq!(self.account.held(), held);
            let Amount { bytes, items } = self.account.whole;
            assert!(held.items <= items && held.bytes < bytes + self.largest as i64, "more is held than the window");
        }
    }

    /// What may be held of it beyond what all streams share.
    pub(super) fn largest(&self) -> usize {
        self.largest
    }
}
