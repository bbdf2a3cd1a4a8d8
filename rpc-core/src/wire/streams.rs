//! The streams of a connection, in both directions: what may be sent of each, what came, and what is given back
//! (protocol §8).
//!
//! ```text
//!   open ──▶ items ⇄ credit ──▶ the peer's end ──▶ close, with the call's terminal frame
//!                  └── stop_taking: what still comes is dropped and given back at once
//! ```
//! `S` is what the runtime keeps for a stream: who takes its items, who waits for credit. An item that was handed over
//! is the runtime's to give back, once: when the program took it, or will not. Which calls are open is not known here.

use std::collections::{HashMap, VecDeque};

use slab::Slab;

use super::{
    Assembly, Flags, HEAD, Head, InitialCredits, Kind, ProtocolError,
    credit::{Amount, Credit, MOST, Shared, Window},
};

/// The streams of a connection.
#[derive(Debug)]
pub struct Streams<S> {
    streams: Slab<Stream<S>>,
    by_call: HashMap<u32, usize>,
    /// Streams that were opened.
    opened: u64,
    /// What this side gives each stream of the peer's, and the peer each of ours.
    ours: Amount,
    theirs: Amount,
    /// What the peer may send of all streams together, and this side.
    shared: Shared,
    shared_out: i64,
    /// Streams that owe the peer a credit frame, each once.
    due: VecDeque<StreamId>,
    message_limit: usize,
}

/// Names one stream for as long as it is open; afterwards it names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId {
    at: usize,
    serial: u64,
}

/// Which ways items go, and what credit there is other than what hello says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// This side sends items.
    pub gives: bool,
    /// This side takes items.
    pub takes: bool,
    /// Bytes and items that the caller of this call lets its callee send, where not what its hello says.
    pub window: Option<(u32, u32)>,
}

#[derive(Debug)]
struct Stream<S> {
    call: u32,
    serial: u64,
    kept: S,
    /// The callee has said that its items begin.
    begun: bool,
    giving: Option<Credit>,
    taking: Option<Taking>,
}

#[derive(Debug)]
struct Taking {
    window: Window,
    /// An item of which a part is still to come.
    partial: Option<Partial>,
    /// Nobody takes the items any more.
    dropped: bool,
    /// The last item has come.
    ended: bool,
    /// It is among those that are due.
    due: bool,
}

#[derive(Debug)]
struct Partial {
    assembly: Assembly,
    cost: i64,
}

/// What an item frame meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Came<'a, S> {
    /// Nothing yet, or nothing any more.
    Nothing,
    /// A whole item.
    Item {
        /// What was kept for the stream.
        kept: &'a mut S,
        /// The head of the item.
        head: Head,
        /// The item, where it came in fragments; else it is the frame's own.
        joined: Option<Vec<u8>>,
        /// Credit that it has cost, in bytes: to be given back.
        cost: usize,
    },
    /// There is no such stream; what it cost was given back.
    NoStream,
}

/// Whether an item may be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayBegin {
    /// Now.
    Now,
    /// When there is credit.
    Later,
    /// Never: the stream is closed.
    Closed,
}

impl<S> Streams<S> {
    /// None yet. `ours` is what this side's hello gives the peer, `theirs` what the peer's gives this side.
    #[must_use]
    pub fn new(ours: InitialCredits, theirs: InitialCredits, message_limit: usize) -> Self {
        Self {
            streams: Slab::new(),
            by_call: HashMap::new(),
            opened: 0,
            ours: Amount::new(ours.stream_bytes, ours.stream_items),
            theirs: Amount::new(theirs.stream_bytes, theirs.stream_items),
            shared: Shared::new(ours.connection_bytes),
            shared_out: i64::from(theirs.connection_bytes).min(MOST),
            due: VecDeque::new(),
            message_limit,
        }
    }

    /// Whether no stream is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Whether the peer takes items at all.
    #[must_use]
    pub fn peer_takes(&self) -> bool {
        self.theirs.bytes > 0 && self.theirs.items > 0
    }

    /// Opens the stream of a call, odd or even as its id is: the side that takes the items of the reply may have given
    /// other credit than hello says.
    pub fn open(&mut self, call: u32, caller: bool, shape: Shape, kept: S) -> StreamId {
        let window = shape.window.map(|(bytes, items)| Amount::new(bytes, items));
        let giving = window.filter(|_| !caller).unwrap_or(self.theirs);
        let taking = window.filter(|_| caller).unwrap_or(self.ours);
        self.opened += 1;
        let serial = self.opened;
        let at = self.streams.insert(Stream {
            call,
            serial,
            kept,
            begun: false,
            giving: shape.gives.then(|| Credit::new(giving)),
            taking: shape.takes.then(|| Taking::new(taking)),
        });
        self.by_call.insert(call, at);
        StreamId { at, serial }
    }

