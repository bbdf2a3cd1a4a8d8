//! The calls this side opened, from their request to their terminal frame (protocol §5.3).
//!
//! ```text
//!            open                response or end without MORE
//!    (free) ──────▶ Waiting ───────────────────────────▶ (free), delivered
//!      ▲              │ abandon, a cancel is sent
//!      └── response ──┴─▶ Abandoned        the place is taken until the peer has answered,
//!      end or forget                       so that a late answer never meets another call
//! ```
//! `T` is what the runtime keeps for a call: its waker and the like. A call's id is its place in the table, so that
//! finding it costs an index and ids are reused only after their terminal frame.

use slab::Slab;

use super::{Assembly, Flags, Head, Kind, Piece, ProtocolError};

/// The calls this side opened.
#[derive(Debug)]
pub struct Outgoing<T> {
    calls: Slab<Call<T>>,
    parity: u32,
    message_limit: usize,
}

#[derive(Debug)]
struct Call<T> {
    /// `None` once the caller gave the call up.
    kept: Option<T>,
    partial: Option<Box<Assembly>>,
}

/// What a response frame meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// A fragment; more will come.
    More,
    /// The items of a call begin; it is still open.
    Begun {
        /// The frame's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
    /// The end of a call that nobody waits for any more; its id is free.
    Abandoned,
    /// The end of a call; its id is free.
    Done {
        /// What was kept for the call.
        kept: T,
        /// The response's head.
        head: Head,
        /// The message, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
    },
}

impl<T> Outgoing<T> {
    /// An empty table of the side that dialled, whose ids are odd.
    #[must_use]
    pub fn dialling(message_limit: usize) -> Self {
        Self { calls: Slab::new(), parity: 1, message_limit }
    }

    /// Calls whose id is taken, those abandoned included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether no id is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Opens a call and gives its id. The caller of this bounds the number of open calls, which the peer announced.
    pub fn open(&mut self, kept: T) -> u32 {
        let key = self.calls.insert(Call { kept: Some(kept), partial: None });
        (key as u32) << 1 | self.parity
    }

    /// Whether the id is taken, by an abandoned call too.
    #[must_use]
    pub fn is_open(&self, call: u32) -> bool {
        self.key(call).is_some_and(|key| self.calls.contains(key))
    }

    /// Whether a call was given up and has not ended yet.
    #[must_use]
    pub fn is_abandoned(&self, call: u32) -> bool {
        self.key(call).and_then(|key| self.calls.get(key)).is_some_and(|call| call.kept.is_none())
    }

    /// Whether a part of the response, begin or end of a call is still to come.
    pub(super) fn is_receiving(&self, call: u32) -> bool {
        self.key(call).and_then(|key| self.calls.get(key)).is_some_and(|call| call.partial.is_some())
    }

    /// What is kept for a call, unless it was abandoned or is not open.
    pub fn get(&mut self, call: u32) -> Option<&mut T> {
        let key = self.key(call)?;
        self.calls.get_mut(key)?.kept.as_mut()
    }

    /// Takes back a call of which nothing was sent: its id is free at once.
    pub fn forget(&mut self, call: u32) -> Option<T> {
        let key = self.key(call)?;
        self.calls.try_remove(key)?.kept
    }

    /// Gives up a call that was sent. What was kept is given back if a cancel is to be sent: once per call, and not
    /// after its end.
    pub fn abandon(&mut self, call: u32) -> Option<T> {
        let key = self.key(call)?;
        let call = self.calls.get_mut(key)?;
        if let Some(partial) = &mut call.partial {
            partial.refuse();
        }
        call.kept.take()
    }

