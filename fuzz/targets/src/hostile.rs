//! Each end of a connection among enemies: any frames into one state machine.
//!
//! The input is a stream of frames. Those of kinds that may be skipped stand for what this side does meanwhile, so that
//! a recorded conversation is an input as it is. A connection ends at the first violation; here it goes on, so that one bad
//! frame does not hide the next: the tables promise more than the protocol needs.

use std::collections::{BTreeMap, BTreeSet};

use rpc_core::{
    Limits,
    wire::{Callee, CalleeEvent, Caller, CallerEvent, Flags, Found, Head, Kind, PREFIX, Refusal, longest, next},
};

use crate::choices::Choices;
use readers::{CREDITS, Readers, shape};

mod readers;

/// The largest message that either end takes.
const MESSAGE: usize = 1_000;
/// The calls that may be open at a time.
const CALLS: usize = 4;
/// The calls of a caller among enemies.
const OPENED: usize = 2 * CALLS;

/// What happens to an end: a frame arrives, or it does something itself, of which the kind and one byte say what.
enum Event<'a> {
    Frame(Head, &'a [u8]),
    Own(u8, usize),
}

/// The events of a stream, up to its end or to what is no frame.
fn events(mut stream: &[u8]) -> impl Iterator<Item = Event<'_>> {
    std::iter::from_fn(move || {
        let Ok(Found::Frame { head, body }) = next(stream, longest(MESSAGE)) else { return None };
        let (frame, rest) = stream.split_at(body.end);
        stream = rest;
        Some(match head {
            Some(head) => Event::Frame(head, &frame[body]),
            None => Event::Own(frame[PREFIX], frame[PREFIX + 1].into()),
        })
    })
}

/// Whatever frames a callee is sent, its tables and its limits hold: no call runs twice or above the limit, nothing is
/// held above the limits or beyond the credit of its streams, and every call can be ended as the rules have it.
///
/// # Panics
/// Where that does not hold.
pub fn hostile_caller(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let request_bytes = choices.below(CALLS + 2) * MESSAGE;
    let limits = Limits { message: MESSAGE, calls_in_flight: CALLS as u32, request_bytes, ..Limits::default() };
    let wire = Callee::with_credits(&limits, CREDITS, CREDITS);
    let (running, seen, readers) = (BTreeMap::new(), BTreeSet::new(), Readers::default());
    let mut callee = Besieged { wire, request_bytes, running, seen, readers };
    for event in events(choices.0) {
        match event {
            Event::Frame(head, body) => callee.receive(&head, body),
            Event::Own(kind, which) => callee.act(kind, which),
        }
        callee.check();
    }
    if bytes.len().is_multiple_of(2) {
        callee.end_calls()
    } else {
        callee.lose()
    }
    assert!(callee.wire.calls.is_empty() && callee.wire.calls.held() == 0);
    callee.readers.check_closed(&callee.wire.streams);
}

/// A callee among enemies, and what it must know.
struct Besieged {
    wire: Callee<u32, u32>,
    request_bytes: usize,
    /// What is kept for each call that runs.
    running: BTreeMap<u32, Option<u32>>,
    /// Ids that were ever seen.
    seen: BTreeSet<u32>,
    readers: Readers,
}

impl Besieged {
    fn receive(&mut self, head: &Head, body: &[u8]) {
        self.seen.insert(head.call);
        match self.wire.handle_frame(head, body) {
            Ok(CalleeEvent::Run { head, joined }) => {
                assert!(joined.as_deref().unwrap_or(body).len() <= MESSAGE, "a message is too long");
                let twice = head.call != 0 && self.running.insert(head.call, None).is_some();
                assert!(!twice, "call {} runs twice", head.call);
                self.open(&head);
            }
            Ok(CalleeEvent::Refuse(call, _)) => assert_eq!(self.wire.calls.finish(call), None),
            Ok(CalleeEvent::Cancel(kept)) => assert_eq!(Some(Some(*kept)), self.running.get(&head.call).copied()),
            Ok(CalleeEvent::Item { kept, joined, cost, .. }) => {
                assert_eq!(*kept, head.call);
                self.readers.item(head.call, joined.as_deref().unwrap_or(body).len(), cost);
            }
            Ok(CalleeEvent::Ended(kept)) => assert_eq!(*kept, head.call),
            Ok(CalleeEvent::Send(pong)) => assert_eq!(pong, Head { kind: Kind::Pong, ..*head }),
            Ok(_) => {}
            Err(error) => {
                assert!((4..=6).contains(&error.code()) && error.to_string().len() < 200);
                self.readers.wrong();
            }
        }
    }

    /// The stream of a call that runs, if its method has any.
    fn open(&mut self, request: &Head) {
        let shape = shape(request.word);
        if request.call != 0 && (shape.gives || shape.takes) {
            let stream = self.wire.streams.open(request.call, false, shape, request.call);
            self.readers.open(request.call, stream, shape.takes);
            if request.flags.has(Flags::END) {
                self.wire.streams.ended(stream);
            }
        }
    }

