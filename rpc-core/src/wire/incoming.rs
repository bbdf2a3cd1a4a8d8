//! The calls the peer opened, from their request to our terminal frame (protocol §5.4).
//!
//! ```text
//!           fragment            last fragment
//!   (free) ──────────▶ Receiving ─────────────▶ Running ──finish──▶ (free)
//!      │                   │ cancel: refused       ▲  │ cancel: the handler is told,
//!      │                   ▼                       │  ▼ and keeps its place until it ends
//!      └──── whole request ────────────────────────┘
//! ```
//! `T` is what the runtime keeps for a call whose handler waits. A call that ends within its first poll never gets
//! one, and never enters the map: it is held in `current`, which saves two hashings for most calls.

use std::collections::{HashMap, hash_map::Entry};

use super::{Assembly, Flags, Head, ProtocolError};

/// The calls the peer opened.
#[derive(Debug)]
pub struct Incoming<T> {
    calls: HashMap<u32, Call<T>>,
    /// The call begun last, if nothing was kept for it yet.
    current: Option<u32>,
    /// Bytes of messages of which a part is still to come.
    held: usize,
    limits: IncomingLimits,
}

/// The bounds of [`Incoming`], named as in [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncomingLimits {
    pub(crate) message: usize,
    pub(crate) calls_in_flight: usize,
    pub(crate) partial_messages: usize,
}

#[derive(Debug)]
enum Call<T> {
    Receiving(Assembly),
    Running(Option<T>),
}

