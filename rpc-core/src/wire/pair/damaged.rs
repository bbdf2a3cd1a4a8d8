//! A lawful history played again to one end, with one byte changed or with its end cut off.
//!
//! What was lost or changed cannot be told from another lawful history, so that not every damage is an error. What is
//! true: before the damage everything is as it was, a changed body changes nothing else, and nothing is ever made up.

use std::ops::Range;

use proptest::prelude::*;

use super::{
    CALLS, Callee, CalleeEvent, Caller, CallerEvent, HEAD, Head, MESSAGE, PREFIX,
    called::{Ending, waits},
    lawful::{Op, Pair, Side, chunk, history},
    limits,
    pipe::Reader,
};
use crate::wire::{Found, next};

/// The limit on partial messages of the histories that are damaged; some requests are refused for it.
const PARTIAL: usize = 250;

/// What happened to an end.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Arrive(Vec<u8>),
    Open(usize),
    Abandon(u32),
    Forget(u32),
    Finish(u32),
    Goaway,
}

/// An end to which a tape is played.
trait Player {
    fn act(&mut self, act: &Act);

    /// What a frame means, its message left out; `None` where that is the end of the connection.
    fn frame(&mut self, head: &Head, body: &[u8]) -> Option<String>;

    /// The connection is gone.
    fn close(&mut self);
}

impl Player for Callee<usize> {
    fn act(&mut self, act: &Act) {
        match act {
            Act::Finish(call) => drop(self.calls.finish(*call)),
            Act::Goaway => drop(self.goaway(2)),
            other => panic!("{other:?} of a callee"),
        }
    }

    fn frame(&mut self, head: &Head, body: &[u8]) -> Option<String> {
        let (seen, kept) = match self.handle_frame(head, body).ok()? {
            CalleeEvent::Fault(_) => return None,
            CalleeEvent::Run { head, joined } => {
                let length = joined.as_ref().map(Vec::len);
                (format!("run {head:?} {length:?}"), Some(head).filter(|head| head.call != 0 && waits(head)))
            }
            event => (format!("{event:?}"), None),
        };
        if let Some(head) = kept {
            self.calls.attach(head.call, head.word as usize);
        }
        assert!(self.calls.held_alone() <= PARTIAL && self.calls.len() <= CALLS + 1);
        Some(seen)
    }

    fn close(&mut self) {
        self.calls.close();
        assert!(self.calls.is_empty() && self.calls.held_alone() == 0);
    }
}

impl Player for Caller<usize> {
    fn act(&mut self, act: &Act) {
        match act {
            Act::Open(number) => drop(self.calls.open(*number)),
            Act::Abandon(call) => drop(self.calls.abandon(*call)),
            Act::Forget(call) => drop(self.calls.forget(*call)),
            other => panic!("{other:?} of a caller"),
        }
    }

    fn frame(&mut self, head: &Head, body: &[u8]) -> Option<String> {
        let seen = match self.handle_frame(head, body).ok()? {
            CallerEvent::Fault(_) => return None,
            CallerEvent::Reply { kept, head, joined } => {
                format!("reply {kept} {head:?} {:?}", joined.as_ref().map(Vec::len))
            }
            event => format!("{event:?}"),
        };
        assert!(self.calls.held() <= self.calls.len() * MESSAGE);
        Some(seen)
    }

    fn close(&mut self) {
        self.calls.close();
        assert!(self.calls.is_empty() && self.calls.held() == 0);
    }
}

/// Plays a tape to a new end, up to its end or the connection's, and says what its frames meant.
fn play(mut end: impl Player, tape: &[Act]) -> Vec<String> {
    let (mut reader, mut seen) = (Reader::default(), Vec::new());
    'open: for act in tape {
        let Act::Arrive(bytes) = act else {
            end.act(act);
            continue;
        };
        reader.push(bytes);
        loop {
            let meant = match reader.frame() {
                Ok(Some((head, body))) => end.frame(&head, &body),
                Ok(None) => break,
                Err(_) => None,
            };
            let Some(meant) = meant else { break 'open };
            seen.push(meant);
        }
    }
    end.close();
    seen
}

/// The bytes that arrive, in one piece.
fn bytes(tape: &[Act]) -> Vec<u8> {
    let arrivals = tape.iter().filter_map(|act| if let Act::Arrive(bytes) = act { Some(&bytes[..]) } else { None });
    arrivals.collect::<Vec<_>>().concat()
}

/// Where the frames stand in some bytes, and whether each must be looked at.
fn frames(bytes: &[u8]) -> Vec<(Range<usize>, bool)> {
    let mut frames = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let found = next(&bytes[start..], HEAD + MESSAGE).expect("a lawful history");
        let Found::Frame { head, body } = found else { panic!("a part of a frame is left") };
        frames.push((start..start + body.end, head.is_some()));
        start += body.end;
    }
    frames
}

