//! Both ends of a connection as state machines, with two pipes of bytes between: any history of calls, cancels, pings and
//! a goaway, however cut.

use std::collections::VecDeque;

use bytes::Bytes;
use rpc_core::{
    Limits,
    wire::{Callee, CalleeEvent, Caller, CallerEvent, Flags, Fragments, HEAD, Head, Kind, longest},
};

use crate::{choices::Choices, pipe::Pipe};

/// The largest message that either end takes.
const MESSAGE: usize = 200;
/// The calls that may be open at a time.
const CALLS: usize = 4;
/// The most requests of a history: enough for every id to be used many times.
const REQUESTS: usize = 200;

/// Whatever two ends do that keep the rules, neither finds fault with the other; every call ends once, as it was answered;
/// nothing is lost, mixed up or left behind.
///
/// # Panics
/// Where that does not hold.
pub fn wire_pair(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let request_bytes = choices.below(CALLS + 2) * MESSAGE;
    let mut pair = Pair::new(request_bytes);
    while let Some(step) = choices.next() {
        pair.step(step, &mut choices);
        pair.check();
    }
    pair.settle();
}

struct Pair {
    caller: Caller<usize>,
    callee: Callee<usize>,
    there: Pipe,
    back: Pipe,
    request_bytes: usize,
    /// All requests, by number.
    requests: Vec<Request>,
    /// Requests that are not sent to the end.
    sending: Vec<(usize, Fragments)>,
    /// Handlers that have not ended.
    running: Vec<usize>,
    /// Responses that are not sent to the end.
    answering: Vec<(usize, Fragments)>,
    /// Pongs that must come to the caller and to the callee, in this order.
    pongs: [VecDeque<Head>; 2],
    announced: bool,
}

struct Request {
    head: Head,
    message: Bytes,
    /// Its handler waits, so that something is kept for it.
    waits: bool,
    arrival: Option<Arrival>,
    response: Option<(Head, Bytes)>,
    given_up: bool,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Arrival {
    Ran,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// It was taken back before any of it was sent.
    Forgotten,
    /// A oneway that was sent.
    Sent,
    /// Its terminal frame has come.
    Terminal,
}

/// A message that tells by its bytes whose it is.
fn message(number: usize, size: usize) -> Bytes {
    (0..size).map(|at| (number * 13 + at * 7) as u8).collect()
}

/// The longest frame: so short that each byte has its own, or long enough for all.
fn cut(choice: u8) -> usize {
    if choice == 0 { usize::MAX } else { HEAD + usize::from(choice) }
}

impl Pair {
    fn new(request_bytes: usize) -> Self {
        let limits = Limits { message: MESSAGE, calls_in_flight: CALLS as u32, request_bytes, ..Limits::default() };
        Self {
            caller: Caller::dialling(MESSAGE),
            callee: Callee::accepting(&limits),
            there: Pipe::default(),
            back: Pipe::default(),
            request_bytes,
            requests: Vec::new(),
            sending: Vec::new(),
            running: Vec::new(),
            answering: Vec::new(),
            pongs: Default::default(),
            announced: false,
        }
    }

    fn step(&mut self, step: u8, choices: &mut Choices<'_>) {
        match step % 10 {
            0 => self.ask(false, choices),
            1 => self.ask(true, choices),
            2 => self.send(choices.byte().into()),
            3 => self.give_up(choices.byte().into()),
            4 => self.finish(choices.byte().into(), choices),
            5 => self.answer(choices.byte().into()),
            6 => self.deliver_there(choices.byte().into()),
            7 => self.deliver_back(choices.byte().into()),
            8 => self.ping(choices.byte()),
            _ => self.goaway(),
        }
    }

    fn ask(&mut self, oneway: bool, choices: &mut Choices<'_>) {
        let (size, cut, waits) = (choices.below(MESSAGE + 1), cut(choices.byte()), choices.byte() & 1 == 1);
        let full = !oneway && self.caller.calls.len() >= CALLS;
        if full || !self.caller.accepts_calls() || self.requests.len() == REQUESTS {
            return;
        }
        let number = self.requests.len();
        let call = if oneway { 0 } else { self.caller.calls.open(number) };
        assert!(oneway || self.open(call).is_none(), "id {call} is used again before its terminal frame");
        let head = Head { codec: number as u8, extra: !0, ..Head::new(Kind::Request, call).word(number as u32) };
        let message = message(number, size);
        self.sending.push((number, Fragments::new(head, message.clone(), cut)));
        self.requests.push(Request { head, message, waits, arrival: None, response: None, given_up: false, end: None });
    }

    /// The request that has this id now.
    fn open(&self, call: u32) -> Option<usize> {
        self.requests.iter().position(|request| request.head.call == call && request.end.is_none())
    }

