//! One end that keeps the rules, against a region in which a hand writes whatever it likes between any two reads: the end
//! never panics, never reads what is no word and no payload, and reads no more than it must.

use std::{cell::Cell, iter, rc::Rc};

use proptest::{collection::vec, prelude::*};

use super::{
    Memory, PIECE, Plain,
    hand::{now, targets, values, write},
};
use crate::transport::shm::{
    geometry::Geometry,
    ring::{Consumer, Producer, Refused, Violation},
};

/// What an end does.
#[derive(Clone, Copy, Debug)]
enum Op {
    Push { len: usize },
    MustWait,
    Unsent,
    Take,
    Publish,
    Rest,
    Wake,
}

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Victim,
    /// The owner of the region in which the hand writes. It would keep the rules.
    Peer,
}

/// One end.
struct End {
    producer: Producer<Plain, Plain>,
    consumer: Consumer<Plain, Plain>,
    geometry: Geometry,
}

impl End {
    /// The most words, and pieces of payload, that it may have read for it.
    fn apply(&mut self, op: Op) -> usize {
        match op {
            Op::Push { len } => {
                let frame = vec![0x5a; len.min(self.geometry.max_frame())];
                match self.producer.push(frame.len(), iter::once(&frame[..])) {
                    Ok(_) | Err(Refused::Full) => {}
                    Err(Refused::Violation(violation)) => is_one(violation),
                }
                2
            }
            Op::MustWait => {
                self.producer.must_wait().map_or_else(is_one, drop);
                2
            }
            Op::Unsent => {
                self.producer.unsent().map_or_else(is_one, drop);
                assert!(self.producer.bytes() <= self.geometry.len());
                1
            }
            Op::Take => self.take(),
            Op::Publish => {
                self.consumer.publish_if_due();
                1
            }
            Op::Rest => {
                let rest = self.consumer.rest();
                assert_eq!(rest.ready, !self.consumer.is_resting());
                2
            }
            Op::Wake => {
                self.consumer.wake();
                0
            }
        }
    }

    fn take(&mut self) -> usize {
        match self.consumer.peek() {
            Ok(None) => 1,
            Ok(Some(frame)) => {
                let (len, mut got) = (frame.len, Vec::new());
                assert!(len <= self.geometry.max_frame(), "a frame of {len} bytes");
                self.consumer.take(frame, &mut got);
                assert_eq!(got.len(), len);
                2 + len.div_ceil(PIECE)
            }
            Err(violation) => {
                is_one(violation);
                2
            }
        }
    }
}

fn is_one(violation: Violation) {
    let Violation { got, least, most, .. } = violation;
    assert!(!(least..=most).contains(&got), "{violation}");
}

/// Both ends, and a hand in the region of one.
struct Arena {
    victim: End,
    peer: End,
    /// The region that the victim reads.
    theirs: Plain,
}

impl Arena {
    fn new(geometry: Geometry, hand: impl FnMut(&Memory) + 'static) -> Self {
        let [own, theirs] = [(); 2].map(|()| Plain::new(geometry));
        let end = |own: &Plain, peer: &Plain| End {
            producer: Producer::new(own.clone(), peer.clone(), geometry),
            consumer: Consumer::new(own.clone(), peer.clone(), geometry),
            geometry,
        };
        let (victim, peer) = (end(&own, &theirs), end(&theirs, &own));
        *theirs.0.hand.borrow_mut() = Some(Box::new(hand));
        Self { victim, peer, theirs }
    }

    fn apply(&mut self, who: Who, op: Op) {
        let before = self.theirs.0.reads.get();
        if who == Who::Peer {
            self.peer.apply(op);
            assert_eq!(self.theirs.0.reads.get(), before, "nobody reads what is his own");
            return;
        }
        let most = self.victim.apply(op);
        let reads = self.theirs.0.reads.get() - before;
        assert!(reads <= most, "{reads} reads for {op:?}, which needs {most}");
    }
}

/// A history in which both ends do everything once at least, and more than one lap is made.
fn worked() -> Vec<(Who, Op)> {
    let mut history = Vec::new();
    for (there, back) in [(3, 128), (128, 3), (113, 112), (0, 0), (128, 128)] {
        for who in [Who::Victim, Who::Peer] {
            let len = if who == Who::Victim { there } else { back };
            history
                .extend([Op::Push { len }, Op::Push { len: back }, Op::Push { len }, Op::MustWait].map(|op| (who, op)));
        }
        for who in [Who::Peer, Who::Victim] {
            history.extend([Op::Take, Op::Publish, Op::Take, Op::Take, Op::Rest].map(|op| (who, op)));
            history.extend([Op::MustWait, Op::Unsent].map(|op| (who, op)));
        }
    }
    history
}

/// Plays the worked history; before the read with that number, the hand writes. How many reads there were.
fn played(number: usize, hand: impl Fn(&Memory) + 'static) -> usize {
    let reads = Rc::new(Cell::new(0));
    let counted = reads.clone();
    let mut arena = Arena::new(Geometry::tiny(), move |memory| {
        counted.set(counted.get() + 1);
        if counted.get() == number {
            hand(memory);
        }
    });
    worked().into_iter().for_each(|(who, op)| arena.apply(who, op));
    reads.get()
}

#[test]
fn any_word_may_say_anything_at_any_time() {
    let lawful = played(0, |_| ());
    assert!(lawful > 100, "{lawful} reads");
    let sample = Plain::new(Geometry::tiny());
    let (targets, count) = (targets(&sample.0), values(&sample.0, 0).len());
    for (target, value) in targets.into_iter().flat_map(|target| (0..count).map(move |value| (target, value))) {
        for number in 1..=lawful {
            played(number, move |memory| write(memory, target, values(memory, now(memory, target))[value]));
        }
    }
}

fn op() -> impl Strategy<Value = (Who, Op)> {
    let who = prop_oneof![3 => Just(Who::Victim), 2 => Just(Who::Peer)];
    let len = prop_oneof![prop::sample::select(vec![0, 1, 16, 112, 113, 128]), 0_usize..1_100];
    let op = prop_oneof![
        6 => len.prop_map(|len| Op::Push { len }),
        6 => Just(Op::Take),
        2 => Just(Op::Publish),
        2 => Just(Op::Rest),
        1 => Just(Op::MustWait),
        1 => Just(Op::Unsent),
        1 => Just(Op::Wake),
    ];
    (who, op)
}

proptest! {
    /// The script says before which reads the hand writes, where, and what.
    #[test]
    fn a_hand_that_writes_again_and_again_does_no_more_than_end_the_connection(
        tiny in any::<bool>(),
        history in vec(op(), 1..200),
        script in vec(prop_oneof![3 => Just(None), 1 => any::<(u16, u16)>().prop_map(Some)], 0..400),
    ) {
        let geometry = if tiny { Geometry::tiny() } else { Geometry::new(16, 4 << 10).expect("a ring has such sizes") };
        let mut script = script.into_iter();
        let mut arena = Arena::new(geometry, move |memory| {
            let Some((place, what)) = script.next().flatten() else { return };
            let targets = targets(memory);
            let target = targets[usize::from(place) % targets.len()];
            let values = values(memory, now(memory, target));
            write(memory, target, values[usize::from(what) % values.len()]);
        });
        history.into_iter().for_each(|(who, op)| arena.apply(who, op));
    }
}
