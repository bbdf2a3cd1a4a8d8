//! What both ends do with items and credit, and what comes of them.

use rpc_core::wire::{Flags, HEAD, Head, Kind, MayBegin, StreamId};

use super::{
    CALLEE, CALLER, MESSAGE, Pair,
    account::Amount,
    call::Call,
    cut,
    flow::{Flow, Part},
};
use crate::choices::Choices;

impl Pair {
    fn flow(&mut self, number: usize, from: usize) -> &mut Flow {
        &mut self.calls[number].flows[from]
    }

    /// The stream of a call at one end, also when it is closed there.
    fn stream(&self, number: usize, end: usize) -> StreamId {
        self.calls[number].streams[end].expect("it was opened")
    }

    /// The call that has this id now, as one end knows it.
    pub(super) fn known(&self, end: usize, id: u32) -> Option<usize> {
        let is_it = |call: &Call| call.id() == id && if end == CALLER { !call.ended } else { call.runs() };
        self.calls.iter().position(is_it)
    }

    /// An end sends the next frame of an item of one of its streams: the rest of one goes before another.
    pub(super) fn give(&mut self, end: usize, choices: &mut Choices<'_>) {
        let (size, cut, how) = (choices.below(MESSAGE + 1), cut(choices.byte()), choices.byte());
        let Some(number) = self.one_of(choices, |call| call.may_give(end)) else { return };
        let first = self.calls[number].flows[end].sending.is_none();
        if first && !self.may_begin(number, end) {
            return;
        }
        if first && how & 8 == 8 {
            return self.give_many(number, end, size / 4);
        }
        if first {
            let flags = if how & 7 == 0 && end == CALLER { Flags::END } else { Flags::NONE };
            let id = self.calls[number].id();
            self.flow(number, end).begin(id, size, flags, cut);
        }
        let (head, cost) = self.send_frame_of_item(number, end, first);
        let stream = self.stream(number, end);
        self.streams(end).sent(stream, cost, first);
        if head.flags.has(Flags::END) && !head.flags.has(Flags::MORE) {
            self.stop_giving(number, end);
        }
    }

    /// Items of a frame each, for as long as what was said at first allows it.
    fn give_many(&mut self, number: usize, end: usize, size: usize) {
        let (stream, id) = (self.stream(number, end), self.calls[number].id());
        let (mut bytes, mut items) = self.streams(end).may_send(stream).expect("it is open");
        let (mut cost, mut begun) = (0, 0);
        while bytes > 0 && items > 0 {
            assert!(self.calls[number].flows[end].account.allows(&self.shared[end]), "an item too many is allowed");
            self.flow(number, end).begin(id, size, Flags::NONE, usize::MAX);
            let (_, spent) = self.send_frame_of_item(number, end, true);
            (bytes, items) = (bytes - spent as i64, items - 1);
            (cost, begun) = (cost + spent, begun + 1);
        }
        self.streams(end).spent(stream, cost, begun);
    }

    /// Sends the next frame of an item. Its head, and what it costs.
    fn send_frame_of_item(&mut self, number: usize, end: usize, first: bool) -> (Head, usize) {
        let flow = &mut self.calls[number].flows[end];
        let fragments = flow.sending.as_mut().expect("it was begun");
        let (head, piece) = fragments.peek().expect("a frame is left");
        fragments.advance();
        self.out[end].send(&head, &piece);
        let cost = HEAD + piece.len();
        self.shared[end].sent(Amount::of(cost, 0));
        flow.account.sent(Amount::of(cost, first.into()));
        if !head.flags.has(Flags::MORE) {
            flow.sending = None;
            flow.sent += 1;
        }
        (head, cost)
    }

    /// Whether an item may be begun, which the code and the rules say alike.
    pub(super) fn may_begin(&mut self, number: usize, end: usize) -> bool {
        let allowed = self.calls[number].flows[end].account.allows(&self.shared[end]);
        let stream = self.stream(number, end);
        let expected = if allowed { MayBegin::Now } else { MayBegin::Later };
        assert_eq!(self.streams(end).may_begin(stream), expected);
        let (bytes, items) = self.streams(end).may_send(stream).expect("it is open");
        assert_eq!(bytes > 0 && items > 0, allowed);
        allowed
    }

    pub(super) fn stop_giving(&mut self, number: usize, end: usize) {
        self.flow(number, end).stop_giving();
        if let Some(stream) = self.calls[number].streams[end] {
            self.streams(end).stop_giving(stream);
            assert_eq!(self.streams(end).may_begin(stream), MayBegin::Closed);
        }
    }

