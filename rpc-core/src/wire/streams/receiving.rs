//! Items that come: counted against the credit, joined, handed over, and given back. Who takes them is not known here.

use super::{
    Stream, StreamId, Streams,
    credit::{Amount, Window},
    unexpected,
};
use crate::{
    budget::{Charge, Full},
    wire::{Assembly, Flags, HEAD, Head, Kind, Piece, ProtocolError},
};

#[derive(Debug)]
pub(super) struct Taking {
    window: Window,
    /// An item of which a part is still to come.
    pub(super) partial: Option<Partial>,
    /// Nobody takes the items any more.
    dropped: bool,
    /// The last item has come.
    ended: bool,
    /// It is among those that are due.
    due: bool,
}

#[derive(Debug)]
pub(super) struct Partial {
    assembly: Assembly,
    pub(super) cost: i64,
    /// What of it is held; `None` where nobody counts.
    charge: Option<Charge>,
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
    /// There is no room for a part of an item: what comes of its stream is dropped from now on.
    NoRoom(&'static str, usize),
    /// There is no such stream; what it cost was given back.
    NoStream,
}

/// What became of an item with a frame.
enum Completed {
    NotYet,
    NoRoom(Full),
    Item { head: Head, joined: Option<Vec<u8>>, cost: i64 },
}

impl<S> Streams<S> {
    /// An item frame.
    ///
    /// # Errors
    /// It is beyond the credit, or behind the end of its direction; the item is too long.
    pub fn handle_item(&mut self, head: &Head, body: impl Piece) -> Result<Came<'_, S>, ProtocolError> {
        let Some(at) = self.arrived(head, HEAD + body.size())? else { return Ok(Came::NoStream) };
        let stream = &self.streams[at];
        let (id, dropped) =
            (StreamId { at, serial: stream.serial }, stream.taking.as_ref().is_none_or(|it| it.dropped));
        if dropped {
            self.shared.give_back((HEAD + body.size()) as i64);
            return Ok(Came::Nothing);
        }
        match self.complete(at, head, body)? {
            Completed::Item { head, joined, cost } => {
                let kept = &mut self.streams[at].kept;
                Ok(Came::Item { kept, head, joined, cost: cost as usize })
            }
            Completed::NotYet => Ok(Came::Nothing),
            Completed::NoRoom(full) => {
                self.stop_taking(id, 0);
                Ok(Came::NoRoom(full.name, full.limit))
            }
        }
    }

    /// Items of a frame each, one behind the other, that cost `cost` together and the last of them `last`. What is kept for
    /// the stream, if each of them may come and is taken; else nothing is done, and each is to be handled by itself.
    pub(in crate::wire) fn handle_run(
        &mut self,
        call: u32,
        (cost, items): (usize, usize),
        last: usize,
    ) -> Option<&mut S> {
        let (at, shared) = (self.place(call)?, self.shared.left);
        let run = Amount { bytes: cost as i64, items: items as i64 };
        let before_last = Amount { bytes: (cost - last) as i64, items: items as i64 - 1 };
        let stream = self.streams.get_mut(at)?;
        let taking = stream.taking.as_mut()?;
        let idle = taking.ended || taking.dropped || taking.partial.is_some();
        // While shared credit is left the rule of the one item is not needed; the scan for who is owed credit is.
        if idle || shared - run.bytes <= 0 || !taking.window.allows_after(before_last) {
            return None;
        }
        taking.window.spend(run);
        self.shared.left -= run.bytes;
        Some(&mut self.streams[at].kept)
    }

    /// Joins a frame of an item to those before it.
    fn complete(&mut self, at: usize, head: &Head, body: impl Piece) -> Result<Completed, ProtocolError> {
        let Self { streams, room, fragments, message_limit, .. } = self;
        let Some(taking) = &mut streams[at].taking else { return Ok(Completed::NotYet) };
        let size = body.size();
        let cost = (HEAD + size) as i64;
        if !head.flags.has(Flags::MORE) && taking.partial.is_none() {
            taking.ended |= head.flags.has(Flags::END);
            return Ok(Completed::Item { head: *head, joined: None, cost });
        }
        *fragments += 1;
        let partial = taking.partial.get_or_insert_with(|| {
            let charge = room.as_ref().map(|room| room.charge(0));
            Partial { assembly: Assembly::new(head), cost: 0, charge }
        });
        partial.cost += cost;
        partial.assembly.push(body, *message_limit)?;
        if let Some(Err(full)) = partial.charge.as_mut().map(|charge| charge.grow(size)) {
            return Ok(Completed::NoRoom(full));
        }
        if head.flags.has(Flags::MORE) {
            return Ok(Completed::NotYet);
        }
        let Some(Partial { assembly, cost, .. }) = taking.partial.take() else { return Ok(Completed::NotYet) };
        let (head, bytes) = assembly.finish();
        taking.ended |= head.flags.has(Flags::END);
        Ok(Completed::Item { head, joined: Some(bytes), cost })
    }

