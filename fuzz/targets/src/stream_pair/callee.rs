//! What the callee does by itself, and what comes to it.

use rpc_core::wire::{CalleeEvent, Flags, Fragments, Head, Kind, Refusal};

use super::{
    CALLEE, CALLER, CALLS, MESSAGE, Pair,
    call::{Call, Place},
    cut, message,
};
use crate::choices::Choices;

impl Pair {
    /// The next frame of what says that the items of a call begin.
    pub(super) fn begin(&mut self, choices: &mut Choices<'_>) {
        let (size, cut) = (choices.below(20), cut(choices.byte()));
        let is_so = |call: &Call| call.flows[CALLEE].gives && !call.has_sent_begin();
        let Some(number) = self.one_of(choices, is_so) else { return };
        let call = &mut self.calls[number];
        if call.beginning.is_none() {
            let (head, body) = (Head::new(Kind::Begin, call.id()).flags(Flags::BLOCK), message(number + 2, size));
            call.beginning = Some((head, body.clone()));
            call.begins = Some(Fragments::new(head, body, cut));
        }
        if self.out[CALLEE].send_next(call.begins.as_mut().expect("a frame is left")) {
            call.begins = None;
        }
    }

    /// A handler ends, also in the middle of an item.
    pub(super) fn finish(&mut self, choices: &mut Choices<'_>) {
        let (code, size, cut) = (choices.one_of([0, 2, 13]), choices.below(MESSAGE + 1), cut(choices.byte()));
        let reads_on = choices.byte() & 1 == 0;
        if let Some(number) = self.one_of(choices, |call| call.place == Place::Running) {
            self.finish_one(number, code, size, cut, reads_on);
        }
    }

    /// `reads_on`: what takes its items is dropped only after its terminal frame.
    pub(super) fn finish_one(&mut self, number: usize, code: u32, size: usize, cut: usize, reads_on: bool) {
        self.calls[number].place = Place::Answering;
        self.stop_giving(number, CALLEE);
        if !reads_on {
            self.stop_taking(number, CALLER);
        }
        let flags = if code == 2 { Flags::APP_ERROR } else { Flags::NONE };
        self.answer(number, code, flags, size, cut);
    }

    fn answer(&mut self, number: usize, code: u32, flags: Flags, size: usize, cut: usize) {
        let call = &mut self.calls[number];
        let head = Head::new(call.terminal(), call.id()).word(code).flags(flags);
        let body = message(number + 1, size);
        assert!(call.reply.replace((head, body.clone())).is_none(), "call {number} is answered twice");
        call.answers = Some(Fragments::new(head, body, cut));
    }

    pub(super) fn send_answer(&mut self, choices: &mut Choices<'_>) {
        if let Some(number) = self.one_of(choices, |call| call.answers.is_some()) {
            self.send_frame_of_answer(number);
        }
    }

    pub(super) fn send_frame_of_answer(&mut self, number: usize) {
        let call = &mut self.calls[number];
        if !self.out[CALLEE].send_next(call.answers.as_mut().expect("a frame is left")) {
            return;
        }
        call.answers = None;
        let (ran, open) = (call.runs(), call.open[CALLEE]);
        call.place = Place::Done;
        assert_eq!(self.callee.finish(call.id()), (ran.then_some(number), open.then_some(number)));
        self.closed(number, CALLEE);
        self.stop_taking(number, CALLER);
    }

    pub(super) fn at_callee(&mut self, head: &Head, body: &[u8]) {
        let (call, held) = (self.known(CALLEE, head.call), self.held());
        match self.callee.handle_frame(head, body).expect("a lawful peer breaks no rule") {
            CalleeEvent::Nothing if head.kind == Kind::Pong => {
                assert_eq!(self.pongs[CALLER].pop_front(), Some(*head));
            }
            CalleeEvent::Nothing if head.kind == Kind::Item => self.part_came(CALLEE, head, body, held),
            CalleeEvent::Nothing if head.kind == Kind::Credit => self.credit_came(CALLEE, head, None),
            CalleeEvent::Nothing if head.kind == Kind::End => {
                let takes = call.is_some_and(|number| self.calls[number].flows[CALLER].takes);
                assert!(!takes, "an end is lost");
            }
            CalleeEvent::Nothing => {
                assert!(head.flags.has(Flags::MORE) || head.kind == Kind::Cancel && call.is_none());
            }
            CalleeEvent::Item { kept, head, joined, cost } => {
                let number = *kept;
                self.item_came(CALLEE, number, body.len(), (&head, joined.as_deref().unwrap_or(body), cost));
            }
            CalleeEvent::Ended(kept) => {
                let number = *kept;
                assert!(call == Some(number) && self.calls[number].flows[CALLER].takes);
                self.ended(number);
            }
            CalleeEvent::Credit(told) => self.credit_came(CALLEE, head, Some(told)),
            CalleeEvent::Run { head, joined } => self.run(&head, joined.as_deref().unwrap_or(body)),
            CalleeEvent::Refuse(id, why) => self.refuse(head, id, why),
            CalleeEvent::Cancel(kept) => {
                assert_eq!(Some(*kept), call);
                // What came before it can still be read.
                call.into_iter().for_each(|number| self.cut_off(number, CALLER));
            }
            CalleeEvent::Send(pong) => self.out[CALLEE].send(&pong, b""),
            CalleeEvent::Goaway(answer) => assert!(answer.is_none() && self.announced),
            CalleeEvent::Dropped(id, limit, _) => {
                assert_eq!((id, limit), (head.call, "request_bytes"));
                self.had_no_room(call.expect("it is open"), body, held);
            }
            CalleeEvent::Fault(code) => panic!("fault {code}"),
        }
    }

    fn run(&mut self, head: &Head, body: &[u8]) {
        let number = head.word as usize;
        let call = &mut self.calls[number];
        assert_eq!((head, body), (&call.request.0, &call.request.1[..]), "a request changed on its way");
        assert!(call.place == Place::Unknown && !self.announced);
        call.place = Place::Running;
        self.callee.calls.attach(head.call, number);
        let Some(shape) = call.known else {
            call.place = Place::Answering;
            return self.answer(number, 12, Flags::NOT_RUN, 5, usize::MAX);
        };
        if shape.gives || shape.takes {
            let stream = self.callee.streams.open(head.call, false, shape, number);
            (call.streams[CALLEE], call.open[CALLEE]) = (Some(stream), true);
            call.flows[CALLEE].gives = shape.gives;
            call.flows[CALLER].takes = shape.takes;
            if shape.takes && head.flags.has(Flags::END) {
                self.callee.streams.ended(stream);
                self.ended(number);
            }
        }
    }

    /// A request does not run: its call is not open.
    fn refuse(&mut self, head: &Head, id: u32, why: Refusal) {
        let is_it = |call: &Call| call.id() == id && call.place == Place::Unknown && !call.ended;
        let number = self.calls.iter().position(is_it).expect("what is refused was asked");
        match why {
            Refusal::Cancelled => assert!(head.kind == Kind::Cancel && self.calls[number].given_up),
            Refusal::Draining => assert!(self.announced),
            Refusal::NoRoom(limit, bytes) => {
                assert!(limit == "request_bytes" && bytes == self.request_bytes && bytes < CALLS * MESSAGE);
            }
        }
        self.calls[number].place = Place::Refused;
        self.answer(number, 14, Flags::NOT_RUN, 20, cut(7));
    }
}