    /// The caller's last item was sent.
    pub(super) fn end_items(&mut self, choices: &mut Choices<'_>) {
        let is_so = |call: &Call| call.may_give(CALLER) && call.flows[CALLER].sending.is_none();
        let Some(number) = self.one_of(choices, is_so) else { return };
        self.out[CALLER].send(&Head::new(Kind::End, self.calls[number].id()), b"");
        self.stop_giving(number, CALLER);
    }

    /// A reader takes items, or a part of one; also when the call is over.
    pub(super) fn take(&mut self, choices: &mut Choices<'_>) {
        let (from, amount) = (choices.below(2), choices.byte());
        let part = match amount % 3 {
            0 => Part::Bytes(1 + usize::from(amount / 3)),
            1 => Part::Items(1),
            _ => Part::Items(usize::MAX),
        };
        if let Some(number) = self.one_of(choices, |call| !call.flows[from].unread.is_empty()) {
            self.take_part(number, from, part);
        }
    }

    fn take_part(&mut self, number: usize, from: usize, part: Part) {
        let (bytes, items) = self.flow(number, from).take(part);
        let stream = self.stream(number, 1 - from);
        self.streams(1 - from).took(stream, bytes, items);
        self.shared[from].given_back(Amount::of(bytes, 0));
        let flow = self.flow(number, from);
        if flow.takes {
            flow.account.given_back(Amount::of(bytes, items));
        }
    }

    /// A reader is dropped, with all that it has not read.
    pub(super) fn drop_reader(&mut self, choices: &mut Choices<'_>) {
        let from = choices.below(2);
        if let Some(number) = self.one_of(choices, |call| call.flows[from].takes) {
            self.stop_taking(number, from);
        }
    }

    pub(super) fn stop_taking(&mut self, number: usize, from: usize) {
        self.cut_off(number, from);
        let unread = self.flow(number, from).drop_unread();
        self.shared[from].given_back(Amount::of(unread, 0));
        if let Some(stream) = self.calls[number].streams[1 - from] {
            self.streams(1 - from).stop_taking(stream, unread);
        }
    }

    /// What still comes is dropped, and what has come of an item.
    pub(super) fn cut_off(&mut self, number: usize, from: usize) {
        let partial = self.flow(number, from).drop_rest();
        self.shared[from].given_back(Amount::of(partial, 0));
    }

    /// The stream of a call is closed at one end.
    pub(super) fn closed(&mut self, number: usize, end: usize) {
        self.flow(number, end).stop_giving();
        self.cut_off(number, 1 - end);
        self.calls[number].open[end] = false;
        if let Some(stream) = self.calls[number].streams[end] {
            assert_eq!(self.streams(end).may_begin(stream), MayBegin::Closed);
            assert_eq!(self.streams(end).get(stream), None);
        }
    }

    /// An end gives the credit that is due, in so many frames at most.
    pub(super) fn grant(&mut self, end: usize, most: usize) {
        let mut grants = Vec::new();
        self.streams(end).give_credit(|head| {
            let has_room = grants.len() < most;
            if has_room {
                grants.push(head);
            }
            has_room
        });
        for head in grants {
            self.out[end].send(&head, b"");
            let amount = Amount::new(head.word, head.extra);
            if head.call == 0 {
                self.shared[1 - end].granted(amount);
                continue;
            }
            let number = self.known(end, head.call).expect("credit is given to a call that is open");
            let flow = self.flow(number, 1 - end);
            assert!(flow.takes && !flow.ended, "credit is given to who sends no more");
            flow.account.granted(amount);
        }
        if most == usize::MAX {
            let shared = &self.shared[1 - end];
            assert!(!shared.is_overdue(), "credit of all is due: {shared:?}");
            for flow in self.calls.iter().map(|call| &call.flows[1 - end]).filter(|flow| flow.takes && !flow.ended) {
                assert!(!flow.account.is_overdue_beside(shared), "credit is due: {:?} of {shared:?}", flow.account);
            }
            assert!(!self.streams(end).owes_credit());
        }
    }

    /// A credit frame has come; `told`: an end is told that it may send more.
    pub(super) fn credit_came(&mut self, end: usize, head: &Head, told: Option<u32>) {
        let amount = Amount::new(head.word, head.extra);
        let gives = |number: &usize| self.calls[*number].flows[end].gives;
        if head.call == 0 {
            // Who has credit of its own waits for what all share only where that was used up.
            let (used_up, came_back) = self.shared[end].grew(amount);
            return assert_eq!(told, (used_up && came_back).then_some(0));
        } else if let Some(number) = self.known(end, head.call).filter(gives) {
            self.flow(number, end).account.grew(amount);
        } else {
            return assert_eq!(told, None, "somebody is told who gives nothing");
        }
        assert_eq!(told, Some(head.call));
    }