    /// A handler waits, or ends, or reads; or this side winds down.
    fn act(&mut self, kind: u8, which: usize) {
        match kind / 4 % 4 {
            1 => return self.readers.read(which, false, &mut self.wire.streams),
            2 if kind & 3 == 0 => return self.readers.read(which, true, &mut self.wire.streams),
            2 | 3 => return self.readers.exchange(&mut self.wire.streams),
            _ => {}
        }
        let at = which.checked_rem(self.running.len());
        match (kind % 4, at.and_then(|at| self.running.iter_mut().nth(at))) {
            (0 | 1, Some((call, _))) => {
                let call = *call;
                self.finish(call);
            }
            (2, Some((call, kept @ None))) => {
                *kept = Some(!call);
                self.wire.calls.attach(*call, !call);
            }
            _ => _ = self.wire.goaway(0),
        }
    }

    fn finish(&mut self, call: u32) {
        let (kept, _) = self.wire.finish(call);
        assert_eq!(Some(kept), self.running.remove(&call));
        self.readers.close(call, &mut self.wire.streams);
    }

    fn receiving(&self) -> Vec<u32> {
        self.seen.iter().copied().filter(|call| self.wire.calls.is_receiving(*call)).collect()
    }

    fn check(&mut self) {
        self.readers.check(&mut self.wire.streams);
        let receiving = self.receiving();
        assert_eq!(self.wire.calls.len(), self.running.len() + receiving.len());
        let calls = receiving.iter().filter(|call| **call != 0).count() + self.running.len();
        assert!(calls <= CALLS, "{calls} calls are open");
        assert!(self.wire.calls.held() <= self.request_bytes, "{} bytes are held", self.wire.calls.held());
    }

    /// Every call ends as the rules have it.
    fn end_calls(&mut self) {
        for call in self.running.keys().copied().collect::<Vec<_>>() {
            self.finish(call);
        }
        for call in self.receiving() {
            if call == 0 {
                assert!(self.wire.handle_frame(&Head::new(Kind::Request, 0), b"").is_ok());
                continue;
            }
            let cancelled = self.wire.handle_frame(&Head::new(Kind::Cancel, call), b"");
            assert_eq!(cancelled, Ok(CalleeEvent::Refuse(call, Refusal::Cancelled)));
        }
    }

    /// The connection is lost.
    fn lose(&mut self) {
        let mut given = self.wire.calls.close();
        given.sort_unstable();
        let mut kept: Vec<_> = self.running.values().copied().flatten().collect();
        kept.sort_unstable();
        assert_eq!(given, kept);
        self.readers.lose(&mut self.wire.streams);
    }
}

/// Whatever frames a caller is sent, its tables and its limits hold: no call ends twice or with another's response, nothing
/// is held above the limits or beyond the credit of its streams, and every call can be ended as the rules have it.
///
/// # Panics
/// Where that does not hold.
pub fn hostile_callee(bytes: &[u8]) {
    let wire = Caller::with_credits(MESSAGE, CREDITS, CREDITS);
    let mut caller = Misled { wire, open: BTreeMap::new(), opened: 0, readers: Readers::default() };
    (0..CALLS).for_each(|_| caller.ask());
    for event in events(bytes) {
        match event {
            Event::Frame(head, body) => caller.receive(&head, body),
            Event::Own(kind, which) => caller.act(kind, which),
        }
        caller.check();
    }
    if bytes.len().is_multiple_of(2) {
        caller.end_calls()
    } else {
        caller.lose()
    }
    assert!(caller.wire.calls.is_empty() && caller.wire.calls.held() == 0);
    caller.readers.check_closed(&caller.wire.streams);
}

/// A caller among enemies, and the calls that it must know.
struct Misled {
    wire: Caller<usize, u32>,
    open: BTreeMap<u32, Asked>,
    opened: usize,
    readers: Readers,
}

/// A call of a caller among enemies.
#[derive(Debug, PartialEq)]
struct Asked {
    /// What is kept for it until it is given up.
    kept: Option<usize>,
    /// Bytes of its reply of which a part is still to come, unless it was given up.
    held: usize,
    /// The kind of frames that it comes in.
    of: Kind,
    /// Its items have begun.
    begun: bool,
}

impl Asked {
    fn new(kept: usize) -> Self {
        Self { kept: Some(kept), held: 0, of: Kind::Response, begun: false }
    }

    /// A fragment has come. One of another kind drops what has come before.
    fn receive(&mut self, kind: Kind, bytes: usize) {
        if self.kept.is_some() {
            self.held = bytes + if self.of == kind { self.held } else { 0 };
        }
        self.of = kind;
    }

    /// The message that has come is all that came of it.
    fn check(&self, head: &Head, body: &[u8], joined: Option<&[u8]>) {
        let expected = body.len() + if self.of == head.kind { self.held } else { 0 };
        let message = joined.unwrap_or(body);
        assert!(message.len() == expected && message.len() <= MESSAGE && message.ends_with(body));
    }