    fn end(&mut self, number: usize, end: End) {
        assert_eq!(self.requests[number].end.replace(end), None, "request {number} ended twice");
    }

    /// The next frame of one request. Oneways share call 0, so that one that was begun goes before all others.
    fn send(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.sending.len()) else { return };
        let begun = self.sending.iter().position(|(_, oneway)| oneway.call() == 0 && oneway.begun());
        let at = begun.filter(|_| self.sending[at].1.call() == 0).unwrap_or(at);
        let (number, last) = next(&mut self.sending, at, &mut self.there);
        if last.is_some_and(|head| head.call == 0) {
            self.end(number, End::Sent);
        }
    }

    fn give_up(&mut self, which: usize) {
        let waits = |request: &Request| request.head.call != 0 && request.end.is_none() && !request.given_up;
        let waiting: Vec<usize> = (0..self.requests.len()).filter(|number| waits(&self.requests[*number])).collect();
        let Some(at) = which.checked_rem(waiting.len()) else { return };
        let (number, call) = (waiting[at], self.requests[waiting[at]].head.call);
        let sending = self.sending.iter().position(|(sending, _)| *sending == number);
        match sending.map(|at| self.sending.remove(at)) {
            Some((_, fragments)) if !fragments.begun() => self.forget(number),
            _ => {
                assert_eq!(self.caller.calls.abandon(call), Some(number));
                assert_eq!(self.caller.calls.abandon(call), None, "one cancel is enough");
                self.there.send(&Head::new(Kind::Cancel, call), b"");
                self.requests[number].given_up = true;
            }
        }
    }

    fn forget(&mut self, number: usize) {
        let call = self.requests[number].head.call;
        assert_eq!(self.caller.calls.forget(call), (call != 0).then_some(number));
        self.end(number, End::Forgotten);
    }

    /// One handler ends.
    fn finish(&mut self, which: usize, choices: &mut Choices<'_>) {
        let (code, size, cut) = (choices.one_of([0, 2, 13]), choices.below(MESSAGE + 1), cut(choices.byte()));
        let Some(at) = which.checked_rem(self.running.len()) else { return };
        let number = self.running.remove(at);
        let flags = if code == 2 { Flags::APP_ERROR } else { Flags::NONE };
        self.respond(number, code, flags, size, cut);
    }

    fn respond(&mut self, number: usize, code: u32, flags: Flags, size: usize, cut: usize) {
        let request = &mut self.requests[number];
        let head = Head::new(Kind::Response, request.head.call).word(code).flags(flags);
        let body = message(number + 1, size);
        assert!(request.response.replace((head, body.clone())).is_none(), "request {number} is answered twice");
        self.answering.push((number, Fragments::new(head, body, cut)));
    }

