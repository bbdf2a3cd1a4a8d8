//! Late, twofold and unknown ids, and frames that do not fit: the tables of docs/protocol.md §5.3 to §5.6, §7.1 and §8.2.
//!
//! Each row is a state, each column a frame: every state meets every frame. `6` is the connection error of that code.

use super::{CALLS, Callee, CalleeEvent, Caller, CallerEvent, Flags, Head, Kind, MESSAGE, ProtocolError, limits};
use crate::wire::{HEAD, InitialCredits, Shape};
use at_callee::{Called, meaning as at_callee};
use at_caller::{Calling, meaning as at_caller};

mod at_callee;
mod at_caller;

/// Credits of which two items of four bytes use up all that the streams share.
const NARROW: InitialCredits = InitialCredits { stream_bytes: 100, stream_items: 4, connection_bytes: 36 };

fn called() -> Called {
    at_callee::called(NARROW)
}

fn calling() -> Calling {
    at_caller::calling(NARROW)
}

fn request(call: u32) -> Head {
    Head::new(Kind::Request, call)
}

fn more(kind: Kind, call: u32) -> Head {
    Head::new(kind, call).flags(Flags::MORE)
}

fn code(error: &ProtocolError) -> &'static str {
    assert_eq!(error.code(), 6, "{error}");
    "6"
}

/// Each kind with an id of the wrong parity, and with 0: what it means to a callee and to a caller (§4.3, §5.5).
#[test]
fn frames_for_ids_that_cannot_be_are_connection_errors() {
    for (kind, call, callee, caller) in [
        (Kind::Request, 2, "6", "6"),
        (Kind::Response, 2, "6", "6"),
        (Kind::Item, 2, "6", "6"),
        (Kind::End, 2, "6", "6"),
        (Kind::Credit, 2, "6", "6"),
        (Kind::Cancel, 2, "6", "6"),
        (Kind::Request, u32::MAX - 1, "6", "6"),
        (Kind::Request, 1, "run", "6"),
        (Kind::Response, u32::MAX, "6", "6"),
        (Kind::Cancel, 1, "nothing", "6"),
        (Kind::Request, 0, "run", "6"),
        (Kind::Response, 0, "6", "6"),
        (Kind::Item, 0, "6", "6"),
        (Kind::End, 0, "6", "6"),
        (Kind::Cancel, 0, "6", "6"),
        (Kind::Begin, 1, "6", "6"),
        (Kind::Begin, 2, "6", "6"),
        (Kind::Begin, 0, "6", "6"),
        (Kind::Credit, 0, "nothing", "nothing"),
        (Kind::Hello, 0, "6", "6"),
        (Kind::Ping, 0, "pong", "pong"),
        (Kind::Pong, 0, "nothing", "nothing"),
        (Kind::Goaway, 0, "answer", "answer"),
        (Kind::Error, 0, "fault", "fault"),
    ] {
        let head = Head::new(kind, call).word(1);
        assert_eq!(at_callee(&mut called(), &head), callee, "at a callee: {head:?}");
        assert_eq!(at_caller(&mut calling(), &head), caller, "at a caller: {head:?}");
    }
}

/// The table of §7.1. What was begun before the peer's goaway may come to its end behind it.
#[test]
fn while_a_callee_winds_down_it_refuses_calls_runs_oneways_and_lets_nothing_begin_after_the_answer() {
    type Prepare = fn(&mut Called);
    let goaway = Head::new(Kind::Goaway, 0);
    let open: Prepare = |_| ();
    let announced: Prepare = |callee| assert!(callee.goaway(0).is_some());
    let answered: Prepare = |callee| {
        assert!(callee.goaway(0).is_some());
        assert_eq!(at_callee(callee, &Head::new(Kind::Goaway, 0)), "quiet");
    };
    let told: Prepare = |callee| assert_eq!(at_callee(callee, &Head::new(Kind::Goaway, 0)), "answer");
    let frames = [goaway, request(3), request(0), more(Kind::Request, 5), request(1), more(Kind::Request, 1)];
    for (state, prepare, meanings, oneway) in [
        ("open", open, ["answer", "run", "6", "nothing", "run", "nothing"], "run"),
        ("announced", announced, ["quiet", "refuse", "6", "nothing", "refuse", "nothing"], "run"),
        ("answered", answered, ["quiet", "6", "6", "6", "refuse", "nothing"], "6"),
        ("told", told, ["quiet", "6", "6", "6", "refuse", "nothing"], "6"),
    ] {
        for (head, meaning) in
            frames.iter().zip(meanings).filter(|(head, _)| head.call != 0 || head.kind == goaway.kind)
        {
            let mut callee = called();
            assert_eq!(at_callee(&mut callee, &more(Kind::Request, 1)), "nothing");
            prepare(&mut callee);
            assert_eq!(at_callee(&mut callee, head), meaning, "{state}: {head:?}");
        }
        let mut callee = called();
        prepare(&mut callee);
        assert_eq!(at_callee(&mut callee, &request(0)), oneway, "{state}: a oneway");
        let mut callee = called();
        assert_eq!(at_callee(&mut callee, &more(Kind::Request, 0)), "nothing");
        prepare(&mut callee);
        assert_eq!(at_callee(&mut callee, &request(0)), "run", "{state}: the rest of a oneway");
    }
}

