//! Who reads the items of the streams of an end among enemies, and what they have: never more than they let the peer send.

use std::collections::BTreeMap;

use rpc_core::wire::{HEAD, InitialCredits, Kind, MayBegin, Shape, StreamId, Streams};

use super::MESSAGE;

/// What the peer may send.
pub(super) const CREDITS: InitialCredits =
    InitialCredits { stream_bytes: 1_500, stream_items: 3, connection_bytes: 2_500 };

/// The readers of open streams, by their calls.
#[derive(Debug, Default)]
pub(super) struct Readers {
    of: BTreeMap<u32, Reader>,
    /// The connection is lost, or would be, since the peer was at fault: credit is not counted any more.
    lost: bool,
}

#[derive(Debug)]
struct Reader {
    stream: StreamId,
    /// Body and cost of each item that it has not read, until it is dropped.
    unread: Option<Vec<(usize, usize)>>,
}

/// The shape that a number stands for.
pub(super) fn shape(number: u32) -> Shape {
    let window = (number & 4 == 4).then_some((1 + number % 1_000, 1 + number % 5));
    Shape { gives: number & 1 == 1, takes: number & 2 == 2, window }
}

impl Readers {
    pub(super) fn open(&mut self, call: u32, stream: StreamId, takes: bool) {
        let reader = Reader { stream, unread: takes.then(Vec::new) };
        assert!(self.of.insert(call, reader).is_none(), "call {call} has a stream already");
    }

    pub(super) fn wrong(&mut self) {
        self.lost = true;
    }

    /// A whole item.
    pub(super) fn item(&mut self, call: u32, body: usize, cost: usize) {
        assert!(body <= MESSAGE && cost >= HEAD + body);
        let reader = self.of.get_mut(&call).expect("its stream is open");
        reader.unread.as_mut().expect("somebody takes it").push((body, cost));
    }

    /// Whoever reads the items of a call takes all that it has, or is dropped with it.
    pub(super) fn read<S>(&mut self, which: usize, dropped: bool, streams: &mut Streams<S>) {
        let Some(at) = which.checked_rem(self.of.len()) else { return };
        let Some(reader) = self.of.values_mut().nth(at) else { return };
        if dropped {
            reader.drop_items(streams);
        } else if let Some(unread) = &mut reader.unread {
            unread.drain(..).for_each(|(_, cost)| streams.took(reader.stream, cost, 1));
        }
    }

    /// The reader of a call is dropped.
    pub(super) fn drop_of<S>(&mut self, call: u32, streams: &mut Streams<S>) {
        if let Some(reader) = self.of.get_mut(&call) {
            reader.drop_items(streams);
        }
    }

    /// The stream of a call is closed, and what it has is dropped.
    pub(super) fn close<S>(&mut self, call: u32, streams: &mut Streams<S>) {
        if let Some(mut reader) = self.of.remove(&call) {
            reader.drop_items(streams);
            assert!(streams.get(reader.stream).is_none() && streams.may_begin(reader.stream) == MayBegin::Closed);
        }
    }

    /// Credit is given, and items are sent for as long as there is some.
    pub(super) fn exchange<S>(&mut self, streams: &mut Streams<S>) {
        streams.give_credit(|head| {
            assert!(head.kind == Kind::Credit && head.word.max(head.extra) > 0);
            true
        });
        assert!(!streams.owes_credit());
        for reader in self.of.values() {
            if streams.may_begin(reader.stream) == MayBegin::Now {
                streams.sent(reader.stream, 1_000, true);
            }
        }
    }

    pub(super) fn check<S>(&self, streams: &mut Streams<S>) {
        assert_eq!(streams.iter().count(), self.of.len());
        assert!(streams.held() <= self.of.len() * MESSAGE);
        let mut held = 0;
        for Reader { unread, .. } in self.of.values() {
            let unread = unread.as_deref().unwrap_or_default();
            let bytes: usize = unread.iter().map(|(body, _)| body).sum();
            held += bytes;
            assert!(bytes < 1_500 + MESSAGE && unread.len() <= 5, "a stream has {unread:?}");
        }
        assert!(held < 2_500 + (self.of.len() + 1) * MESSAGE, "streams have {held} bytes");
    }

    /// Every stream is closed.
    pub(super) fn check_closed<S>(&self, streams: &Streams<S>) {
        assert!(self.of.is_empty() && streams.is_empty() && streams.held() == 0);
        assert!(self.lost || streams.untaken() == 0, "{} bytes are not given back", streams.untaken());
    }

    /// The connection is lost.
    pub(super) fn lose<S>(&mut self, streams: &mut Streams<S>) {
        self.lost = true;
        assert_eq!(streams.clear().len(), self.of.len());
        for mut reader in std::mem::take(&mut self.of).into_values() {
            reader.drop_items(streams);
        }
    }
}

impl Reader {
    fn drop_items<S>(&mut self, streams: &mut Streams<S>) {
        if let Some(unread) = self.unread.take() {
            streams.stop_taking(self.stream, unread.iter().map(|(_, cost)| cost).sum());
        }
    }
}