    fn abandon(&mut self) -> Option<usize> {
        self.held = 0;
        self.kept.take()
    }
}

impl Misled {
    fn receive(&mut self, head: &Head, body: &[u8]) {
        match self.wire.handle_frame(head, body) {
            Ok(CallerEvent::Reply { kept, joined, .. }) => {
                let asked = self.open.remove(&head.call).expect("it was asked");
                asked.check(head, body, joined.as_deref());
                assert_eq!(asked.kept, Some(kept));
                self.readers.close(head.call, &mut self.wire.streams);
            }
            Ok(CallerEvent::Freed) => {
                let asked = self.open.remove(&head.call).map(|asked| (asked.kept, asked.held));
                assert_eq!(asked, Some((None, 0)));
                self.readers.close(head.call, &mut self.wire.streams);
            }
            Ok(CallerEvent::Begin { kept, joined, .. }) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                asked.check(head, body, joined.as_deref());
                assert!(asked.kept == Some(*kept) && !std::mem::replace(&mut asked.begun, true));
                (asked.of, asked.held) = (Kind::Begin, 0);
            }
            Ok(CallerEvent::Item { kept, joined, cost, .. }) => {
                assert!(*kept == head.call && self.open[&head.call].begun);
                self.readers.item(head.call, joined.as_deref().unwrap_or(body).len(), cost);
            }
            Ok(CallerEvent::Misshapen(kept)) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                assert_eq!(asked.abandon(), Some(kept));
            }
            Ok(CallerEvent::Nothing) if matches!(head.kind, Kind::Response | Kind::Begin | Kind::End) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                asked.receive(head.kind, body.len());
                // Of a call that was given up nobody is told.
                asked.begun |= head.kind == Kind::Begin && !head.flags.has(Flags::MORE);
            }
            Ok(CallerEvent::Send(pong)) => assert_eq!(pong, Head { kind: Kind::Pong, ..*head }),
            Ok(_) => {}
            Err(error) => {
                assert!((4..=6).contains(&error.code()) && error.to_string().len() < 200);
                self.readers.wrong();
            }
        }
    }

    /// A call is made, given up, or taken back; or its reader reads.
    fn act(&mut self, kind: u8, which: usize) {
        match kind / 4 % 4 {
            1 => return self.readers.read(which, false, &mut self.wire.streams),
            2 if kind & 3 == 0 => return self.readers.read(which, true, &mut self.wire.streams),
            2 => return self.readers.exchange(&mut self.wire.streams),
            _ => {}
        }
        let at = which.checked_rem(self.open.len()).filter(|_| kind % 4 > 1);
        let Some(call) = at.and_then(|at| self.open.keys().nth(at)).copied() else { return self.ask() };
        let asked = self.open.get_mut(&call).expect("it is open");
        if kind % 4 == 2 {
            assert_eq!(self.wire.calls.abandon(call), asked.abandon());
            self.readers.drop_of(call, &mut self.wire.streams);
            if kind / 4 % 4 == 3 {
                self.wire.streams.close(call);
                self.readers.close(call, &mut self.wire.streams);
            }
        } else {
            assert_eq!(self.wire.forget(call), asked.kept);
            self.open.remove(&call);
            self.readers.close(call, &mut self.wire.streams);
        }
    }

    fn ask(&mut self) {
        if self.open.len() < OPENED {
            self.opened += 1;
            let call = self.wire.calls.open(self.opened);
            assert_eq!(self.open.insert(call, Asked::new(self.opened)), None, "id {call} is taken");
            let shape = shape(self.opened as u32);
            if shape.gives || shape.takes {
                let stream = self.wire.streams.open(call, true, shape, call);
                self.readers.open(call, stream, shape.takes);
            }
        }
    }

    fn check(&mut self) {
        self.readers.check(&mut self.wire.streams);
        assert_eq!(self.wire.calls.len(), self.open.len());
        assert_eq!(self.wire.calls.held(), self.open.values().map(|asked| asked.held).sum::<usize>());
        assert!(self.open.values().all(|asked| asked.held <= MESSAGE), "more is held than the limit allows");
    }

    /// Every call is answered.
    fn end_calls(&mut self) {
        let calls: Vec<_> = self.open.iter().map(|(call, asked)| (*call, asked.of, asked.begun)).collect();
        for (call, of, begun) in calls {
            // What has begun as an end goes on as one.
            let kind = if of == Kind::End || begun && of != Kind::Response { Kind::End } else { Kind::Response };
            self.receive(&Head::new(kind, call), b"");
        }
    }

    /// The connection is lost.
    fn lose(&mut self) {
        let mut given = self.wire.calls.close();
        given.sort_unstable();
        let mut kept: Vec<_> = self.open.values().filter_map(|asked| asked.kept).collect();
        kept.sort_unstable();
        assert_eq!(given, kept);
        self.readers.lose(&mut self.wire.streams);
    }
}
