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

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use super::{Assembly, Flags, Head, Piece, ProtocolError};
use crate::budget::{Budget, Charge, Full};

/// The calls the peer opened.
#[derive(Debug)]
pub struct Incoming<T> {
    calls: HashMap<u32, Call<T>>,
    /// The call begun last, if nothing was kept for it yet.
    current: Option<u32>,
    /// Grows with each fragment.
    fragments: u64,
    /// What is held of messages of which a part is still to come is taken of this.
    room: Arc<Budget>,
    limits: IncomingLimits,
}

/// The bounds of [`Incoming`], named as in [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncomingLimits {
    pub(crate) message: usize,
    pub(crate) calls_in_flight: usize,
}

#[derive(Debug)]
enum Call<T> {
    Receiving(Partial),
    Running(Option<T>),
}

/// A request of which a part is still to come.
#[derive(Debug)]
struct Partial {
    assembly: Assembly,
    /// What of it is held; `None` where it was refused.
    charge: Option<Charge>,
    /// Why it was refused.
    full: Option<Full>,
}

impl Partial {
    fn refuse(&mut self, full: Full) {
        self.assembly.refuse();
        self.charge = None;
        self.full.get_or_insert(full);
    }
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
    pub(crate) fn from_dialling(limits: IncomingLimits, room: Arc<Budget>) -> Self {
        Self { calls: HashMap::new(), current: None, fragments: 0, room, limits }
    }