/// The same tape with other bytes in its arrivals, as many of them as there are.
fn with_bytes(tape: &[Act], mut bytes: &[u8]) -> Vec<Act> {
    let replace = |act: &Act| match act {
        Act::Arrive(arrival) => {
            let (first, rest) = bytes.split_at(arrival.len().min(bytes.len()));
            bytes = rest;
            Act::Arrive(first.to_vec())
        }
        act => act.clone(),
    };
    tape.iter().map(replace).collect()
}

/// A history as one end sees it.
struct Recording<E> {
    new: fn() -> E,
    tape: Vec<Act>,
    bytes: Vec<u8>,
    frames: Vec<(Range<usize>, bool)>,
    seen: Vec<String>,
}

impl<E: Player> Recording<E> {
    fn new(new: fn() -> E, tape: Vec<Act>) -> Self {
        let bytes = bytes(&tape);
        let (frames, seen) = (frames(&bytes), play(new(), &tape));
        assert_eq!(seen.len(), frames.iter().filter(|(_, looked_at)| *looked_at).count());
        Self { new, tape, bytes, frames, seen }
    }

    /// What all frames meant that end before some byte.
    fn seen_before(&self, at: usize) -> &[String] {
        let before = self.frames.iter().take_while(|(place, _)| place.end <= at);
        &self.seen[..before.filter(|(_, looked_at)| *looked_at).count()]
    }

    fn check_cut(&self, at: usize) {
        let seen = play((self.new)(), &with_bytes(&self.tape, &self.bytes[..at]));
        assert_eq!(seen, self.seen_before(at), "cut at {at}");
    }

    fn check_changed(&self, at: usize, bits: u8) {
        let mut bytes = self.bytes.clone();
        bytes[at] ^= bits;
        let seen = play((self.new)(), &with_bytes(&self.tape, &bytes));
        let (place, _) = self.frames.iter().find(|(place, _)| place.contains(&at)).expect("it is in a frame");
        if at >= place.start + PREFIX + HEAD {
            assert_eq!(seen, self.seen, "byte {at}, in a body, ^ {bits:#x}");
            return;
        }
        assert!(seen.starts_with(self.seen_before(at)), "byte {at} ^ {bits:#x} changed what came before it");
        assert!(seen.len() <= self.frames.len(), "byte {at} ^ {bits:#x} made up frames: {seen:#?}");
    }
}

/// A history as both ends see it.
fn record(history: &[Op], chunk: usize) -> (Recording<Callee<usize>>, Recording<Caller<usize>>) {
    let Pair { calling, called, .. } = Pair::after(history, PARTIAL, chunk);
    (
        Recording::new(|| Callee::accepting(&limits(PARTIAL)), called.tape),
        Recording::new(|| Caller::dialling(MESSAGE), calling.tape),
    )
}

proptest! {
    #[test]
    fn damage_to_any_lawful_history_changes_nothing_before_it_and_makes_nothing_up(
        history in history(),
        chunk in chunk(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 16),
    ) {
        let (called, calling) = record(&history, chunk);
        for (at, bits) in damages {
            if !called.bytes.is_empty() {
                called.check_cut(at.index(called.bytes.len()));
                called.check_changed(at.index(called.bytes.len()), bits);
            }
            if !calling.bytes.is_empty() {
                calling.check_cut(at.index(calling.bytes.len()));
                calling.check_changed(at.index(calling.bytes.len()), bits);
            }
        }
    }
}

/// A short history with a bit of everything.
fn a_bit_of_everything() -> Vec<Op> {
    let open = |size, priority| Op::Open { size, priority, frame: HEAD + 8 };
    let finish = |code, size| Op::Finish { which: 0, ending: Ending { code, size, frame: HEAD + 8 } };
    let deliver = |to| Op::Deliver { to, bytes: usize::MAX };
    let all = [
        vec![open(20, 1), open(12, 2), Op::Oneway { size: 12, frame: HEAD + 8 }, open(4, 0)],
        (0..6).map(|which| Op::Send { which }).collect(),
        vec![Op::Ping { from: Side::Calling, word: 7 }, Op::Skip { from: Side::Calling, kind: 200, size: 3 }],
        vec![deliver(Side::Called), Op::GiveUp { which: 0 }, Op::Ping { from: Side::Called, word: 8 }],
        vec![Op::Send { which: 0 }, deliver(Side::Called), finish(2, 12), Op::Respond { which: 0 }],
        vec![Op::Skip { from: Side::Called, kind: 128, size: 3 }, deliver(Side::Calling), open(9, 1)],
        vec![Op::Send { which: 0 }, Op::Goaway, deliver(Side::Called), finish(0, 0)],
    ];
    all.concat()
}

#[test]
fn every_byte_changed_in_any_way_and_every_cut_of_a_short_history_are_survived() {
    let (called, calling) = record(&a_bit_of_everything(), 10);
    for at in 0..called.bytes.len() {
        called.check_cut(at);
        (1..=255).for_each(|bits| called.check_changed(at, bits));
    }
    for at in 0..calling.bytes.len() {
        calling.check_cut(at);
        (1..=255).for_each(|bits| calling.check_changed(at, bits));
    }
}