    /// The next frame of one response.
    fn answer(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.answering.len()) else { return };
        let (number, last) = next(&mut self.answering, at, &mut self.back);
        let Some(head) = last else { return };
        let kept = self.requests[number].waits && self.requests[number].arrival == Some(Arrival::Ran);
        assert_eq!(self.callee.calls.finish(head.call), kept.then_some(number));
    }

    fn ping(&mut self, word: u8) {
        let to = usize::from(word % 2);
        let ping = Head { extra: !0, ..Head::new(Kind::Ping, 0).word(word.into()) };
        [&mut self.there, &mut self.back][to].send(&ping, b"");
        self.pongs[to].push_back(Head { kind: Kind::Pong, ..ping });
    }

    fn goaway(&mut self) {
        let goaway = self.callee.goaway(2);
        assert_eq!(goaway.is_none(), std::mem::replace(&mut self.announced, true), "a goaway is sent once");
        goaway.into_iter().for_each(|goaway| self.back.send(&goaway, b""));
    }

    /// Lets bytes arrive at the callee; 0 is all of them.
    fn deliver_there(&mut self, most: usize) {
        self.there.deliver(if most == 0 { usize::MAX } else { most });
        while let Some((head, body)) = self.there.receive(longest(MESSAGE)).expect("they are frames") {
            self.at_callee(&head, &body);
        }
    }

    fn at_callee(&mut self, head: &Head, body: &[u8]) {
        let number = if head.kind == Kind::Request { Some(head.word as usize) } else { self.open(head.call) };
        match self.callee.handle_frame(head, body).expect("a lawful peer breaks no rule") {
            CalleeEvent::Nothing if head.kind == Kind::Pong => assert_eq!(self.pongs[1].pop_front(), Some(*head)),
            CalleeEvent::Nothing => assert!(head.kind == Kind::Cancel || head.flags.has(Flags::MORE)),
            CalleeEvent::Run { head, joined } => self.run(&head, joined.as_deref().unwrap_or(body)),
            CalleeEvent::Refuse(call, _) => {
                let number = number.expect("what is refused was asked");
                assert_eq!(self.requests[number].head.call, call);
                self.arrive(number, Arrival::Refused);
                if call != 0 {
                    self.respond(number, 8, Flags::NOT_RUN, 20, HEAD + 7);
                }
            }
            CalleeEvent::Cancel(kept) => assert_eq!(Some(*kept), number),
            CalleeEvent::Send(pong) => self.back.send(&pong, b""),
            CalleeEvent::Goaway(answer) => assert!(answer.is_none() && self.announced),
            event => panic!("{event:?} of a lawful peer that has no streams"),
        }
    }

    fn arrive(&mut self, number: usize, arrival: Arrival) {
        let before = self.requests[number].arrival.replace(arrival);
        assert_eq!(before, None, "request {number} is {arrival:?}");
    }

    fn run(&mut self, head: &Head, message: &[u8]) {
        let number = head.word as usize;
        self.arrive(number, Arrival::Ran);
        let request = &self.requests[number];
        assert_eq!((head, message), (&request.head, &request.message[..]), "a request changed on its way");
        if head.call != 0 {
            assert!(!self.announced, "a call ran that should have been refused");
            if request.waits {
                self.callee.calls.attach(head.call, number);
            }
            self.running.push(number);
        }
    }

    /// Lets bytes arrive at the caller; 0 is all of them.
    fn deliver_back(&mut self, most: usize) {
        self.back.deliver(if most == 0 { usize::MAX } else { most });
        while let Some((head, body)) = self.back.receive(longest(MESSAGE)).expect("they are frames") {
            self.at_caller(&head, &body);
        }
    }

    fn at_caller(&mut self, head: &Head, body: &[u8]) {
        match self.caller.handle_frame(head, body).expect("a lawful peer breaks no rule") {
            CallerEvent::Nothing if head.kind == Kind::Pong => assert_eq!(self.pongs[0].pop_front(), Some(*head)),
            CallerEvent::Nothing => assert!(head.flags.has(Flags::MORE)),
            CallerEvent::Reply { kept, head, joined } => {
                let (sent, response) = self.requests[kept].response.as_ref().expect("somebody answered");
                assert_eq!((&head, joined.as_deref().unwrap_or(body)), (sent, &response[..]), "a response changed");
                assert!(!self.requests[kept].given_up);
                self.end(kept, End::Terminal);
            }
            CallerEvent::Freed => {
                let number = self.open(head.call).expect("a place was freed that was not taken");
                assert!(self.requests[number].given_up);
                self.end(number, End::Terminal);
            }
            CallerEvent::Send(pong) => self.there.send(&pong, b""),
            CallerEvent::Goaway(answer) => {
                self.there.send(&answer.expect("the first goaway is answered"), b"");
                let (begun, unsent) = self.sending.drain(..).partition(|(_, fragments)| fragments.begun());
                self.sending = begun;
                let unsent: Vec<_> = unsent;
                unsent.into_iter().for_each(|(number, _)| self.forget(number));
            }
            event => panic!("{event:?} of a lawful peer that has no streams"),
        }
    }

    /// What holds at any time.
    fn check(&self) {
        let open = self.requests.iter().filter(|request| request.head.call != 0 && request.end.is_none()).count();
        assert_eq!(self.caller.calls.len(), open);
        assert!(self.caller.calls.held() <= open * MESSAGE && self.callee.calls.held() <= self.request_bytes);
        assert!(self.callee.calls.len() <= open + 1, "a call is open that its caller knows nothing of");
    }

    /// Lets everything come to its end.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 2 * REQUESTS * MESSAGE, "it comes to no end");
            self.send(0);
            self.deliver_there(0);
            self.finish(0, &mut Choices(&[]));
            self.answer(0);
            self.deliver_back(0);
            self.check();
            let settled = self.sending.is_empty() && self.running.is_empty() && self.answering.is_empty();
            if settled && self.there.is_empty() && self.back.is_empty() {
                break;
            }
        }
        assert!(self.caller.calls.is_empty() && self.callee.calls.is_empty(), "calls have not ended");
        assert!(self.callee.finished() == self.announced && self.pongs.iter().all(VecDeque::is_empty));
        for (number, request) in self.requests.iter().enumerate() {
            let end = request.end.expect("every request ends");
            assert_eq!(request.arrival.is_none(), end == End::Forgotten, "request {number}");
        }
    }
}

/// Sends the next frame of one message. Whose it is, and its head if it was the last.
fn next(sending: &mut Vec<(usize, Fragments)>, at: usize, out: &mut Pipe) -> (usize, Option<Head>) {
    let (number, fragments) = &mut sending[at];
    let (number, (head, piece)) = (*number, fragments.peek().expect("a frame is left"));
    fragments.advance();
    out.send(&head, &piece);
    if head.flags.has(Flags::MORE) {
        return (number, None);
    }
    sending.remove(at);
    (number, Some(head))
}
