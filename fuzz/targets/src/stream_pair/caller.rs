//! What the caller does by itself, and what comes to it.

use rpc_core::wire::{CallerEvent, Flags, Fragments, Head, Kind, MayBegin, Shape};

use super::{
    CALLEE, CALLER, CALLS, MESSAGE, Pair,
    account::Amount,
    call::{Call, Place},
    cut,
    flow::Flow,
    message,
};
use crate::choices::Choices;

impl Pair {
    /// A call of any shape. Some callees know the method in another, or not at all.
    pub(super) fn ask(&mut self, choices: &mut Choices<'_>) {
        let (ways, window) = (choices.byte(), choices.byte());
        let (size, cut) = (choices.below(MESSAGE + 1), cut(choices.byte()));
        if self.caller.calls.len() >= self.places || !self.caller.accepts_calls() || self.calls.len() == CALLS {
            return;
        }
        let shape = |ways: u8| Shape { gives: ways & 1 == 1, takes: ways & 2 == 2, window: None };
        let window = (window % 3 == 0 && ways & 2 == 2).then(|| (1 + u32::from(window), 1 + u32::from(window) / 3 % 4));
        let asked = Shape { window, ..shape(ways) };
        // To its callee the ways are the other way round.
        let known = match ways >> 4 {
            0 => None,
            1 => Some(ways >> 2),
            _ => Some(ways),
        };
        let known = known.map(|ways| Shape { window, gives: shape(ways).takes, takes: shape(ways).gives });
        let number = self.calls.len();
        let id = self.caller.calls.open(number);
        assert_eq!(self.known(CALLER, id), None, "id {id} is used again before its terminal frame");
        let all_given = asked.gives && ways >> 4 == 2;
        let flags = if all_given { Flags::END } else { Flags::NONE };
        let head =
            Head { codec: number as u8, extra: !0, ..Head::new(Kind::Request, id).word(number as u32) }.flags(flags);
        let body = message(number, size);
        let [calling, called] = self.windows;
        let reply = window.map_or(calling, |(bytes, items)| Amount::new(bytes, items));
        let stream = (asked.gives || asked.takes).then(|| self.caller.streams.open(id, true, asked, number));
        let mut call = Call {
            request: (head, body.clone()),
            asked,
            known,
            flows: [Flow::new(2 * number, called), Flow::new(2 * number + 1, reply)],
            asking: Some(Fragments::new(head, body, cut)),
            given_up: false,
            begun: false,
            ended: false,
            place: Place::Unknown,
            streams: [stream, None],
            open: [stream.is_some(), false],
            beginning: None,
            begins: None,
            reply: None,
            answers: None,
        };
        call.flows[CALLER].gives = asked.gives;
        call.flows[CALLEE].takes = asked.takes;
        self.calls.push(call);
        if all_given {
            self.stop_giving(number, CALLER);
        }
    }

    pub(super) fn send_request(&mut self, choices: &mut Choices<'_>) {
        if let Some(number) = self.one_of(choices, |call| call.asking.is_some()) {
            self.send_frame_of_request(number);
        }
    }

    pub(super) fn send_frame_of_request(&mut self, number: usize) {
        let asking = &mut self.calls[number].asking;
        if self.out[CALLER].send_next(asking.as_mut().expect("a frame is left")) {
            *asking = None;
        }
    }

    /// The caller wants nothing more of a call, of which it has sent a part or all.
    pub(super) fn give_up(&mut self, choices: &mut Choices<'_>) {
        let close = choices.byte() & 1 == 0;
        let Some(number) = self.one_of(choices, |call| !call.ended && !call.given_up) else { return };
        if self.calls[number].asking.as_ref().is_some_and(|request| !request.begun()) {
            return self.forget(number);
        }
        assert_eq!(self.caller.calls.abandon(self.calls[number].id()), Some(number));
        self.cancel(number, close);
    }

    fn forget(&mut self, number: usize) {
        assert_eq!(self.caller.forget(self.calls[number].id()), Some(number));
        let call = &mut self.calls[number];
        (call.asking, call.ended, call.place) = (None, true, Place::Done);
        self.closed(number, CALLER);
    }

