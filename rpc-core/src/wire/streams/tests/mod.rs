//! What streams promise, each alone: what a frame of theirs costs and means, who may send, who is given what.
//!
//! Any order of it all, at both ends of a connection, is tried in `fuzz/targets`.

use super::*;
use crate::wire::{Flags, HEAD, Kind};

mod arrivals;
mod given_back;
mod going_on;
mod room;
mod runs;

const MESSAGE: usize = 1_000;
/// What a frame of an item with a body of four bytes costs.
const COST: usize = 20;
const NARROW: InitialCredits = InitialCredits { stream_bytes: 100, stream_items: 4, connection_bytes: 1_000 };

const TAKES: Shape = Shape { takes: true, gives: false, window: None };
const GIVES: Shape = Shape { gives: true, takes: false, window: None };

/// What happens to a stream.
type Way = fn(&mut Streams<&'static str>, StreamId);

fn streams(credits: InitialCredits) -> Streams<&'static str> {
    Streams::new(credits, credits, MESSAGE)
}

/// Streams of which only so many bytes may be out together.
fn sharing(connection_bytes: u32) -> Streams<&'static str> {
    streams(InitialCredits { connection_bytes, ..NARROW })
}

fn item(call: u32) -> Head {
    Head::new(Kind::Item, call)
}

fn part(call: u32) -> Head {
    item(call).flags(Flags::MORE)
}

fn credit(call: u32, bytes: u32, items: u32) -> Head {
    Head { extra: items, ..Head::new(Kind::Credit, call).word(bytes) }
}

impl Streams<&'static str> {
    fn taking(&mut self, call: u32) -> StreamId {
        self.open(call, false, TAKES, "kept")
    }

    fn giving(&mut self, call: u32) -> StreamId {
        self.open(call, true, GIVES, "kept")
    }

    /// An item of four bytes comes; what it cost.
    fn comes(&mut self, head: Head) -> usize {
        match self.handle_item(&head, b"body") {
            Ok(Came::Item { cost, .. }) => cost,
            other => panic!("{other:?}"),
        }
    }

    /// A frame comes of which nothing is handed over.
    fn swallows(&mut self, head: Head) {
        let came = self.handle_item(&head, b"body");
        assert!(matches!(came, Ok(Came::Nothing | Came::NoStream)), "{came:?}");
    }

    fn refuses(&mut self, head: Head) {
        let error = self.handle_item(&head, b"body").expect_err("it is not lawful");
        assert_eq!(error.code(), 6, "{error}");
    }

    /// All credit that is to be given now: call, bytes and items.
    fn grants(&mut self) -> Vec<(u32, u32, u32)> {
        let mut grants = Vec::new();
        self.give_credit(|head| {
            grants.push((head.call, head.word, head.extra));
            true
        });
        assert!(!self.owes_credit());
        grants
    }

    /// The direction of call 1 ends.
    fn ends(&mut self) {
        assert!(self.handle_end(&Head::new(Kind::End, 1)).is_ok());
    }

    /// Everything that came was given back, once.
    #[track_caller]
    fn is_whole(&self, when: &str) {
        assert_eq!((self.shared.held(), self.untaken(), self.held()), (0, 0, 0), "{when}");
    }
}
