//! Both ends of a connection as state machines, with two pipes of bytes between: any history of calls of every shape and
//! of their items, however cut.
//!
//! ```text
//!   Caller ──── there ────▶ Callee       each frame and event is held to what is known of its call: who has sent what,
//!      ▲                      │          who has what and who takes it, and what credit there is
//!      └─────── back ─────────┘
//! ```
//! `caller` and `callee` are what each end does by itself, `items` what both do; `call`, `flow` and `account` are the
//! truth about them.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use rpc_core::{
    Limits,
    wire::{Callee, Caller, Flags, HEAD, Head, InitialCredits, Kind, Streams, longest},
};

use crate::{choices::Choices, pipe::Pipe};
use account::{Account, Amount};
use call::{Call, Place};

mod account;
mod call;
mod callee;
mod caller;
mod flow;
mod items;

/// The largest message that either end takes.
const MESSAGE: usize = 200;
/// The most calls of a history: enough for every id to be used many times.
const CALLS: usize = 300;
/// The ends, as indices: of what each has sent.
const CALLER: usize = 0;
const CALLEE: usize = 1;

/// Whatever two ends do that keep the rules, neither finds fault with the other. Items come in their order and none is
/// lost, up to the end or what cuts it short; each call ends once at both ends; credit is given back once, is never more
/// than there is, and whose reader takes everything can always be sent more; nothing is left behind.
///
/// # Panics
/// Where that does not hold.
pub fn stream_pair(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let mut pair = Pair::new(&mut choices);
    while let Some(step) = choices.next() {
        if !pair.step(step, &mut choices) {
            return pair.lose();
        }
        pair.check();
    }
    pair.settle();
}

struct Pair {
    caller: Caller<usize, usize>,
    callee: Callee<usize, usize>,
    /// What each end has sent.
    out: [Pipe; 2],
    /// What each end may send of all streams together.
    shared: [Account; 2],
    /// What each end lets the other send of each stream.
    windows: [Amount; 2],
    calls: Vec<Call>,
    /// The calls that may be open at a time.
    places: usize,
    /// Pongs that must come from each end, in this order.
    pongs: [VecDeque<Head>; 2],
    announced: bool,
    /// What the callee may hold of requests and items of which a part is still to come.
    request_bytes: usize,
    /// Items of a call that stand together are handled together, so many at most.
    run: usize,
    /// Of so many ends of something that could come one does.
    calm: usize,
}

/// Credits that are soon used up.
fn credits(choices: &mut Choices<'_>) -> InitialCredits {
    InitialCredits {
        stream_bytes: 1 + choices.below(200) as u32,
        stream_items: 1 + choices.below(4) as u32,
        connection_bytes: 2 * choices.below(150) as u32,
    }
}

/// The longest frame: so short that each byte has its own, or long enough for all.
fn cut(choice: u8) -> usize {
    if choice == 0 { usize::MAX } else { HEAD + usize::from(choice) }
}

/// A message that tells by its bytes whose it is.
fn message(number: usize, size: usize) -> Bytes {
    (0..size).map(|at| (number * 13 + at * 7) as u8).collect()
}

impl Pair {
    fn new(choices: &mut Choices<'_>) -> Self {
        let credits = [credits(choices), credits(choices)];
        let places = choices.one_of([1, 2, 4, 60]);
        let request_bytes = choices.one_of([16 << 20, 600, 150, 60]);
        let limits = Limits { message: MESSAGE, calls_in_flight: places as u32, request_bytes, ..Limits::default() };
        let [calling, called] = credits;
        Self {
            caller: Caller::with_credits(MESSAGE, calling, called),
            callee: Callee::with_credits(&limits, called, calling),
            out: Default::default(),
            shared: [called, calling].map(|to| Account::new(Amount::new(to.connection_bytes, 0))),
            windows: credits.map(|credits| Amount::new(credits.stream_bytes, credits.stream_items)),
            calls: Vec::new(),
            places,
            pongs: Default::default(),
            announced: false,
            request_bytes,
            run: choices.one_of([1, 2, usize::MAX]),
            calm: choices.one_of([1, 4, 16, 64]),
        }
    }