    /// A call was given up: nothing more is sent of it, and nothing is taken. Its stream may be closed at once.
    fn cancel(&mut self, number: usize, close: bool) {
        let call = &mut self.calls[number];
        let id = call.id();
        (call.asking, call.given_up) = (None, true);
        assert_eq!(self.caller.calls.abandon(id), None, "one cancel is enough");
        self.out[CALLER].send(&Head::new(Kind::Cancel, id), b"");
        if close {
            let closed = self.caller.streams.close(id);
            assert_eq!(closed, self.calls[number].open[CALLER].then_some(number));
            self.closed(number, CALLER);
        } else {
            let kept = self.caller.streams.give_up(id).map(|kept| *kept);
            assert_eq!(kept, self.calls[number].open[CALLER].then_some(number));
            self.cut_off(number, CALLEE);
            self.calls[number].flows[CALLER].stop_giving();
            let stream = self.calls[number].streams[CALLER];
            assert!(stream.is_none_or(|stream| self.caller.streams.may_begin(stream) == MayBegin::Closed));
        }
        self.stop_taking(number, CALLEE);
    }

    pub(super) fn at_caller(&mut self, head: &Head, body: &[u8]) {
        let call = self.known(CALLER, head.call);
        match self.caller.handle_frame(head, body).expect("a lawful peer breaks no rule") {
            CallerEvent::Nothing if head.kind == Kind::Pong => {
                assert_eq!(self.pongs[CALLEE].pop_front(), Some(*head));
            }
            CallerEvent::Nothing if head.kind == Kind::Item => self.part_came(CALLER, head, body, 0),
            CallerEvent::Nothing if head.kind == Kind::Credit => self.credit_came(CALLER, head, None),
            CallerEvent::Nothing => {
                let given_up = call.is_some_and(|number| self.calls[number].given_up);
                assert!(head.flags.has(Flags::MORE) || head.kind == Kind::Begin && given_up);
            }
            CallerEvent::Item { kept, head, joined, cost } => {
                let number = *kept;
                self.item_came(CALLER, number, body.len(), (&head, joined.as_deref().unwrap_or(body), cost));
            }
            CallerEvent::Credit(told) => self.credit_came(CALLER, head, Some(told)),
            CallerEvent::Begin { kept, head, joined } => {
                let call = &mut self.calls[*kept];
                assert_eq!((head, joined.as_deref().unwrap_or(body)), as_sent(&call.beginning));
                assert!(call.asked.takes && !call.given_up && !std::mem::replace(&mut call.begun, true));
            }
            CallerEvent::Misshapen(number) => {
                assert!(!self.calls[number].asked.takes && !self.calls[number].given_up);
                self.cancel(number, head.call & 2 == 0);
            }
            CallerEvent::Reply { kept, head, joined } => {
                let call = &self.calls[kept];
                assert_eq!((head, joined.as_deref().unwrap_or(body)), as_sent(&call.reply));
                assert!(!call.given_up && call.begun == (head.kind == Kind::End));
                let flow = &call.flows[CALLEE];
                if flow.takes {
                    flow.check_complete();
                }
                self.over(kept);
            }
            CallerEvent::Freed => {
                let number = call.expect("a place was freed that was not taken");
                assert!(self.calls[number].given_up);
                self.over(number);
            }
            CallerEvent::Send(pong) => self.out[CALLER].send(&pong, b""),
            CallerEvent::Goaway(answer) => {
                self.out[CALLER].send(&answer.expect("the first goaway is answered"), b"");
                let unsent = |call: &Call| call.asking.as_ref().is_some_and(|request| !request.begun());
                self.those(unsent).into_iter().for_each(|number| self.forget(number));
            }
            CallerEvent::Fault(code) => panic!("fault {code}"),
        }
    }

    /// The terminal frame of a call has come.
    fn over(&mut self, number: usize) {
        let call = &mut self.calls[number];
        assert!(!std::mem::replace(&mut call.ended, true), "call {number} ends twice");
        call.asking = None;
        self.closed(number, CALLER);
    }
}

/// A message as its sender knows it.
fn as_sent(message: &Option<(Head, bytes::Bytes)>) -> (Head, &[u8]) {
    let (head, body) = message.as_ref().expect("somebody sent it");
    (*head, body)
}