    /// A response, begin or end frame.
    ///
    /// # Errors
    /// The id is not open: nothing was asked, or it was answered already. The message is too long, or goes on as one of
    /// another kind.
    pub fn handle_response(&mut self, head: &Head, body: impl Piece) -> Result<Reply<T>, ProtocolError> {
        let unexpected = |why| ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why };
        let unknown = unexpected("no such call is open");
        let Some(key) = self.key(head.call) else { return Err(unknown) };
        let Some(call) = self.calls.get_mut(key) else { return Err(unknown) };
        match call.partial.as_ref().map(|partial| partial.kind()) {
            // The end of the call may come before the beginning of its items has.
            Some(Kind::Begin) if head.kind != Kind::Begin => call.partial = None,
            Some(kind) if kind != head.kind => {
                return Err(unexpected("a message of another kind is still to be completed"));
            }
            _ => {}
        }
        if head.flags.has(Flags::MORE) || call.partial.is_some() {
            let refused = call.kept.is_none();
            let partial = call.partial.get_or_insert_with(|| Box::new(Assembly::new(head)));
            if refused {
                partial.refuse();
            }
            partial.push(body, self.message_limit)?;
            if head.flags.has(Flags::MORE) {
                return Ok(Reply::More);
            }
        }
        if head.kind == Kind::Begin {
            return Ok(match call.partial.take().map(|partial| partial.finish()) {
                Some((head, bytes)) => Reply::Begun { head, joined: Some(bytes) },
                None => Reply::Begun { head: *head, joined: None },
            });
        }
        let Call { kept, partial } = self.calls.remove(key);
        let Some(kept) = kept else { return Ok(Reply::Abandoned) };
        Ok(match partial.map(|partial| partial.finish()) {
            Some((head, bytes)) => Reply::Done { kept, head, joined: Some(bytes) },
            None => Reply::Done { kept, head: *head, joined: None },
        })
    }

    /// Every open call that was not abandoned, with its id.
    pub fn iter(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        let parity = self.parity;
        self.calls.iter_mut().filter_map(move |(key, call)| Some(((key as u32) << 1 | parity, call.kept.as_mut()?)))
    }

    /// Bytes held of responses of which a part is still to come.
    #[must_use]
    pub fn held(&self) -> usize {
        self.calls.iter().filter_map(|(_, call)| Some(call.partial.as_ref()?.held())).sum()
    }

    /// The connection is gone: empties the table and gives what was kept.
    pub fn close(&mut self) -> Vec<T> {
        self.calls.drain().filter_map(|call| call.kept).collect()
    }

    fn key(&self, call: u32) -> Option<usize> {
        (call & 1 == self.parity).then_some((call >> 1) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Kind;

    fn response(call: u32) -> Head {
        Head::new(Kind::Response, call)
    }

    fn begin(call: u32) -> Head {
        Head::new(Kind::Begin, call)
    }

    fn more(head: Head) -> Head {
        head.flags(Flags::MORE)
    }

    /// What is seen of a call after an event, in each of its states.
    #[derive(Debug, PartialEq)]
    enum Seen {
        Done,
        Abandoned,
        More,
        Begun,
        Violation,
    }

    fn seen(reply: Result<Reply<&str>, ProtocolError>) -> Seen {
        match reply {
            Ok(Reply::Done { .. }) => Seen::Done,
            Ok(Reply::Abandoned) => Seen::Abandoned,
            Ok(Reply::More) => Seen::More,
            Ok(Reply::Begun { .. }) => Seen::Begun,
            Err(_) => Seen::Violation,
        }
    }

    /// Every state with every event: the event's outcome, and whether the id is taken afterwards.
    #[test]
    fn each_state_and_event_has_the_outcome_of_the_picture() {
        use Seen::{Abandoned, Begun, Done, More, Violation};
        type Prepare = fn(&mut Outgoing<&'static str>) -> u32;
        let free: Prepare = |calls| {
            let call = calls.open("call");
            calls.forget(call);
            call
        };
        let waiting: Prepare = |calls| calls.open("call");
        let partial: Prepare = |calls| {
            let call = calls.open("call");
            calls.handle_response(&more(response(call)), b"part").unwrap();
            call
        };
        let beginning: Prepare = |calls| {
            let call = calls.open("call");
            calls.handle_response(&more(begin(call)), b"part").unwrap();
            call
        };
        let begun: Prepare = |calls| {
            let call = calls.open("call");
            calls.handle_response(&begin(call), b"").unwrap();
            call
        };
        let abandoned: Prepare = |calls| {
            let call = calls.open("call");
            calls.abandon(call);
            call
        };
        for (state, prepare, last, part, items, waited_for) in [
            ("free", free, (Violation, 0), (Violation, 0), (Violation, 0), false),
            ("waiting", waiting, (Done, 0), (More, 1), (Begun, 1), true),
            ("partial", partial, (Done, 0), (More, 1), (Violation, 1), true),
            ("beginning", beginning, (Done, 0), (More, 1), (Begun, 1), true),
            ("begun", begun, (Done, 0), (More, 1), (Begun, 1), true),
            ("abandoned", abandoned, (Abandoned, 0), (More, 1), (Begun, 1), false),
        ] {
            let table = || {
                let mut calls = Outgoing::dialling(100);
                let call = prepare(&mut calls);
                (calls, call)
            };
            let (mut calls, call) = table();
            assert_eq!((seen(calls.handle_response(&response(call), b"x")), calls.len()), last, "{state}: response");
            let (mut calls, call) = table();
            let fragment = seen(calls.handle_response(&more(response(call)), b"x"));
            assert_eq!((fragment, calls.len()), part, "{state}: fragment");
            let (mut calls, call) = table();
            assert_eq!((seen(calls.handle_response(&begin(call), b"x")), calls.len()), items, "{state}: begin");
            let (mut calls, call) = table();
            let before = calls.len();
            assert_eq!((calls.abandon(call).is_some(), calls.len()), (waited_for, before), "{state}: abandon");
            let (mut calls, call) = table();
            assert_eq!((calls.forget(call).is_some(), calls.len()), (waited_for, 0), "{state}: forget");
        }
    }

    #[test]
    fn an_id_is_not_used_again_before_its_terminal_frame() {
        let mut calls = Outgoing::dialling(100);
        let first = calls.open("first");
        calls.abandon(first);
        let second = calls.open("second");
        assert_ne!(first, second);
        assert_eq!(calls.handle_response(&response(first), b""), Ok(Reply::Abandoned));
        assert_eq!(calls.open("third"), first);
    }

    #[test]
    fn a_response_of_the_wrong_parity_or_for_the_connection_is_a_violation() {
        let mut calls = Outgoing::dialling(100);
        let call = calls.open("call");
        for wrong in [0, call + 1, call - 1, u32::MAX] {
            assert_eq!(seen(calls.handle_response(&response(wrong), b"")), Seen::Violation, "id {wrong}");
        }
    }

    #[test]
    fn fragments_of_an_abandoned_call_are_not_kept() {
        let mut calls = Outgoing::dialling(1_000);
        let call = calls.open("call");
        calls.handle_response(&more(response(call)), &[0; 500]).unwrap();
        calls.abandon(call);
        assert_eq!(calls.held(), 0);
        calls.handle_response(&more(response(call)), &[0; 500]).unwrap();
        assert_eq!(calls.held(), 0);
        assert_eq!(calls.handle_response(&response(call), b""), Ok(Reply::Abandoned));
    }

    #[test]
    fn the_end_of_a_call_drops_what_has_come_of_its_begin() {
        let mut calls = Outgoing::dialling(100);
        let call = calls.open("call");
        calls.handle_response(&more(begin(call)), b"part").unwrap();
        let reply = calls.handle_response(&response(call), b"why").unwrap();
        assert_eq!(reply, Reply::Done { kept: "call", head: response(call), joined: None });
        let call = calls.open("call");
        calls.handle_response(&more(begin(call)), b"part").unwrap();
        calls.handle_response(&more(response(call)), b"w").unwrap();
        let reply = calls.handle_response(&response(call), b"hy").unwrap();
        assert_eq!(reply, Reply::Done { kept: "call", head: response(call), joined: Some(b"why".to_vec()) });
    }

    #[test]
    fn a_begin_in_fragments_is_joined_and_what_follows_it_is_a_message_of_its_own() {
        let mut calls = Outgoing::dialling(100);
        let call = calls.open("call");
        calls.handle_response(&more(begin(call)), b"to").unwrap();
        let begun = calls.handle_response(&begin(call), b"gether");
        assert_eq!(begun, Ok(Reply::Begun { head: begin(call), joined: Some(b"together".to_vec()) }));
        let end = Head::new(Kind::End, call);
        assert_eq!(calls.handle_response(&end, b""), Ok(Reply::Done { kept: "call", head: end, joined: None }));
    }

    #[test]
    fn closing_gives_every_waiting_call_and_no_abandoned_one() {
        let mut calls = Outgoing::dialling(100);
        let gone = calls.open("gone");
        calls.open("a");
        calls.open("b");
        calls.abandon(gone);
        assert_eq!(calls.close(), ["a", "b"]);
        assert!(calls.is_empty());
    }
}