    /// Items of a frame each that stand together. Whether they could be handled together.
    pub(super) fn handle_run(&mut self, end: usize, frames: &[(Head, Vec<u8>)]) -> bool {
        let from = 1 - end;
        let mut costs = frames.iter().map(|(_, body)| HEAD + body.len());
        let (cost, last) = (costs.clone().sum(), costs.next_back().unwrap_or(0));
        let call = frames[0].0.call;
        let run = (cost, frames.len());
        let kept = match end {
            CALLER => self.caller.handle_run(call, run, last),
            _ => self.callee.handle_run(call, run, last),
        };
        let kept = kept.map(|kept| *kept);
        let is_taken = |number: &usize| {
            let flow = &self.calls[*number].flows[from];
            flow.takes && !flow.is_partial()
        };
        let expected = self.known(end, call).filter(is_taken).filter(|_| self.shared[from].outlasts(cost));
        assert_eq!(kept, expected);
        let Some(number) = kept else { return false };
        for (head, body) in frames {
            self.item_came(end, number, body.len(), (head, body, HEAD + body.len()));
        }
        true
    }

    /// An item frame has come of which nobody is told: a part of an item, or one that nobody takes. `held` is what its
    /// receiver held before.
    pub(super) fn part_came(&mut self, end: usize, head: &Head, body: &[u8], held: usize) {
        let from = 1 - end;
        let cost = Amount::of(HEAD + body.len(), 0);
        self.shared[from].came(cost);
        let takes = |number: &usize| self.calls[*number].flows[from].takes;
        let taken = self.known(end, head.call).filter(takes);
        assert!(taken.is_none() || end == CALLER || held + body.len() <= self.request_bytes, "there was no room");
        match taken {
            Some(number) => {
                assert!(head.flags.has(Flags::MORE), "an item is lost");
                self.flow(number, from).part_came(body.len());
            }
            None => self.shared[from].given_back(cost),
        }
    }

    /// There was no room for a part of an item: that costs its stream, and nobody else.
    pub(super) fn had_no_room(&mut self, number: usize, body: &[u8], held: usize) {
        assert!(self.flow(number, CALLER).takes, "nobody took it");
        assert!(held + body.len() > self.request_bytes, "there was room");
        let cost = Amount::of(HEAD + body.len(), 0);
        self.shared[CALLER].came(cost);
        self.shared[CALLER].given_back(cost);
        self.cut_off(number, CALLER);
    }

    /// An item is whole: the frame that came with it, its own head, its bytes and what it has cost.
    pub(super) fn item_came(
        &mut self,
        end: usize,
        number: usize,
        body: usize,
        (head, item, cost): (&Head, &[u8], usize),
    ) {
        let from = 1 - end;
        assert_eq!(self.known(end, head.call), Some(number), "an item of another call");
        self.shared[from].came(Amount::of(HEAD + body, 0));
        let flow = self.flow(number, from);
        assert_eq!(flow.item_came(head, item, body), cost);
        if head.flags.has(Flags::END) {
            self.ended(number);
        }
    }

    /// The caller's end has come to its callee.
    pub(super) fn ended(&mut self, number: usize) {
        let flow = self.flow(number, CALLER);
        assert!(!std::mem::replace(&mut flow.ended, true), "it ends twice");
        flow.check_complete();
    }

    /// With everything delivered, and its reader having taken all, a sender can go on, whatever others wait for.
    pub(super) fn go_on(&mut self, choices: &mut Choices<'_>) {
        self.deliver_all();
        let from = choices.below(2);
        let Some(number) = self.one_of(choices, |call| call.waits(from)) else { return };
        self.take_part(number, from, Part::Items(usize::MAX));
        self.grant(1 - from, usize::MAX);
        self.deliver_all();
        assert!(self.may_begin(number, from), "call {number} waits for ever");
    }

    /// Everything is delivered, all readers take what they have, and all credit is given.
    pub(super) fn read_all(&mut self) {
        self.deliver_all();
        for from in [CALLER, CALLEE] {
            for number in self.those(|call| !call.flows[from].unread.is_empty()) {
                self.take_part(number, from, Part::Items(usize::MAX));
            }
            self.grant(1 - from, usize::MAX);
        }
        self.deliver_all();
    }
}