    /// Calls whose id is taken, and the oneway of which a part is still to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len() + usize::from(self.current.is_some())
    }

    /// As [`len`](Self::len), without the call that was begun last.
    pub(crate) fn kept(&self) -> usize {
        self.calls.len()
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
    pub fn handle_request(&mut self, head: &Head, body: impl Piece) -> Result<Received, ProtocolError> {
        self.check_id(head)?;
        match self.calls.get(&head.call) {
            Some(Call::Running(_)) => Err(open_already(head)),
            Some(Call::Receiving(_)) => self.continued(head, body),
            None if head.flags.has(Flags::MORE) => {
                self.receive(head)?;
                self.continued(head, body)
            }
            None if head.call != 0 && self.full() => {
                Ok(Received::NoRoom("calls_in_flight", self.limits.calls_in_flight))
            }
            None => {
                self.begin(head.call);
                Ok(Received::Whole { head: *head, joined: None })
            }
        }
    }

    /// A request frame for which there is no room: its call does not run. Whether the request ends with it.
    ///
    /// # Errors
    /// As [`handle_request`](Self::handle_request).
    pub(crate) fn drop_request(&mut self, head: &Head, full: Full) -> Result<bool, ProtocolError> {
        self.check_id(head)?;
        self.fragments += 1;
        if matches!(self.calls.get(&head.call), Some(Call::Running(_))) {
            return Err(open_already(head));
        }
        if !head.flags.has(Flags::MORE) {
            self.calls.remove(&head.call);
            return Ok(true);
        }
        if !self.calls.contains_key(&head.call) {
            self.receive(head)?;
        }
        if let Some(Call::Receiving(partial)) = self.calls.get_mut(&head.call) {
            partial.refuse(full);
        }
        Ok(false)
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

    /// Whether any handler runs.
    pub(crate) fn runs(&self) -> bool {
        self.current.is_some() || self.calls.values().any(|call| matches!(call, Call::Running(_)))
    }

    /// Nothing more comes of the requests that are under way in fragments: they are not held any more, and will be refused
    /// when their last fragment comes after all.
    pub(crate) fn refuse_unfinished(&mut self, full: Full) {
        for call in self.calls.values_mut() {
            if let Call::Receiving(partial) = call {
                partial.refuse(full);
            }
        }
    }

    /// `None` while no request is under way that is held; else the count of fragments, which grows whenever one comes.
    pub(crate) fn unfinished(&self) -> Option<u64> {
        let held = |call: &Call<T>| matches!(call, Call::Receiving(partial) if partial.full.is_none());
        self.calls.values().any(held).then_some(self.fragments)
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
            Some(Call::Receiving(_)) | None => None,
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
                entry.remove();
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

    /// Bytes held of messages of which a part is still to come.
    #[must_use]
    pub fn held(&self) -> usize {
        let partials = self.calls.values().filter_map(|call| match call {
            Call::Receiving(partial) => Some(partial.assembly.held()),
            Call::Running(_) => None,
        });
        let held = partials.sum();
        debug_assert!(self.room.taken() >= held, "the table lost count");
        held
    }

    /// As [`held`](Self::held), where nobody else takes of the same room: counted in both ways.
    #[cfg(test)]
    pub(crate) fn held_alone(&self) -> usize {
        assert_eq!(self.room.taken(), self.held(), "the table lost count");
        self.held()
    }

    /// The connection is gone: empties the table and gives what was kept.
    pub fn close(&mut self) -> Vec<T> {
        self.current = None;
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

    /// Whether a request may have this id: odd and not that of the call begun last, or 0.
    fn check_id(&self, head: &Head) -> Result<(), ProtocolError> {
        if head.call != 0 && head.call & 1 == 0 {
            return Err(unexpected(head, "calls of this side have odd ids"));
        }
        if self.current == Some(head.call) {
            return Err(open_already(head));
        }
        Ok(())
    }

    /// The first frame of several.
    fn receive(&mut self, head: &Head) -> Result<(), ProtocolError> {
        if head.call != 0 && self.full() {
            return Err(unexpected(head, "it is one call more than `calls_in_flight` allows"));
        }
        let partial = Partial { assembly: Assembly::new(head), charge: Some(self.room.charge(0)), full: None };
        self.calls.insert(head.call, Call::Receiving(partial));
        Ok(())
    }

    fn continued(&mut self, head: &Head, body: impl Piece) -> Result<Received, ProtocolError> {
        let Some(Call::Receiving(partial)) = self.calls.get_mut(&head.call) else {
            return Err(unexpected(head, "it continues no message"));
        };
        self.fragments += 1;
        if let Some(Err(full)) = partial.charge.as_mut().map(|charge| charge.grow(body.size())) {
            partial.refuse(full);
        }
        if let Err(error) = partial.assembly.push(body, self.limits.message) {
            self.calls.remove(&head.call);
            return Err(error);
        }
        if head.flags.has(Flags::MORE) {
            return Ok(Received::More);
        }
        let Some(Call::Receiving(partial)) = self.calls.remove(&head.call) else { return Ok(Received::More) };
        if let Some(full) = partial.full {
            return Ok(Received::NoRoom(full.name, full.limit));
        }
        self.begin(head.call);
        let (head, bytes) = partial.assembly.finish();
        Ok(Received::Whole { head, joined: Some(bytes) })
    }
}

fn open_already(head: &Head) -> ProtocolError {
    unexpected(head, "its id is open already")
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Kind;

    const LIMITS: IncomingLimits = IncomingLimits { message: 100, calls_in_flight: 4 };

    fn table<T>() -> Incoming<T> {
        Incoming::from_dialling(LIMITS, Budget::new("request_bytes", 150))
    }

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
            let prepared = || {
                let mut calls = table();
                prepare(&mut calls);
                calls
            };
            let mut calls = prepared();
            assert_eq!((received(calls.handle_request(&request(5), b"x")), calls.len()), last, "{state}: request");
            let mut calls = prepared();
            assert_eq!((received(calls.handle_request(&more(5), b"x")), calls.len()), part, "{state}: fragment");
            let mut calls = prepared();
            let seen = match calls.cancel(5) {
                Cancelled::NotOpen => NotOpen,
                Cancelled::Receiving => Receiving,
                Cancelled::Running(_) => Running,
            };
            assert_eq!((seen, calls.len()), cancel, "{state}: cancel");
            let mut calls = prepared();
            calls.finish(5);
            assert_eq!((calls.len(), calls.held_alone()), (finish, 0), "{state}: finish");
        }
    }

    #[test]
    fn calls_that_run_inline_and_calls_that_wait_are_told_apart_by_id() {
        let mut calls = table();
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
        let mut calls: Incoming<()> = table();
        assert_eq!(received(calls.handle_request(&request(2), b"")), Seen::Violation);
    }

    #[test]
    fn one_call_too_many_finds_no_room_and_takes_none() {
        let mut calls: Incoming<()> = table();
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
        let mut calls: Incoming<()> = table();
        for _ in 0..10 {
            assert_eq!(calls.handle_request(&request(0), b""), Ok(whole(0)));
        }
        assert!(calls.is_empty());
    }

    #[test]
    fn partial_messages_over_their_limit_are_given_up_and_the_others_go_on() {
        let mut calls: Incoming<()> = table();
        calls.handle_request(&more(1), &[1; 90]).unwrap();
        calls.handle_request(&more(3), &[3; 90]).unwrap();
        assert_eq!(calls.held_alone(), 90, "the second message did not fit beside the first");
        assert_eq!(calls.handle_request(&request(3), b"end"), Ok(Received::NoRoom("request_bytes", 150)));
        let joined = Some([&[1; 90][..], b"end"].concat());
        assert_eq!(calls.handle_request(&request(1), b"end"), Ok(Received::Whole { head: request(1), joined }));
        assert_eq!(calls.held_alone(), 0);
    }
}
