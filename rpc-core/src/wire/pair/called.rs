//! The called end: a [`Callee`], handlers that end when the test says so, and their responses.

use std::collections::{BTreeMap, VecDeque};

use super::{
    Bytes, CALLS, Callee, CalleeEvent, Drain, Flags, Fragments, Head, Kind, MESSAGE, Refusal,
    damaged::Act,
    ledger::Ledger,
    limits, message,
    pipe::{Pipe, Reader},
};

#[derive(Debug)]
pub(super) struct Called {
    wire: Callee<usize>,
    pub(super) out: Pipe,
    reader: Reader,
    /// What has happened to this end, for those who play it again.
    pub(super) tape: Vec<Act>,
    request_bytes: usize,
    drain: Drain,
    /// Requests of which a part is still to come: call and number.
    receiving: BTreeMap<u32, usize>,
    running: Vec<Handler>,
    responses: Vec<Response>,
    /// Answers to our pings, in the order in which they must come.
    pongs: VecDeque<Head>,
}

#[derive(Debug)]
struct Handler {
    call: u32,
    number: usize,
    /// Whether something is kept for it in the table, which is so for those that wait.
    kept: bool,
    cancelled: bool,
}

/// How a handler ends: its code, the size of its message, and the longest frame that it is sent in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) code: u32,
    pub(super) size: usize,
    pub(super) frame: usize,
}

#[derive(Debug)]
struct Response {
    fragments: Fragments,
    /// The handler that has ended; a request that was refused had none.
    of: Option<Handler>,
}