    /// What is kept for a stream that is open.
    pub fn get(&mut self, id: StreamId) -> Option<&mut S> {
        self.stream(id).map(|stream| &mut stream.kept)
    }

    /// Streams that are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// The stream of a call.
    #[must_use]
    pub fn id_of(&self, call: u32) -> Option<StreamId> {
        let at = *self.by_call.get(&call)?;
        Some(StreamId { at, serial: self.streams[at].serial })
    }

    /// What is kept for the stream of a call.
    pub fn of_call(&mut self, call: u32) -> Option<&mut S> {
        self.of(call).map(|stream| &mut stream.kept)
    }

    /// What is kept for each stream.
    pub fn iter(&mut self) -> impl Iterator<Item = &mut S> {
        self.streams.iter_mut().map(|(_, stream)| &mut stream.kept)
    }

    /// The call is over, and its stream with it.
    pub fn close(&mut self, call: u32) -> Option<S> {
        if self.streams.is_empty() {
            return None;
        }
        let at = self.by_call.remove(&call)?;
        let Stream { taking, kept, .. } = self.streams.remove(at);
        if let Some(partial) = taking.and_then(|taking| taking.partial) {
            self.shared.give_back(partial.cost);
        }
        Some(kept)
    }

    /// The connection is gone: forgets every stream.
    pub fn clear(&mut self) -> Vec<S> {
        self.by_call.clear();
        self.due.clear();
        self.streams.drain().map(|stream| stream.kept).collect()
    }

    /// The callee says that its items begin. Whether this side takes any.
    pub(super) fn begin(&mut self, call: u32) -> bool {
        let stream = self.of(call).filter(|stream| stream.taking.is_some());
        stream.map(|stream| stream.begun = true).is_some()
    }

    /// Whether the callee has said that its items begin; `None` where this side takes none.
    #[must_use]
    pub fn has_begun(&self, call: u32) -> Option<bool> {
        let stream = self.found(call).filter(|stream| stream.taking.is_some());
        stream.map(|stream| stream.begun)
    }

    /// This side says that the items of a stream begin.
    pub fn set_begun(&mut self, id: StreamId) {
        if let Some(stream) = self.stream(id) {
            stream.begun = true;
        }
    }

    /// Whether either side has said that the items of a call begin.
    #[must_use]
    pub fn is_begun(&self, call: u32) -> bool {
        self.found(call).is_some_and(|stream| stream.begun)
    }