    fn streams(&mut self, end: usize) -> &mut Streams<usize> {
        if end == CALLER { &mut self.caller.streams } else { &mut self.callee.streams }
    }

    /// Does one thing. Whether the connection is still there.
    fn step(&mut self, step: u8, choices: &mut Choices<'_>) -> bool {
        match step % 64 {
            0..4 => self.ask(choices),
            4..11 => self.send_request(choices),
            11..21 => self.give(CALLER, choices),
            21..31 => self.give(CALLEE, choices),
            31..41 => self.take(choices),
            41..44 => self.begin(choices),
            44..47 => self.send_answer(choices),
            47..51 => self.deliver(CALLER, choices.byte().into()),
            51..55 => self.deliver(CALLEE, choices.byte().into()),
            55..58 => self.grant(choices.below(2), choices.one_of([1, usize::MAX, usize::MAX])),
            58 => self.go_on(choices),
            _ if usize::from(choices.byte()) % self.calm != 0 => {}
            59 => self.drop_reader(choices),
            60 => self.end_items(choices),
            61 => self.finish(choices),
            62 => self.give_up(choices),
            _ => match choices.byte() {
                0..16 => self.goaway(),
                16..20 => return false,
                word => self.ping(word),
            },
        }
        true
    }

    /// One of the calls of which this is true.
    fn one_of(&self, choices: &mut Choices<'_>, is_so: impl Fn(&Call) -> bool) -> Option<usize> {
        let those = self.those(is_so);
        Some(those[usize::from(choices.byte()).checked_rem(those.len())?])
    }

    fn ping(&mut self, word: u8) {
        let from = usize::from(word % 2);
        let ping = Head { extra: !0, ..Head::new(Kind::Ping, 0).word(word.into()) };
        self.out[from].send(&ping, b"");
        self.pongs[1 - from].push_back(Head { kind: Kind::Pong, ..ping });
    }

    fn goaway(&mut self) {
        let goaway = self.callee.goaway(2);
        assert_eq!(goaway.is_none(), std::mem::replace(&mut self.announced, true), "a goaway is sent once");
        goaway.into_iter().for_each(|goaway| self.out[CALLEE].send(&goaway, b""));
    }

    /// Lets bytes of an end arrive at the other, a few or all of them.
    fn deliver(&mut self, from: usize, most: usize) {
        self.out[from].deliver(if most & 3 == 0 { usize::MAX } else { most });
        let mut frames = Vec::new();
        while let Some(frame) = self.out[from].receive(longest(MESSAGE)).expect("they are frames") {
            frames.push(frame);
        }
        let mut rest = &frames[..];
        while let Some(((head, body), others)) = rest.split_first() {
            let run = self.run_at(rest);
            if run > 1 && self.handle_run(1 - from, &rest[..run]) {
                rest = &rest[run..];
                continue;
            }
            rest = others;
            match from {
                CALLER => self.at_callee(head, body),
                _ => self.at_caller(head, body),
            }
        }
    }

    /// How many items of a frame each stand together at the start, all of one call.
    fn run_at(&self, frames: &[(Head, Vec<u8>)]) -> usize {
        let call = frames[0].0.call;
        let is_item = |head: &Head| head.kind == Kind::Item && head.call == call && head.flags == Flags::NONE;
        frames.iter().take(self.run).take_while(|(head, _)| is_item(head)).count()
    }

    fn deliver_all(&mut self) {
        while self.out.iter().any(|out| !out.is_empty()) {
            self.deliver(CALLER, 0);
            self.deliver(CALLEE, 0);
        }
    }

    /// The connection is lost: all that is kept is given once.
    fn lose(&mut self) {
        assert_eq!(sorted(self.caller.calls.close()), self.those(|call| !call.ended && !call.given_up));
        assert_eq!(sorted(self.callee.calls.close()), self.those(Call::runs));
        for end in [CALLER, CALLEE] {
            let kept = self.streams(end).clear();
            assert_eq!(sorted(kept), self.those(|call| call.open[end]));
            let streams = self.streams(end);
            assert!(streams.is_empty() && streams.held() == 0 && streams.clear().is_empty());
        }
    }

