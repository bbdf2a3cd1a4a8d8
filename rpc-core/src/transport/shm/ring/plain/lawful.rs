//! Any history of two ends that keep the rules, against a queue: every frame comes once, whole and in its turn; there is
//! room where there must be; nobody sleeps who has something to do.

use std::{collections::VecDeque, iter, mem, ops::Range};

use proptest::{collection::vec, prelude::*};

use super::Plain;
use crate::transport::shm::{
    geometry::{GRANULE, Geometry, INLINE, SPACE_AT, TAKEN, WAKE_AT},
    ring::{Consumer, Producer, Refused},
};

/// What a history is made of.
#[derive(Clone, Debug)]
enum Op {
    /// A frame of such a length or the longest, in one part or in two, the first of which has so many bytes.
    Push {
        len: usize,
        cut: usize,
    },
    MustWait,
    Unsent,
    Take {
        most: usize,
    },
    Publish,
    Rest,
    Wake,
}

fn op() -> impl Strategy<Value = Op> {
    let len = prop_oneof![
        4 => prop::sample::select(vec![0, 1, 15, 16, 17, 111, 112, 113, 127, 128, 129, 192]),
        2 => 0_usize..2_000,
        2 => 0_usize..70_000,
        1 => Just(usize::MAX),
    ];
    prop_oneof![
        12 => (len, 0_usize..300).prop_map(|(len, cut)| Op::Push { len, cut }),
        2 => Just(Op::MustWait),
        1 => Just(Op::Unsent),
        6 => (1_usize..20).prop_map(|most| Op::Take { most }),
        4 => Just(Op::Publish),
        3 => Just(Op::Rest),
        1 => Just(Op::Wake),
    ]
}

fn geometry() -> impl Strategy<Value = Geometry> {
    let sizes = prop::sample::select(vec![(16, 4 << 10), (16, 64 << 10), (64, 4 << 10), (256, 8 << 10), (32, 1 << 20)]);
    let regular = sizes.prop_map(|(cells, area)| Geometry::new(cells, area).expect("a ring has such sizes"));
    prop_oneof![5 => regular, 1 => Just(Geometry::tiny())]
}

/// A frame that its reader has not told of.
#[derive(Debug)]
struct Held {
    cell: usize,
    /// Its place in the area; nothing if it stands in its cell.
    area: Range<usize>,
    /// Bytes of the area that are free again when it is taken: those in front of it that it has skipped too.
    holds: usize,
}

/// One direction of a connection: one end sends, the other takes.
struct Direction {
    geometry: Geometry,
    /// The region of who sends, and that of who takes.
    there: Plain,
    back: Plain,
    producer: Producer<Plain, Plain>,
    consumer: Consumer<Plain, Plain>,
    sent: u64,
    taken: u64,
    /// Not taken yet.
    frames: VecDeque<Vec<u8>>,
    /// Not told of yet.
    held: VecDeque<Held>,
    /// The end of the newest long frame.
    end: usize,
    /// Who sends sleeps until so many were taken.
    sleeps: Option<u64>,
    /// Who takes has been rung since it rests.
    rung: bool,
}