impl Called {
    pub(super) fn new(request_bytes: usize) -> Self {
        Self {
            wire: Callee::accepting(&limits(request_bytes)),
            out: Pipe::default(),
            reader: Reader::default(),
            tape: Vec::new(),
            request_bytes,
            drain: Drain::Open,
            receiving: BTreeMap::new(),
            running: Vec::new(),
            responses: Vec::new(),
            pongs: VecDeque::new(),
        }
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
            CalleeEvent::Nothing => self.nothing(head),
            CalleeEvent::Run { head, joined } => self.run(&head, joined.as_deref().unwrap_or(body), ledger),
            CalleeEvent::Refuse(call, why) => self.refuse(head, call, why, ledger),
            CalleeEvent::Cancel(kept) => {
                let kept = *kept;
                self.cancelled(head.call, Some(kept));
            }
            CalleeEvent::Send(pong) => {
                self.out.write(&pong, b"");
                // As a runtime does that ends the call of whatever it has sent at last.
                assert_eq!(self.wire.calls.finish(pong.call), None);
            }
            CalleeEvent::Goaway(answer) => {
                assert_eq!((answer, self.drain), (None, Drain::Announced));
                self.drain = Drain::Quiet;
            }
            event => panic!("{event:?} of a lawful peer that has no streams"),
        }
    }

    fn nothing(&mut self, head: &Head) {
        match head.kind {
            Kind::Request => {
                assert!(head.flags.has(Flags::MORE));
                let earlier = self.receiving.insert(head.call, head.word as usize);
                assert!(earlier.is_some() || self.drain != Drain::Quiet, "a request was begun after the goaway");
            }
            Kind::Cancel => self.cancelled(head.call, None),
            Kind::Pong => assert_eq!(self.pongs.pop_front(), Some(*head)),
            kind => panic!("a {} frame that nobody sent", kind.name()),
        }
    }

    /// Handlers of odd priority wait, those of even end as soon as they are polled.
    fn run(&mut self, head: &Head, message: &[u8], ledger: &mut Ledger) {
        let begun = self.receiving.remove(&head.call).is_some();
        assert!(begun || self.drain != Drain::Quiet, "a request came after the goaway");
        ledger.run(head, message);
        if head.call == 0 {
            return;
        }
        assert_eq!(self.drain, Drain::Open, "a call ran that should have been refused");
        let (number, kept) = (head.word as usize, waits(head));
        if kept {
            self.wire.calls.attach(head.call, number);
        }
        self.running.push(Handler { call: head.call, number, kept, cancelled: false });
    }

    fn refuse(&mut self, head: &Head, call: u32, why: Refusal, ledger: &mut Ledger) {
        assert_eq!(call, head.call);
        let begun = self.receiving.remove(&call);
        let code = match why {
            Refusal::Cancelled if head.kind == Kind::Cancel => 1,
            Refusal::NoRoom("request_bytes", _) if self.request_bytes < (CALLS + 1) * MESSAGE => 8,
            Refusal::Draining if self.drain != Drain::Open && call != 0 => 14,
            why => panic!("{why:?} when {:?}", self.drain),
        };
        let number = begun.unwrap_or(head.word as usize);
        ledger.refuse(number);
        if call != 0 {
            let head = Head::new(Kind::Response, call).word(code).flags(Flags::NOT_RUN);
            let body = message(number, 20);
            ledger.answer(number, head, body.clone());
            self.responses.push(Response { fragments: Fragments::new(head, body, 30), of: None });
        }
    }

    /// A cancel has come, and what the table kept for its call.
    fn cancelled(&mut self, call: u32, kept: Option<usize>) {
        let ended = self.responses.iter_mut().filter_map(|response| response.of.as_mut());
        let handler = self.running.iter_mut().chain(ended).find(|handler| handler.call == call);
        assert_eq!(kept, handler.as_ref().filter(|handler| handler.kept).map(|handler| handler.number));
        if let Some(handler) = handler {
            handler.cancelled = true;
        }
    }

    /// One handler ends.
    pub(super) fn finish(&mut self, which: usize, ending: Ending, ledger: &mut Ledger) {
        let Some(at) = which.checked_rem(self.running.len()) else { return };
        let handler = self.running.remove(at);
        let flags = if ending.code == 2 { Flags::APP_ERROR } else { Flags::NONE };
        let head = Head::new(Kind::Response, handler.call).word(ending.code).flags(flags);
        let head = Head { codec: handler.number as u8, ..head };
        let body = message(handler.number + 1, ending.size);
        ledger.answer(handler.number, head, body.clone());
        self.responses.push(Response { fragments: Fragments::new(head, body, ending.frame), of: Some(handler) });
    }

    /// Sends the next frame of one response.
    pub(super) fn respond(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.responses.len()) else { return };
        let Response { fragments, of } = &mut self.responses[at];
        let (head, piece) = fragments.peek().expect("what is pending has a frame left");
        fragments.advance();
        self.out.write(&head, &piece);
        if !head.flags.has(Flags::MORE) {
            let kept = of.as_ref().filter(|handler| handler.kept).map(|handler| handler.number);
            assert_eq!(self.wire.calls.finish(head.call), kept);
            self.tape.push(Act::Finish(head.call));
            self.responses.remove(at);
        }
    }

    /// Ends a response before its time: its call was cancelled, so that nobody reads it.
    pub(super) fn cut_short(&mut self, which: usize, ledger: &Ledger) {
        let cut = |response: &&mut Response| response.of.as_ref().is_some_and(|handler| handler.cancelled);
        let mut cancelled: Vec<_> = self.responses.iter_mut().filter(cut).collect();
        let Some(at) = which.checked_rem(cancelled.len()) else { return };
        let number = cancelled[at].of.as_ref().map_or(0, |handler| handler.number);
        cancelled[at].fragments = Fragments::new(ledger.response(number), Bytes::new(), 0);
    }

    pub(super) fn goaway(&mut self) {
        let goaway = self.wire.goaway(2);
        assert_eq!(goaway.is_some(), self.drain == Drain::Open, "a goaway is sent once");
        if let Some(goaway) = goaway {
            self.tape.push(Act::Goaway);
            self.drain = Drain::Announced;
            self.out.write(&goaway, b"");
        }
    }

    pub(super) fn ping(&mut self, word: u32) {
        let ping = Head { extra: !word, ..Head::new(Kind::Ping, 0).word(word) };
        self.out.write(&ping, b"");
        self.pongs.push_back(Head { kind: Kind::Pong, ..ping });
    }

    /// The ids that are taken.
    pub(super) fn taken(&self) -> impl Iterator<Item = u32> {
        let handlers = self.running.iter().chain(self.responses.iter().filter_map(|response| response.of.as_ref()));
        handlers.map(|handler| handler.call).chain(self.receiving.keys().copied())
    }

    pub(super) fn check(&self) {
        assert_eq!(self.wire.calls.len(), self.taken().count());
        assert!(self.receiving.keys().all(|call| self.wire.calls.is_receiving(*call)));
        let held = self.wire.calls.held_alone();
        assert!(held <= self.request_bytes, "{held} bytes are held, the limit is {}", self.request_bytes);
        assert!(held == 0 || !self.receiving.is_empty(), "bytes are held of no message");
        assert_eq!(self.wire.finished(), self.drain == Drain::Quiet && self.taken().next().is_none());
    }

    pub(super) fn is_settled(&self) -> bool {
        self.running.is_empty() && self.responses.is_empty() && self.out.is_empty()
    }

    pub(super) fn check_settled(&self) {
        assert!(self.wire.calls.is_empty(), "calls have not ended");
        assert_eq!(self.wire.calls.held_alone(), 0);
        assert_ne!(self.drain, Drain::Announced, "the goaway was not answered");
        assert!(self.pongs.is_empty(), "pings were not answered");
        assert!(self.reader.is_empty(), "a part of a frame is left");
    }
}

/// Whether the handler of a request waits, so that something is kept for it.
pub(super) fn waits(request: &Head) -> bool {
    request.priority % 2 == 1
}