    /// The calls of which this is true.
    fn those(&self, is_so: impl Fn(&Call) -> bool) -> Vec<usize> {
        (0..self.calls.len()).filter(|number| is_so(&self.calls[*number])).collect()
    }

    /// What holds at any time.
    fn check(&mut self) {
        for (from, to) in [(CALLER, CALLEE), (CALLEE, CALLER)] {
            let live = self.calls.iter().filter(|call| call.is_live());
            let flows: Vec<_> = live.map(|call| &call.flows[from]).collect();
            flows.iter().for_each(|flow| flow.check());
            let held: usize = flows.iter().map(|flow| flow.held()).sum();
            let beyond: usize = flows.iter().filter(|flow| flow.held() > 0).map(|flow| flow.largest()).sum();
            let partial: usize = flows.iter().map(|flow| flow.partial()).sum();
            let shared = &self.shared[from];
            shared.check();
            assert_eq!(shared.held(), Amount::of(held, 0));
            assert!(held as i64 <= shared.whole.bytes + beyond as i64, "{held} bytes are held");
            let open = self.those(|call| call.open[to]);
            let streams = self.streams(to);
            assert_eq!((streams.untaken(), streams.held()), (held, partial));
            assert_eq!(streams.iter().map(|kept| *kept).collect::<BTreeSet<_>>(), open.iter().copied().collect());
            open.into_iter().for_each(|number| self.check_activity(number, to));
        }
        assert!(self.held() <= self.request_bytes, "more is held than there is room for");
        assert_eq!(self.caller.calls.len(), self.those(|call| !call.ended).len());
        let under_way = self.those(|call| call.place == Place::Unknown);
        let running = self.those(Call::runs).len();
        assert!((running..=running + under_way.len()).contains(&self.callee.calls.len()));
    }

    /// Whether items may still come to one end of a call, or go, and whether some wait to be taken.
    fn check_activity(&mut self, number: usize, end: usize) {
        let call = &self.calls[number];
        let (gives, from) = (call.flows[end].gives, &call.flows[1 - end]);
        let expected = (gives || from.takes && !from.ended, from.takes && !from.unread.is_empty());
        let stream = call.streams[end].expect("it is open");
        let streams = self.streams(end);
        assert_eq!((streams.is_under_way(stream), streams.holds_items(stream)), expected);
    }

    /// What the callee holds of requests and items of which a part is still to come.
    fn held(&self) -> usize {
        self.callee.calls.held() + self.callee.streams.held()
    }

    /// Lets everything come to its end.
    fn settle(&mut self) {
        self.read_all();
        for from in [CALLER, CALLEE] {
            for number in self.those(|call| call.waits(from)) {
                assert!(self.may_begin(number, from), "call {number} waits for ever, though all was taken");
            }
        }
        while let Some(number) = self.calls.iter().position(Call::is_live) {
            while self.calls[number].asking.is_some() {
                self.send_frame_of_request(number);
            }
            self.deliver_all();
            if self.calls[number].place == Place::Running {
                self.finish_one(number, 0, 20, cut(30), false);
            }
            while self.calls[number].answers.is_some() {
                self.send_frame_of_answer(number);
            }
            self.read_all();
            self.check();
            assert!(!self.calls[number].is_live(), "call {number} does not end");
        }
        assert!(self.caller.calls.is_empty() && self.callee.calls.is_empty(), "calls have not ended");
        assert!(self.callee.finished() == self.announced && self.pongs.iter().all(VecDeque::is_empty));
        for (from, to) in [(CALLER, CALLEE), (CALLEE, CALLER)] {
            self.shared[from].check_whole();
            assert!(self.streams(to).is_empty() && self.streams(to).untaken() == 0 && !self.streams(to).owes_credit());
        }
    }
}

fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers
}