impl Direction {
    fn new(geometry: Geometry) -> Self {
        let [there, back] = [(); 2].map(|()| Plain::new(geometry));
        Self {
            geometry,
            producer: Producer::new(there.clone(), back.clone(), geometry),
            consumer: Consumer::new(back.clone(), there.clone(), geometry),
            there,
            back,
            sent: 0,
            taken: 0,
            frames: VecDeque::new(),
            held: VecDeque::new(),
            end: 0,
            sleeps: None,
            rung: false,
        }
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Push { len, cut } => drop(self.push(len.min(self.geometry.max_frame()), cut)),
            Op::MustWait => drop(self.must_wait()),
            Op::Unsent => {
                let (cells, taken) = self.producer.unsent().expect("the peer keeps the rules");
                assert_eq!((taken, cells), (self.told(), self.sent - self.told()));
                let area: usize = self.held.iter().map(|held| held.holds).sum();
                assert_eq!(self.producer.bytes(), self.held.len() * INLINE + area);
            }
            Op::Take { most } => drop((0..most).take_while(|_| self.take()).count()),
            Op::Publish => {
                let rings = self.consumer.publish_if_due();
                self.has_told(rings);
            }
            Op::Rest => drop(self.rest()),
            Op::Wake => {
                self.consumer.wake();
                assert!(!self.consumer.is_resting());
            }
        }
        self.check();
    }

    /// How many frames the sender can know to be taken.
    fn told(&self) -> u64 {
        self.back.0.word(TAKEN)
    }

    fn push(&mut self, len: usize, cut: usize) -> bool {
        let frame: Vec<u8> = (0..len).map(|at| (self.sent as usize * 31 + at) as u8).collect();
        let (head, tail) = frame.split_at(cut.min(len));
        let (fits, waits) = (self.fits(len), self.consumer.is_resting() && self.taken == self.sent);
        match self.producer.push(len, iter::once(head).chain(iter::once(tail))) {
            Ok(rings) => {
                assert_eq!(rings, waits, "a bell for who rests for this frame, and for nobody else");
                self.rung |= rings;
                self.has_pushed(frame);
                true
            }
            Err(Refused::Full) => {
                assert!(!fits, "{len} bytes are refused where they fit: {:?}", self.held);
                assert!(!self.producer.has_room());
                false
            }
            Err(Refused::Violation(violation)) => panic!("{violation}"),
        }
    }

    /// Whether the frame must be taken, by what the protocol says of places.
    fn fits(&self, len: usize) -> bool {
        let granules = len.next_multiple_of(GRANULE);
        let (all, held) = (self.geometry.area(), self.held.iter().map(|held| held.holds).sum::<usize>());
        let left = all - self.end % all;
        let needs = if granules <= left { granules } else { left + granules };
        let area = len <= INLINE || held == 0 || needs <= all - held;
        (self.held.len() as u64) < self.geometry.cells() && area
    }

    /// Where it was put is free, and stays its own until it is told to be taken.
    fn has_pushed(&mut self, frame: Vec<u8>) {
        self.sent += 1;
        let written = mem::take(&mut *self.there.0.written.borrow_mut());
        let mut area = 0..0;
        let mut holds = 0;
        if frame.len() > INLINE {
            let start = written.start - self.geometry.area_at();
            assert_eq!((written.len(), start % GRANULE), (frame.len(), 0));
            area = start..start + written.len().next_multiple_of(GRANULE);
            let first = self.held.iter().all(|held| held.holds == 0);
            let skipped = if first || start == self.end { 0 } else { self.geometry.area() - self.end };
            holds = skipped + area.len();
            self.end = area.end;
        }
        let cell = self.geometry.cell_at(self.sent);
        for held in &self.held {
            assert_ne!(held.cell, cell, "a cell is used that was not told to be taken");
            let apart = held.area.end <= area.start || area.end <= held.area.start;
            assert!(apart, "{area:?} lies over {held:?}");
        }
        self.held.push_back(Held { cell, area, holds });
        self.frames.push_back(frame);
    }

    fn must_wait(&mut self) -> bool {
        let waits = self.producer.must_wait().expect("the peer keeps the rules");
        assert_eq!(waits, !self.producer.has_room());
        self.sleeps = waits.then(|| self.there.0.word(SPACE_AT));
        waits
    }

    fn take(&mut self) -> bool {
        let found = self.consumer.peek().expect("the peer keeps the rules");
        assert_eq!(found.is_some(), self.consumer.is_ready());
        assert_eq!(found.is_some(), !self.frames.is_empty(), "a frame is there as soon as it was sent");
        let Some(frame) = found else { return false };
        let mut got = vec![0xee; 3];
        self.consumer.take(frame, &mut got);
        assert!(got.starts_with(&[0xee; 3]), "a frame is appended");
        assert_eq!(self.frames.pop_front().as_deref(), Some(&got[3..]));
        self.taken += 1;
        assert!(!self.consumer.is_resting());
        true
    }

    fn rest(&mut self) -> bool {
        let rest = self.consumer.rest();
        assert_eq!(rest.ready, !self.frames.is_empty());
        assert_eq!(self.told(), self.taken, "who rests has told everything");
        self.rung = false;
        self.has_told(rest.rings);
        !rest.ready
    }

    /// Who sleeps for room is rung when there is some, and only then.
    fn has_told(&mut self, rings: bool) {
        let told = self.told();
        while self.held.len() as u64 > self.sent - told {
            self.held.pop_front();
        }
        assert_eq!(
            rings,
            self.sleeps.is_some_and(|at| at <= told),
            "a bell for who sleeps until {:?} of {told}",
            self.sleeps
        );
        if rings {
            self.sleeps = None;
            // It may have been refused again meanwhile.
            self.must_wait();
        }
    }

    fn check(&self) {
        let forgotten = self.consumer.is_resting() && !self.frames.is_empty() && !self.rung;
        assert!(!forgotten, "it rests, and there is a frame");
        let waits_for = if self.consumer.is_resting() { self.taken + 1 } else { 0 };
        assert_eq!(self.back.0.word(WAKE_AT), waits_for);
    }

    /// Whatever came before: all frames arrive, and then there is room for any.
    fn drain(&mut self) {
        while self.take() {}
        self.rest();
        assert!(!self.must_wait());
        assert!(self.push(self.geometry.max_frame(), 16), "an empty ring takes the longest frame");
        assert!(self.take() && !self.take());
    }
}

proptest! {
    #[test]
    fn frames_come_out_as_a_queue_has_them_and_nobody_sleeps_who_has_something_to_do(
        geometry in geometry(),
        history in vec(op(), 1..400),
    ) {
        let mut direction = Direction::new(geometry);
        history.iter().for_each(|op| direction.apply(op));
        direction.drain();
    }
}