    /// An item frame.
    ///
    /// # Errors
    /// It is beyond the credit, or behind the end of its direction; the item is too long.
    pub fn handle_item(&mut self, head: &Head, body: &[u8]) -> Result<Came<'_, S>, ProtocolError> {
        let cost = HEAD + body.len();
        let Some(at) = self.arrived(head, cost)? else { return Ok(Came::NoStream) };
        let stream = &mut self.streams[at];
        let Some(taking) = stream.taking.as_mut().filter(|taking| !taking.dropped) else {
            self.shared.give_back(cost as i64);
            return Ok(Came::Nothing);
        };
        if head.flags.has(Flags::MORE) || taking.partial.is_some() {
            let first = || Partial { assembly: Assembly::new(head), cost: 0 };
            let partial = taking.partial.get_or_insert_with(first);
            partial.cost += cost as i64;
            partial.assembly.push(body, self.message_limit)?;
            if head.flags.has(Flags::MORE) {
                return Ok(Came::Nothing);
            }
        }
        let kept = &mut stream.kept;
        Ok(match taking.partial.take() {
            Some(Partial { assembly, cost }) => {
                let (head, bytes) = assembly.finish();
                taking.ended |= head.flags.has(Flags::END);
                Came::Item { kept, head, joined: Some(bytes), cost: cost as usize }
            }
            None => {
                taking.ended |= head.flags.has(Flags::END);
                Came::Item { kept, head: *head, joined: None, cost }
            }
        })
    }

    /// An item frame of `bytes` behind its head, for which there is no room: what comes of its stream is dropped from now
    /// on. What was kept, unless it was so before.
    ///
    /// # Errors
    /// As [`handle_item`](Self::handle_item).
    pub(super) fn drop_item(&mut self, head: &Head, bytes: usize) -> Result<Option<&mut S>, ProtocolError> {
        let cost = HEAD + bytes;
        let Some(at) = self.arrived(head, cost)? else { return Ok(None) };
        self.shared.give_back(cost as i64);
        let stream = &mut self.streams[at];
        let taken = stream.taking.as_ref().is_some_and(|taking| !taking.dropped);
        let id = StreamId { at, serial: stream.serial };
        self.stop_taking(id, 0);
        Ok(taken.then(|| &mut self.streams[at].kept))
    }

    /// The peer sends no more items. What is kept for the stream, if anybody takes its items.
    ///
    /// # Errors
    /// It has said so before; an item is cut short.
    pub(super) fn handle_end(&mut self, head: &Head) -> Result<Option<&mut S>, ProtocolError> {
        let Some(Stream { taking: Some(taking), kept, .. }) = self.of(head.call) else { return Ok(None) };
        if taking.ended {
            return Err(unexpected(head, "its direction has ended already"));
        }
        if taking.partial.is_some() {
            return Err(unexpected(head, "a part of an item is still to come"));
        }
        taking.ended = true;
        Ok((!taking.dropped).then_some(kept))
    }

    /// The peer sends no items: its request said END.
    pub fn ended(&mut self, id: StreamId) {
        if let Some(taking) = self.stream(id).and_then(|stream| stream.taking.as_mut()) {
            taking.ended = true;
        }
    }

    /// Counts a frame of an item against the credit. `None` where there is no such stream, and what it cost is owed.
    fn arrived(&mut self, head: &Head, cost: usize) -> Result<Option<usize>, ProtocolError> {
        let cost = cost as i64;
        let before = self.shared.left;
        self.shared.left -= cost;
        let at = self.by_call.get(&head.call).copied();
        let taking = at.and_then(|at| self.streams[at].taking.as_mut());
        let (Some(at), Some(taking)) = (at, taking) else {
            self.shared.give_back(cost);
            return Ok(None);
        };
        if taking.ended {
            return Err(unexpected(head, "its direction has ended already"));
        }
        let first = taking.partial.is_none();
        // Where the items are dropped there is nothing to join, and each frame may be the first.
        if first && !taking.dropped && !taking.window.allows(before) {
            return Err(unexpected(head, "it is beyond the credit"));
        }
        taking.window.spend(Amount { bytes: cost, items: i64::from(first) });
        if before > 0 && self.shared.left <= 0 {
            self.all_due();
        }
        Ok(Some(at))
    }

    /// The program has taken items of a stream, or will not: their credit, bytes as they cost, is to be given back.
    pub fn took(&mut self, id: StreamId, bytes: usize, items: usize) {
        let taken = Amount { bytes: bytes as i64, items: items as i64 };
        self.shared.give_back(taken.bytes);
        let shared = self.shared.left;
        let Some(taking) = self.stream(id).and_then(|stream| stream.taking.as_mut()) else { return };
        taking.window.take(taken);
        if taking.is_due(shared) {
            taking.due = true;
            self.due.push_back(id);
        }
    }

    /// Nobody takes the items of a stream any more; items of `bytes` were not taken. What comes is dropped.
    pub fn stop_taking(&mut self, id: StreamId, bytes: usize) {
        self.shared.give_back(bytes as i64);
        let Some(taking) = self.stream(id).and_then(|stream| stream.taking.as_mut()) else { return };
        taking.dropped = true;
        if let Some(partial) = taking.partial.take() {
            self.shared.give_back(partial.cost);
        }
    }

    /// Whether any credit is to be given.
    #[must_use]
    pub fn owes_credit(&self) -> bool {
        !self.due.is_empty() || self.shared.is_due()
    }

    /// Gives what is due, in frames, for as long as `send` takes them.
    pub fn give_credit(&mut self, mut send: impl FnMut(Head) -> bool) {
        if self.shared.is_due() {
            let owed = self.shared.owed();
            if !send(Head::new(Kind::Credit, 0).word(owed as u32)) {
                return;
            }
            self.shared.granted(owed);
        }
        while let Some(id) = self.due.front().copied() {
            if let Some(Stream { taking: Some(taking), call, .. }) = self.stream(id) {
                let owed = taking.window.owed();
                let credit = Head::new(Kind::Credit, *call).word(owed.bytes as u32);
                if !taking.ended && !taking.dropped {
                    if !send(Head { extra: owed.items as u32, ..credit }) {
                        return;
                    }
                    taking.window.granted(owed);
                }
                taking.due = false;
            }
            self.due.pop_front();
        }
    }

    /// A credit frame of a stream or, with call 0, of the connection. `None` where there is no such stream.
    ///
    /// # Errors
    /// It gives nothing, or more than may be had.
    pub(super) fn handle_credit(&mut self, head: &Head) -> Result<Option<&mut S>, ProtocolError> {
        let more = Amount { bytes: head.word.into(), items: head.extra.into() };
        if head.word == 0 && (head.extra == 0 || head.call == 0) {
            return Err(unexpected(head, "it gives nothing"));
        }
        let grown = match head.call {
            0 => {
                self.shared_out += more.bytes;
                self.shared_out <= MOST
            }
            call => match self.of(call) {
                Some(Stream { giving: Some(giving), .. }) => giving.grow(more),
                _ => return Ok(None),
            },
        };
        if !grown {
            return Err(unexpected(head, "it brings the credit above 2,147,483,647"));
        }
        Ok(self.of(head.call).map(|stream| &mut stream.kept))
    }

    /// The caller does not wait for the call any more: nothing is sent or taken of its stream. What is kept for it.
    pub fn give_up(&mut self, call: u32) -> Option<&mut S> {
        let id = self.id_of(call)?;
        self.stop_taking(id, 0);
        self.stop_giving(id);
        self.get(id)
    }

    /// Whether an item may be begun on a stream.
    #[must_use]
    pub fn may_begin(&self, id: StreamId) -> MayBegin {
        match self.streams.get(id.at).filter(|stream| stream.serial == id.serial) {
            Some(Stream { giving: Some(giving), .. }) if giving.allows(self.shared_out) => MayBegin::Now,
            Some(Stream { giving: Some(_), .. }) => MayBegin::Later,
            _ => MayBegin::Closed,
        }
    }

    /// Frames of an item were sent that cost so many bytes; `first`: with them it was begun.
    pub fn sent(&mut self, id: StreamId, cost: usize, first: bool) {
        let spent = Amount { bytes: cost as i64, items: i64::from(first) };
        if let Some(Stream { giving: Some(giving), .. }) = self.stream(id) {
            giving.spend(spent);
            self.shared_out -= spent.bytes;
        }
    }

    /// This side sends no more items of a stream.
    pub fn stop_giving(&mut self, id: StreamId) {
        if let Some(stream) = self.stream(id) {
            stream.giving = None;
        }
    }

    /// What items have cost that came and are with the program, or still to be completed: of what all streams share, in
    /// bytes. What the program drops or has taken, and gives back, is none of it.
    #[must_use]
    pub fn untaken(&self) -> usize {
        usize::try_from(self.shared.held()).unwrap_or(0)
    }

    /// Bytes held of items of which a part is still to come.
    #[must_use]
    pub fn held(&self) -> usize {
        let partials = self.streams.iter().filter_map(|(_, stream)| stream.taking.as_ref()?.partial.as_ref());
        partials.map(|partial| partial.assembly.held()).sum()
    }

    /// The shared credit is used up: whoever has taken all that came is to be able to go on.
    fn all_due(&mut self) {
        for (at, stream) in &mut self.streams {
            let id = StreamId { at, serial: stream.serial };
            if let Some(taking) = stream.taking.as_mut().filter(|taking| taking.is_due(self.shared.left)) {
                taking.due = true;
                self.due.push_back(id);
            }
        }
    }

    fn stream(&mut self, id: StreamId) -> Option<&mut Stream<S>> {
        self.streams.get_mut(id.at).filter(|stream| stream.serial == id.serial)
    }

    fn found(&self, call: u32) -> Option<&Stream<S>> {
        if self.streams.is_empty() {
            return None;
        }
        self.streams.get(*self.by_call.get(&call)?)
    }

    fn of(&mut self, call: u32) -> Option<&mut Stream<S>> {
        let at = self.by_call.get(&call)?;
        self.streams.get_mut(*at)
    }
}

impl Taking {
    fn new(whole: Amount) -> Self {
        Self { window: Window::new(whole), partial: None, dropped: false, ended: false, due: false }
    }

    /// Whether it is to be put among those that owe a credit frame.
    fn is_due(&self, shared: i64) -> bool {
        !self.due && !self.dropped && !self.ended && self.window.is_due(shared)
    }
}

fn unexpected(head: &Head, why: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { kind: head.kind.name(), call: head.call, why }
}