#[test]
fn a_callee_has_finished_when_the_goaway_is_answered_and_all_that_was_begun_has_ended() {
    let mut callee = called();
    assert_eq!(at_callee(&mut callee, &request(1)), "run");
    assert_eq!(at_callee(&mut callee, &more(Kind::Request, 0)), "nothing");
    assert!(callee.goaway(0).is_some() && callee.goaway(0).is_none() && !callee.finished());
    assert_eq!(at_callee(&mut callee, &Head::new(Kind::Goaway, 0)), "quiet");
    assert!(!callee.finished());
    callee.calls.finish(1);
    assert!(!callee.finished());
    assert_eq!(at_callee(&mut callee, &request(0)), "run");
    assert!(callee.finished());
}

#[test]
fn a_goaway_and_a_ping_are_answered_with_their_own_words() {
    let goaway = Head::new(Kind::Goaway, 0).word(2);
    assert_eq!(called().handle_frame(&goaway, b"why"), Ok(CalleeEvent::Goaway(Some(goaway))));
    assert_eq!(calling().handle_frame(&goaway, b"why"), Ok(CallerEvent::Goaway(Some(goaway))));
    let ping = Head { extra: 42, ..Head::new(Kind::Ping, 0).word(7) };
    let pong = Head { kind: Kind::Pong, ..ping };
    assert_eq!(called().handle_frame(&ping, b""), Ok(CalleeEvent::Send(pong)));
    assert_eq!(calling().handle_frame(&ping, b""), Ok(CallerEvent::Send(pong)));
}

#[test]
fn a_oneway_takes_no_place_of_a_call_and_no_call_one_of_a_oneway() {
    let mut callee = called();
    assert_eq!(at_callee(&mut callee, &more(Kind::Request, 0)), "nothing");
    for call in 0..CALLS as u32 {
        assert_eq!(at_callee(&mut callee, &more(Kind::Request, 2 * call + 1)), "nothing");
    }
    assert_eq!(at_callee(&mut callee, &request(99)), "refuse");
    assert_eq!(at_callee(&mut callee, &more(Kind::Request, 99)), "6");
    assert_eq!(at_callee(&mut callee, &request(0)), "run");
    assert_eq!(at_callee(&mut callee, &more(Kind::Request, 0)), "nothing");
    assert_eq!(at_callee(&mut callee, &request(0)), "run");
    assert_eq!(at_callee(&mut callee, &request(0)), "run");
}

#[test]
fn what_is_sent_for_call_0_ends_no_oneway_that_is_being_received() {
    let mut callee = called();
    assert_eq!(at_callee(&mut callee, &more(Kind::Request, 0)), "nothing");
    assert_eq!(callee.calls.finish(0), None);
    let Ok(CalleeEvent::Run { joined, .. }) = callee.handle_frame(&request(0), b"!") else { panic!("it did not run") };
    assert_eq!(joined.as_deref(), Some(&b"body!"[..]));
}

#[test]
fn s3_after_a_goaway_items_of_calls_that_run_are_taken_and_those_of_refused_calls_given_back() {
    let mut callee = called();
    assert_eq!(at_callee(&mut callee, &request(1)), "run");
    callee.calls.attach(1, "handler");
    let shape = Shape { takes: true, ..Shape::default() };
    let stream = callee.streams.open(1, false, shape, "stream");
    assert!(callee.goaway(0).is_some());
    assert_eq!(at_callee(&mut callee, &request(3)), "refuse");
    assert_eq!(at_callee(&mut callee, &Head::new(Kind::Goaway, 0)), "quiet");
    assert_eq!(at_callee(&mut callee, &Head::new(Kind::Item, 1)), "item");
    for kind in [more(Kind::Item, 3), Head::new(Kind::Item, 3), Head::new(Kind::Item, 3)] {
        assert_eq!(at_callee(&mut callee, &kind), "dropped");
    }
    callee.streams.took(stream, HEAD + "body".len(), 1);
    assert_eq!(callee.streams.untaken(), 0);
    assert_eq!(callee.finish(1), (Some("handler"), Some("stream")));
    assert!(callee.finished() && callee.streams.is_empty());
}