    /// An item frame of `bytes` behind its head, for which there is no room: what comes of its stream is dropped from now
    /// on. What was kept, unless it was so before.
    ///
    /// # Errors
    /// As [`handle_item`](Self::handle_item).
    pub(in crate::wire) fn drop_item(&mut self, head: &Head, bytes: usize) -> Result<Option<&mut S>, ProtocolError> {
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
    pub(in crate::wire) fn handle_end(&mut self, head: &Head) -> Result<Option<&mut S>, ProtocolError> {
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
        if before > 0 && self.shared.left <= 0 {
            self.all_due();
        }
        let at = self.place(head.call);
        let taking = at.and_then(|at| self.streams[at].taking.as_mut());
        let (Some(at), Some(taking)) = (at, taking) else {
            if !self.ours.suffices() {
                return Err(unexpected(head, "no credit was given"));
            }
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
        let partial = taking.stop();
        self.shared.give_back(partial);
    }

    /// The call was cancelled: what still comes of it is dropped. What came before is the program's.
    pub(in crate::wire) fn cancelled(&mut self, call: u32) {
        let Some(taking) = self.of(call).and_then(|stream| stream.taking.as_mut()) else { return };
        let partial = taking.stop();
        self.shared.give_back(partial);
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

    /// What items have cost that came and are with the program, or still to be completed: of what all streams share, in
    /// bytes. What the program drops or has taken, and gives back, is none of it.
    #[must_use]
    pub fn untaken(&self) -> usize {
        usize::try_from(self.shared.held()).unwrap_or(0)
    }

    /// `None` while no item is under way in fragments; else the count of fragments, which grows whenever one comes.
    pub(crate) fn unfinished(&self) -> Option<u64> {
        let under_way = |stream: &Stream<S>| stream.taking.as_ref().is_some_and(|taking| taking.partial.is_some());
        self.streams.iter().any(|(_, stream)| under_way(stream)).then_some(self.fragments)
    }

    /// Nothing more comes of the items that are under way in fragments: they are not held any more, nor is anything taken
    /// of their streams. The calls that they are of.
    pub(crate) fn drop_unfinished(&mut self) -> Vec<u32> {
        let under_way = |stream: &Stream<S>| stream.taking.as_ref().is_some_and(|taking| taking.partial.is_some());
        let calls = self.streams.iter().filter(|(_, stream)| under_way(stream)).map(|(_, stream)| stream.call);
        let calls: Vec<u32> = calls.collect();
        for id in calls.iter().filter_map(|call| self.id_of(*call)).collect::<Vec<_>>() {
            self.stop_taking(id, 0);
        }
        calls
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
}

impl Taking {
    pub(super) fn new(whole: Amount) -> Self {
        Self { window: Window::new(whole), partial: None, dropped: false, ended: false, due: false }
    }

    /// Nobody takes what comes from now on. What has come of an item in fragments, in bytes of credit.
    fn stop(&mut self) -> i64 {
        self.dropped = true;
        self.partial.take().map_or(0, |partial| partial.cost)
    }

    /// Whether more may come that is taken.
    pub(super) fn goes_on(&self) -> bool {
        !self.ended && !self.dropped
    }

    /// Whether the program has whole items to take.
    pub(super) fn holds_items(&self) -> bool {
        !self.dropped && self.window.held().items > i64::from(self.partial.is_some())
    }

    /// Whether it is to be put among those that owe a credit frame.
    fn is_due(&self, shared: i64) -> bool {
        !self.due && !self.dropped && !self.ended && self.window.is_due(shared)
    }
}
