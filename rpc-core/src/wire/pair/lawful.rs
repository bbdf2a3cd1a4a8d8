//! Any history of two ends that keep the rules: calls, cancels, pings and a goaway in any order and however cut.

use proptest::{collection::vec, prelude::*};

use super::{
    HEAD, MESSAGE,
    called::{Called, Ending},
    calling::Calling,
    ledger::Ledger,
    message,
};

/// Both ends, and what is true of their calls.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) calling: Calling,
    pub(super) called: Called,
    ledger: Ledger,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Calling,
    Called,
}

/// What a history is made of. `which` picks among those that there are, `frame` is the longest frame.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Open {
        size: usize,
        priority: u8,
        frame: usize,
    },
    Oneway {
        size: usize,
        frame: usize,
    },
    Send {
        which: usize,
    },
    GiveUp {
        which: usize,
    },
    Finish {
        which: usize,
        ending: Ending,
    },
    Respond {
        which: usize,
    },
    CutShort {
        which: usize,
    },
    Goaway,
    Ping {
        from: Side,
        word: u32,
    },
    /// A frame of a kind that may be skipped.
    Skip {
        from: Side,
        kind: u8,
        size: usize,
    },
    Deliver {
        to: Side,
        bytes: usize,
    },
}

impl Pair {
    pub(super) fn new(request_bytes: usize) -> Self {
        Self { calling: Calling::new(), called: Called::new(request_bytes), ledger: Ledger::default() }
    }

    /// Two ends after a whole history.
    pub(super) fn after(history: &[Op], request_bytes: usize, chunk: usize) -> Self {
        let mut pair = Self::new(request_bytes);
        for op in history {
            pair.apply(op);
            pair.check();
        }
        pair.settle(chunk);
        pair
    }

    fn apply(&mut self, op: &Op) {
        let ledger = &mut self.ledger;
        match *op {
            Op::Open { size, priority, frame } => self.calling.open(size, priority, frame, ledger),
            Op::Oneway { size, frame } => self.calling.open_oneway(size, frame, ledger),
            Op::Send { which } => self.calling.send(which, ledger),
            Op::GiveUp { which } => self.calling.give_up(which, ledger),
            Op::Finish { which, ending } => self.called.finish(which, ending, ledger),
            Op::Respond { which } => self.called.respond(which),
            Op::CutShort { which } => self.called.cut_short(which, ledger),
            Op::Goaway => self.called.goaway(),
            Op::Ping { from: Side::Calling, word } => self.calling.ping(word),
            Op::Ping { from: Side::Called, word } => self.called.ping(word),
            Op::Skip { from, kind, size } => self.skip(from, kind, size),
            Op::Deliver { to, bytes } => self.deliver(to, bytes),
        }
    }

    fn skip(&mut self, from: Side, kind: u8, size: usize) {
        let out = match from {
            Side::Calling => &mut self.calling.out,
            Side::Called => &mut self.called.out,
        };
        out.write_raw(&[kind; HEAD], &message(0, size));
    }

    fn deliver(&mut self, to: Side, bytes: usize) {
        match to {
            Side::Called => self.called.receive(self.calling.out.take(bytes), &mut self.ledger),
            Side::Calling => self.calling.receive(self.called.out.take(bytes), &mut self.ledger),
        }
    }

    /// What holds at any time.
    fn check(&self) {
        self.calling.check();
        self.called.check();
        let taken: Vec<_> = self.calling.taken().collect();
        let mut known = self.called.taken().filter(|call| *call != 0);
        assert!(known.all(|call| taken.contains(&call)), "a call is open that its caller knows nothing of");
    }

    /// Lets everything come to its end, `chunk` bytes at a time.
    fn settle(&mut self, chunk: usize) {
        let mut rounds = 0;
        while !self.calling.is_settled() || !self.called.is_settled() {
            rounds += 1;
            assert!(rounds < 1_000_000, "it comes to no end");
            self.calling.send(0, &mut self.ledger);
            self.deliver(Side::Called, chunk);
            self.called.finish(0, Ending { code: 0, size: MESSAGE, frame: 40 }, &mut self.ledger);
            self.called.respond(0);
            self.deliver(Side::Calling, chunk);
            self.check();
        }
        self.calling.check_settled();
        self.called.check_settled();
        self.ledger.check_settled();
    }
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Calling), Just(Side::Called)]
}

/// The longest frame of a message: so short that each byte has its own, or so long that one is enough.
fn frame() -> impl Strategy<Value = usize> {
    prop_oneof![1 => 0..=HEAD + 1, 4 => HEAD + 2..HEAD + 64, 3 => Just(usize::MAX)]
}

/// How many bytes arrive at once.
pub(super) fn chunk() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(1), 2 => 2..200_usize, 2 => Just(usize::MAX)]
}

fn op() -> impl Strategy<Value = Op> {
    let size = || 0..=MESSAGE;
    let which = || 0..6_usize;
    let code = prop_oneof![Just(0), Just(2), Just(13)];
    prop_oneof![
        10 => (size(), 0..8_u8, frame()).prop_map(|(size, priority, frame)| Op::Open { size, priority, frame }),
        4 => (size(), frame()).prop_map(|(size, frame)| Op::Oneway { size, frame }),
        20 => which().prop_map(|which| Op::Send { which }),
        4 => which().prop_map(|which| Op::GiveUp { which }),
        8 => (which(), code, size(), frame())
            .prop_map(|(which, code, size, frame)| Op::Finish { which, ending: Ending { code, size, frame } }),
        16 => which().prop_map(|which| Op::Respond { which }),
        4 => which().prop_map(|which| Op::CutShort { which }),
        1 => Just(Op::Goaway),
        2 => (side(), any::<u32>()).prop_map(|(from, word)| Op::Ping { from, word }),
        2 => (side(), 128_u8.., size()).prop_map(|(from, kind, size)| Op::Skip { from, kind, size }),
        24 => (side(), chunk()).prop_map(|(to, bytes)| Op::Deliver { to, bytes }),
    ]
}

pub(super) fn history() -> impl Strategy<Value = Vec<Op>> {
    vec(op(), 0..300)
}

proptest! {
    #[test]
    fn in_any_lawful_history_every_call_ends_once_and_nothing_is_lost_mixed_up_or_left_behind(
        history in history(),
        request_bytes in 0..(super::CALLS + 2) * MESSAGE,
        chunk in chunk(),
    ) {
        Pair::after(&history, request_bytes, chunk);
    }
}