/// What a request frame meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A fragment; more will come.
    More,
    /// A whole request: it runs now, and its id is taken until [`Incoming::finish`].
    Whole {
        /// The request's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
    /// The request is not run for lack of room: the name of the limit, and its value.
    NoRoom(&'static str, usize),
}

/// What a cancel meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Cancelled<'a, T> {
    /// The call is not open: the cancel has crossed with its terminal frame.
    NotOpen,
    /// A part of the request was still to come: the call is closed and did not run.
    Receiving,
    /// The handler runs; it keeps its place until it has ended.
    Running(Option<&'a mut T>),
}

impl<T> Incoming<T> {
    /// An empty table of calls from a side that dialled, whose ids are odd.
    pub(crate) fn from_dialling(limits: IncomingLimits) -> Self {
        Self { calls: HashMap::new(), current: None, held: 0, limits }
    }

    /// Calls whose id is taken, and the oneway of which a part is still to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len() + usize::from(self.current.is_some())
    }

    /// Whether no id is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A request frame.
    ///
    /// # Errors
    /// The id is of the wrong parity or open already; the message is too long; a request that comes in fragments finds
    /// no free place, which its sender knew.
    pub fn handle_request(&mut self, head: &Head, body: &[u8]) -> Result<Received, ProtocolError> {
        if head.call != 0 && head.call & 1 == 0 {
            return Err(unexpected(head, "calls of this side have odd ids"));
        }
        if self.current == Some(head.call) {
            return Err(unexpected(head, "its id is open already"));
        }
        match self.calls.get(&head.call) {
            Some(Call::Running(_)) => Err(unexpected(head, "its id is open already")),
            Some(Call::Receiving(_)) => self.continued(head, body),
            None if head.flags.has(Flags::MORE) => self.first_fragment(head, body),
            None if head.call != 0 && self.full() => {
                Ok(Received::NoRoom("calls_in_flight", self.limits.calls_in_flight))
            }
            None => {
                self.begin(head.call);
                Ok(Received::Whole { head: *head, joined: None })
            }
        }
    }

    /// Keeps something for a running call whose handler waits.
    pub fn attach(&mut self, call: u32, kept: T) {
        if self.current == Some(call) {
            self.current = None;
        }
        self.calls.insert(call, Call::Running(Some(kept)));
    }

    /// What was kept for a running call.
    pub fn get(&mut self, call: u32) -> Option<&mut T> {
        match self.calls.get_mut(&call)? {
            Call::Running(kept) => kept.as_mut(),
            Call::Receiving(_) => None,
        }
    }

    /// Whether a part of this call's request, or with 0 of a oneway, is still to come.
    #[must_use]
    pub fn is_receiving(&self, call: u32) -> bool {
        matches!(self.calls.get(&call), Some(Call::Receiving(_)))
    }

    /// The handler has ended and its terminal frame goes out: the id is free. What was kept is given back. Call 0 has
    /// neither; what still comes of a oneway is left alone.
    pub fn finish(&mut self, call: u32) -> Option<T> {
        if call == 0 {
            return None;
        }
        if self.current == Some(call) {
            self.current = None;
            return None;
        }
        match self.calls.remove(&call) {
            Some(Call::Running(kept)) => kept,
            Some(Call::Receiving(partial)) => {
                self.held -= partial.held();
                None
            }
            None => None,
        }
    }

    /// A cancel frame.
    pub fn cancel(&mut self, call: u32) -> Cancelled<'_, T> {
        if self.current == Some(call) {
            return Cancelled::Running(None);
        }
        match self.calls.entry(call) {
            Entry::Vacant(_) => Cancelled::NotOpen,
            Entry::Occupied(entry) if matches!(entry.get(), Call::Receiving(_)) => {
                if let Call::Receiving(partial) = entry.remove() {
                    self.held -= partial.held();
                }
                Cancelled::Receiving
            }
            Entry::Occupied(entry) => match entry.into_mut() {
                Call::Running(kept) => Cancelled::Running(kept.as_mut()),
                Call::Receiving(_) => Cancelled::Receiving,
            },
        }
    }

    /// Every running call whose handler waits.
    pub fn iter(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.calls.iter_mut().filter_map(|(call, state)| match state {
            Call::Running(Some(kept)) => Some((*call, kept)),
            _ => None,
        })
    }

    /// Bytes held of messages of which a part is still to come, counted anew.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        let partials = self.calls.values().filter_map(|call| match call {
            Call::Receiving(partial) => Some(partial.held()),
            Call::Running(_) => None,
        });
        let counted = partials.sum();
        assert_eq!(self.held, counted, "the table lost count");
        counted
    }

    /// The connection is gone: empties the table and gives what was kept.
    pub fn close(&mut self) -> Vec<T> {
        self.current = None;
        self.held = 0;
        let calls = self.calls.drain().filter_map(|(_, call)| match call {
            Call::Running(kept) => kept,
            Call::Receiving(_) => None,
        });
        calls.collect()
    }

    /// Whether a call would be one too many. A oneway of which a part is still to come takes no place.
    fn full(&self) -> bool {
        let limit = self.limits.calls_in_flight;
        self.len() >= limit && self.len() - usize::from(self.is_receiving(0)) >= limit
    }

    /// A oneway takes no place here: it has no id, no terminal frame and no cancel.
    fn begin(&mut self, call: u32) {
        if call == 0 {
            return;
        }
        if let Some(earlier) = self.current.replace(call) {
            self.calls.insert(earlier, Call::Running(None));
        }
    }

    fn first_fragment(&mut self, head: &Head, body: &[u8]) -> Result<Received, ProtocolError> {
        if head.call != 0 && self.full() {
            return Err(unexpected(head, "it is one call more than `calls_in_flight` allows"));
        }
        self.calls.insert(head.call, Call::Receiving(Assembly::new(head)));
        self.continued(head, body)
    }

    fn continued(&mut self, head: &Head, body: &[u8]) -> Result<Received, ProtocolError> {
        let Some(Call::Receiving(partial)) = self.calls.get_mut(&head.call) else {
            return Err(unexpected(head, "it continues no message"));
        };
        if self.held.saturating_add(body.len()) > self.limits.partial_messages {
            self.held -= partial.held();
            partial.refuse();
        }
        let before = partial.held();
        partial.push(body, self.limits.message)?;
        self.held += partial.held() - before;
        if head.flags.has(Flags::MORE) {
            return Ok(Received::More);
        }
        let Some(Call::Receiving(partial)) = self.calls.remove(&head.call) else { return Ok(Received::More) };
        if partial.refused() {
            return Ok(Received::NoRoom("partial_messages", self.limits.partial_messages));
        }
        self.held -= partial.held();
        self.begin(head.call);
        let (head, bytes) = partial.finish();
        Ok(Received::Whole { head, joined: Some(bytes) })
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Kind;

    const LIMITS: IncomingLimits = IncomingLimits { message: 100, calls_in_flight: 4, partial_messages: 150 };

    fn request(call: u32) -> Head {
        Head::new(Kind::Request, call)
    }

    fn more(call: u32) -> Head {
        request(call).flags(Flags::MORE)
    }

    fn whole(call: u32) -> Received {
        Received::Whole { head: request(call), joined: None }
    }

    #[derive(Debug, PartialEq)]
    enum Seen {
        Runs,
        More,
        Violation,
        NotOpen,
        Receiving,
        Running,
    }

    fn received(received: Result<Received, ProtocolError>) -> Seen {
        match received {
            Ok(Received::Whole { .. }) => Seen::Runs,
            Ok(Received::More) => Seen::More,
            Ok(Received::NoRoom(..)) => panic!("there is room"),
            Err(_) => Seen::Violation,
        }
    }

    /// Every state with every event: the event's outcome, and the ids taken afterwards.
    #[test]
    fn each_state_and_event_has_the_outcome_of_the_picture() {
        use Seen::{More, NotOpen, Receiving, Running, Runs, Violation};
        type Prepare = fn(&mut Incoming<&'static str>);
        let free: Prepare = |_| ();
        let receiving: Prepare = |calls| drop(calls.handle_request(&more(5), b"part").unwrap());
        let current: Prepare = |calls| drop(calls.handle_request(&request(5), b"").unwrap());
        let waiting: Prepare = |calls| {
            calls.handle_request(&request(5), b"").unwrap();
            calls.attach(5, "handler");
        };
        for (state, prepare, last, part, cancel, finish) in [
            ("free", free, (Runs, 1), (More, 1), (NotOpen, 0), 0),
            ("receiving", receiving, (Runs, 1), (More, 1), (Receiving, 0), 0),
            ("current", current, (Violation, 1), (Violation, 1), (Running, 1), 0),
            ("waiting", waiting, (Violation, 1), (Violation, 1), (Running, 1), 0),
        ] {
            let table = || {
                let mut calls = Incoming::from_dialling(LIMITS);
                prepare(&mut calls);
                calls
            };
            let mut calls = table();
            assert_eq!((received(calls.handle_request(&request(5), b"x")), calls.len()), last, "{state}: request");
            let mut calls = table();
            assert_eq!((received(calls.handle_request(&more(5), b"x")), calls.len()), part, "{state}: fragment");
            let mut calls = table();
            let seen = match calls.cancel(5) {
                Cancelled::NotOpen => NotOpen,
                Cancelled::Receiving => Receiving,
                Cancelled::Running(_) => Running,
            };
            assert_eq!((seen, calls.len()), cancel, "{state}: cancel");
            let mut calls = table();
            calls.finish(5);
            assert_eq!((calls.len(), calls.held), (finish, 0), "{state}: finish");
        }
    }

    #[test]
    fn calls_that_run_inline_and_calls_that_wait_are_told_apart_by_id() {
        let mut calls = Incoming::from_dialling(LIMITS);
        assert_eq!(calls.handle_request(&request(1), b""), Ok(whole(1)));
        assert_eq!(calls.handle_request(&request(3), b""), Ok(whole(3)));
        calls.attach(3, "three");
        assert_eq!(calls.handle_request(&request(5), b""), Ok(whole(5)));
        assert_eq!(calls.len(), 3);
        assert_eq!((calls.finish(1), calls.finish(3), calls.finish(5)), (None, Some("three"), None));
        assert!(calls.is_empty());
    }

    #[test]
    fn an_even_id_is_a_violation() {
        let mut calls: Incoming<()> = Incoming::from_dialling(LIMITS);
        assert_eq!(received(calls.handle_request(&request(2), b"")), Seen::Violation);
    }

    #[test]
    fn one_call_too_many_finds_no_room_and_takes_none() {
        let mut calls: Incoming<()> = Incoming::from_dialling(LIMITS);
        for call in [1, 3, 5, 7] {
            calls.handle_request(&request(call), b"").unwrap();
        }
        assert_eq!(calls.handle_request(&request(9), b""), Ok(Received::NoRoom("calls_in_flight", 4)));
        assert_eq!(received(calls.handle_request(&more(9), b"")), Seen::Violation);
        calls.finish(3);
        assert_eq!(calls.handle_request(&request(9), b""), Ok(whole(9)));
    }

    #[test]
    fn a_oneway_takes_no_place() {
        let mut calls: Incoming<()> = Incoming::from_dialling(LIMITS);
        for _ in 0..10 {
            assert_eq!(calls.handle_request(&request(0), b""), Ok(whole(0)));
        }
        assert!(calls.is_empty());
    }

    #[test]
    fn partial_messages_over_their_limit_are_given_up_and_the_others_go_on() {
        let mut calls: Incoming<()> = Incoming::from_dialling(LIMITS);
        calls.handle_request(&more(1), &[1; 90]).unwrap();
        calls.handle_request(&more(3), &[3; 90]).unwrap();
        assert_eq!(calls.held, 90, "the second message did not fit beside the first");
        assert_eq!(calls.handle_request(&request(3), b"end"), Ok(Received::NoRoom("partial_messages", 150)));
        let joined = Some([&[1; 90][..], b"end"].concat());
        assert_eq!(calls.handle_request(&request(1), b"end"), Ok(Received::Whole { head: request(1), joined }));
        assert_eq!(calls.held, 0);
    }
}
