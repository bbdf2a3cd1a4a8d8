//! The calling end: a [`Caller`] and what a runtime keeps beside it.

use std::collections::{BTreeMap, VecDeque};

use super::{
    CALLS, Caller, CallerEvent, Flags, Fragments, Head, Kind, MESSAGE,
    damaged::Act,
    ledger::{End, Ledger},
    pipe::{Pipe, Reader},
};

#[derive(Debug)]
pub(super) struct Calling {
    wire: Caller<usize>,
    pub(super) out: Pipe,
    reader: Reader,
    /// What has happened to this end, for those who play it again.
    pub(super) tape: Vec<Act>,
    /// Requests of which frames are still to be sent, with their numbers.
    pending: Vec<(usize, Fragments)>,
    /// Calls whose terminal frame has not come.
    taken: BTreeMap<u32, usize>,
    /// Answers to our pings, in the order in which they must come.
    pongs: VecDeque<Head>,
}

impl Calling {
    pub(super) fn new() -> Self {
        Self {
            wire: Caller::dialling(MESSAGE),
            out: Pipe::default(),
            reader: Reader::default(),
            tape: Vec::new(),
            pending: Vec::new(),
            taken: BTreeMap::new(),
            pongs: VecDeque::new(),
        }
    }

    pub(super) fn open(&mut self, size: usize, priority: u8, frame: usize, ledger: &mut Ledger) {
        if !self.wire.accepts_calls() || self.wire.calls.len() >= CALLS {
            return;
        }
        let number = ledger.next();
        let call = self.wire.calls.open(number);
        self.tape.push(Act::Open(number));
        assert_eq!(self.taken.insert(call, number), None, "id {call} is used again before its terminal frame");
        let (head, message) = ledger.ask(call, size, priority);
        self.pending.push((number, Fragments::new(head, message, frame)));
    }

    pub(super) fn open_oneway(&mut self, size: usize, frame: usize, ledger: &mut Ledger) {
        if self.wire.accepts_calls() {
            let number = ledger.next();
            let (head, message) = ledger.ask(0, size, 0);
            self.pending.push((number, Fragments::new(head, message, frame)));
        }
    }

    /// Sends the next frame of one pending request.
    pub(super) fn send(&mut self, which: usize, ledger: &mut Ledger) {
        let Some(at) = which.checked_rem(self.pending.len()) else { return };
        let at = self.after_the_oneway_under_way(at);
        let (number, fragments) = &mut self.pending[at];
        let (head, piece) = fragments.peek().expect("what is pending has a frame left");
        fragments.advance();
        self.out.write(&head, &piece);
        if !head.flags.has(Flags::MORE) {
            if head.call == 0 {
                ledger.end(*number, End::Sent);
            }
            self.pending.remove(at);
        }
    }

    /// Oneways share call 0, so that one that was begun goes before all others.
    fn after_the_oneway_under_way(&self, at: usize) -> usize {
        let under_way = self.pending.iter().position(|(_, oneway)| oneway.call() == 0 && oneway.begun());
        under_way.filter(|_| self.pending[at].1.call() == 0).unwrap_or(at)
    }

    /// The caller of one open call does not wait for it any more.
    pub(super) fn give_up(&mut self, which: usize, ledger: &mut Ledger) {
        let waiting = self.taken.iter().filter(|(_, number)| !ledger.is_given_up(**number));
        let waiting: Vec<_> = waiting.map(|(call, number)| (*call, *number)).collect();
        let Some(at) = which.checked_rem(waiting.len()) else { return };
        let (call, number) = waiting[at];
        let pending = self.pending.iter().position(|(pending, _)| *pending == number);
        match pending.map(|at| self.pending.remove(at)) {
            Some((_, fragments)) if !fragments.begun() => self.forget(call, number, ledger),
            _ => self.abandon(call, number, ledger),
        }
    }

    fn forget(&mut self, call: u32, number: usize, ledger: &mut Ledger) {
        ledger.end(number, End::Forgotten);
        if call != 0 {
            self.tape.push(Act::Forget(call));
            assert_eq!(self.wire.calls.forget(call), Some(number));
            self.taken.remove(&call);
        }
    }

    fn abandon(&mut self, call: u32, number: usize, ledger: &mut Ledger) {
        self.tape.push(Act::Abandon(call));
        assert_eq!(self.wire.calls.abandon(call), Some(number));
        assert_eq!(self.wire.calls.abandon(call), None, "one cancel is enough");
        self.out.write(&Head::new(Kind::Cancel, call), b"");
        ledger.give_up(number);
    }

    pub(super) fn ping(&mut self, word: u32) {
        let ping = Head { extra: !word, ..Head::new(Kind::Ping, 0).word(word) };
        self.out.write(&ping, b"");
        self.pongs.push_back(Head { kind: Kind::Pong, ..ping });
    }

    pub(super) fn receive(&mut self, bytes: Vec<u8>, ledger: &mut Ledger) {
        self.reader.push(&bytes);
        self.tape.push(Act::Arrive(bytes));
        while let Some((head, body)) = self.reader.frame().expect("a lawful peer sends frames") {
            self.handle(&head, &body, ledger);
        }
    }

    fn handle(&mut self, head: &Head, body: &[u8], ledger: &mut Ledger) {
        match self.wire.handle_frame(head, body).expect("a lawful peer breaks no rule") {
            CallerEvent::Nothing if head.kind == Kind::Pong => assert_eq!(self.pongs.pop_front(), Some(*head)),
            CallerEvent::Nothing => assert!(head.kind == Kind::Response && head.flags.has(Flags::MORE)),
            CallerEvent::Reply { kept, head, joined } => {
                assert_eq!(self.taken.remove(&head.call), Some(kept));
                ledger.deliver(kept, &head, joined.as_deref().unwrap_or(body));
            }
            CallerEvent::Freed => {
                let number = self.taken.remove(&head.call).expect("a place was freed that was not taken");
                ledger.end(number, End::Abandoned);
            }
            CallerEvent::Send(pong) => self.out.write(&pong, b""),
            CallerEvent::Goaway(answer) => self.wind_down(answer.expect("the first goaway is answered"), ledger),
            event => panic!("{event:?} of a lawful peer that has no streams"),
        }
    }

    /// What was begun is sent to its end; nothing is begun any more.
    fn wind_down(&mut self, answer: Head, ledger: &mut Ledger) {
        self.out.write(&answer, b"");
        let (begun, unsent): (Vec<_>, _) = self.pending.drain(..).partition(|(_, fragments)| fragments.begun());
        self.pending = begun;
        for (number, fragments) in unsent {
            self.forget(fragments.call(), number, ledger);
        }
    }

    /// The ids that are taken.
    pub(super) fn taken(&self) -> impl Iterator<Item = u32> {
        self.taken.keys().copied()
    }

    pub(super) fn check(&self) {
        assert_eq!(self.wire.calls.len(), self.taken.len());
        assert!(self.taken().all(|call| self.wire.calls.is_open(call)));
        assert!(self.wire.calls.held() <= self.taken.len() * MESSAGE, "more is held than the limits allow");
    }

    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_empty() && self.out.is_empty()
    }

    pub(super) fn check_settled(&self) {
        assert!(self.wire.calls.is_empty(), "calls have not ended");
        assert!(self.pongs.is_empty(), "pings were not answered");
        assert!(self.reader.is_empty(), "a part of a frame is left");
    }
}
