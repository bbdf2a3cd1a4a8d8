//! Each end of a connection among enemies: any frames into one state machine.
//!
//! The input is a stream of frames. Those of kinds that may be skipped stand for what this side does meanwhile, so that
//! a recorded conversation is an input as it is. A connection ends at the first violation; here it goes on, so that one bad
//! frame does not hide the next: the tables promise more than the protocol needs.

use std::collections::{BTreeMap, BTreeSet};

use rpc_core::{
    Limits,
    wire::{Callee, CalleeEvent, Caller, CallerEvent, Found, Head, Kind, PREFIX, Refusal, longest, next},
};

use crate::choices::Choices;

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

/// Whatever frames a callee is sent, its table and its limits hold: no call runs twice or above the limit, nothing is
/// held above the limits, and every call can be ended as the rules have it.
///
/// # Panics
/// Where that does not hold.
pub fn hostile_caller(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let request_bytes = choices.below(CALLS + 2) * MESSAGE;
    let limits = Limits { message: MESSAGE, calls_in_flight: CALLS as u32, request_bytes, ..Limits::default() };
    let wire = Callee::accepting(&limits);
    let mut callee = Besieged { wire, request_bytes, running: BTreeMap::new(), seen: BTreeSet::new() };
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
}

/// A callee among enemies, and what it must know.
struct Besieged {
    wire: Callee<u32>,
    request_bytes: usize,
    /// What is kept for each call that runs.
    running: BTreeMap<u32, Option<u32>>,
    /// Ids that were ever seen.
    seen: BTreeSet<u32>,
}

impl Besieged {
    fn receive(&mut self, head: &Head, body: &[u8]) {
        self.seen.insert(head.call);
        match self.wire.handle_frame(head, body) {
            Ok(CalleeEvent::Run { head, joined }) => {
                assert!(joined.as_deref().unwrap_or(body).len() <= MESSAGE, "a message is too long");
                let twice = head.call != 0 && self.running.insert(head.call, None).is_some();
                assert!(!twice, "call {} runs twice", head.call);
            }
            Ok(CalleeEvent::Refuse(call, _)) => assert_eq!(self.wire.calls.finish(call), None),
            Ok(CalleeEvent::Cancel(kept)) => assert_eq!(Some(Some(*kept)), self.running.get(&head.call).copied()),
            Ok(CalleeEvent::Send(pong)) => assert_eq!(pong, Head { kind: Kind::Pong, ..*head }),
            Ok(_) => {}
            Err(error) => assert!((4..=6).contains(&error.code()) && error.to_string().len() < 200),
        }
    }

    /// A handler waits, or ends; or this side winds down.
    fn act(&mut self, kind: u8, which: usize) {
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
        assert_eq!(Some(self.wire.calls.finish(call)), self.running.remove(&call));
    }

    fn receiving(&self) -> Vec<u32> {
        self.seen.iter().copied().filter(|call| self.wire.calls.is_receiving(*call)).collect()
    }

    fn check(&self) {
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
    }
}

/// Whatever frames a caller is sent, its table and its limits hold: no call ends twice or with another's response, nothing
/// is held above the limits, and every call can be ended as the rules have it.
///
/// # Panics
/// Where that does not hold.
pub fn hostile_callee(bytes: &[u8]) {
    let mut caller = Misled { wire: Caller::dialling(MESSAGE), open: BTreeMap::new(), opened: 0 };
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
}

/// A caller among enemies, and the calls that it must know.
struct Misled {
    wire: Caller<usize>,
    open: BTreeMap<u32, Asked>,
    opened: usize,
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
}

impl Asked {
    fn new(kept: usize) -> Self {
        Self { kept: Some(kept), held: 0, of: Kind::Response }
    }

    /// A fragment has come. One of another kind drops what has come before.
    fn receive(&mut self, kind: Kind, bytes: usize) {
        if self.kept.is_some() {
            self.held = bytes + if self.of == kind { self.held } else { 0 };
        }
        self.of = kind;
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
                let expected = body.len() + if asked.of == head.kind { asked.held } else { 0 };
                let message = joined.as_deref().unwrap_or(body);
                assert!(message.len() == expected && message.len() <= MESSAGE && message.ends_with(body));
                assert_eq!(asked.kept, Some(kept));
            }
            Ok(CallerEvent::Freed) => {
                let asked = self.open.remove(&head.call).map(|asked| (asked.kept, asked.held));
                assert_eq!(asked, Some((None, 0)));
            }
            Ok(CallerEvent::Misshapen(kept)) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                assert_eq!(asked.abandon(), Some(kept));
            }
            Ok(CallerEvent::Nothing) if matches!(head.kind, Kind::Response | Kind::Begin | Kind::End) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                asked.receive(head.kind, body.len());
            }
            Ok(CallerEvent::Send(pong)) => assert_eq!(pong, Head { kind: Kind::Pong, ..*head }),
            Ok(_) => {}
            Err(error) => assert!((4..=6).contains(&error.code()) && error.to_string().len() < 200),
        }
    }

    /// A call is made, given up, or taken back.
    fn act(&mut self, kind: u8, which: usize) {
        let at = which.checked_rem(self.open.len()).filter(|_| kind % 4 > 1);
        let Some(call) = at.and_then(|at| self.open.keys().nth(at)).copied() else { return self.ask() };
        let asked = self.open.get_mut(&call).expect("it is open");
        if kind % 4 == 2 {
            assert_eq!(self.wire.calls.abandon(call), asked.abandon());
        } else {
            assert_eq!(self.wire.calls.forget(call), asked.kept);
            self.open.remove(&call);
        }
    }

    fn ask(&mut self) {
        if self.open.len() < OPENED {
            self.opened += 1;
            let call = self.wire.calls.open(self.opened);
            assert_eq!(self.open.insert(call, Asked::new(self.opened)), None, "id {call} is taken");
        }
    }

    fn check(&self) {
        assert_eq!(self.wire.calls.len(), self.open.len());
        assert_eq!(self.wire.calls.held(), self.open.values().map(|asked| asked.held).sum::<usize>());
        assert!(self.open.values().all(|asked| asked.held <= MESSAGE), "more is held than the limit allows");
    }

    /// Every call is answered.
    fn end_calls(&mut self) {
        let calls: Vec<_> = self.open.iter().map(|(call, asked)| (*call, asked.of)).collect();
        for (call, of) in calls {
            // What has begun as an end goes on as one.
            let kind = if of == Kind::End { of } else { Kind::Response };
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
    }
}
