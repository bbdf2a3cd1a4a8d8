//! Late, twofold and unknown ids, and frames that do not fit: the tables of docs/protocol.md §5.3 to §5.6 and §7.1.
//!
//! Each row is a state, each column a frame: every state meets every frame. `6` is the connection error of that code.

use super::{CALLS, Callee, CalleeEvent, Caller, CallerEvent, Flags, Head, Kind, MESSAGE, ProtocolError, limits};

fn called() -> Callee<&'static str> {
    Callee::accepting(&limits(10 * MESSAGE))
}

fn calling() -> Caller<&'static str> {
    Caller::dialling(MESSAGE)
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

/// What a frame means to a callee, in a word.
fn at_callee(callee: &mut Callee<&'static str>, head: &Head) -> &'static str {
    match callee.handle_frame(head, b"body") {
        Ok(CalleeEvent::Nothing) => "nothing",
        Ok(CalleeEvent::Run { .. }) => "run",
        Ok(CalleeEvent::Refuse(..)) => "refuse",
        Ok(CalleeEvent::Cancel(_)) => "cancel",
        Ok(CalleeEvent::Send(_)) => "pong",
        Ok(CalleeEvent::Goaway(Some(_))) => "answer",
        Ok(CalleeEvent::Goaway(None)) => "quiet",
        Ok(CalleeEvent::Fault(_)) => "fault",
        Ok(CalleeEvent::Item { .. }) => "item",
        Ok(CalleeEvent::Ended(_)) => "ended",
        Ok(CalleeEvent::Dropped(..)) => "dropped",
        Ok(CalleeEvent::Credit(_)) => "credit",
        Err(error) => code(&error),
    }
}

/// What a frame means to a caller, in a word.
fn at_caller(caller: &mut Caller<&'static str>, head: &Head) -> &'static str {
    match caller.handle_frame(head, b"body") {
        Ok(CallerEvent::Nothing) => "nothing",
        Ok(CallerEvent::Reply { .. }) => "reply",
        Ok(CallerEvent::Freed) => "freed",
        Ok(CallerEvent::Send(_)) => "pong",
        Ok(CallerEvent::Goaway(Some(_))) => "answer",
        Ok(CallerEvent::Goaway(None)) => "quiet",
        Ok(CallerEvent::Fault(_)) => "fault",
        Ok(CallerEvent::Begin { .. }) => "begin",
        Ok(CallerEvent::Item { .. }) => "item",
        Ok(CallerEvent::Credit(_)) => "credit",
        Ok(CallerEvent::Misshapen(_)) => "misshapen",
        Err(error) => code(&error),
    }
}

/// Items and ends are for calls that await a response, or awaited one until they were cancelled (§5.3).
#[test]
fn a_response_that_is_late_or_comes_twice_meets_no_call_of_its_caller() {
    type Prepare = fn(&mut Caller<&'static str>);
    let free: Prepare = |_| ();
    let open: Prepare = |caller| assert_eq!(caller.calls.open("call"), 1);
    let partial: Prepare = |caller| {
        let call = caller.calls.open("call");
        assert_eq!(at_caller(caller, &more(Kind::Response, call)), "nothing");
    };
    let answered: Prepare = |caller| {
        let call = caller.calls.open("call");
        assert_eq!(at_caller(caller, &Head::new(Kind::Response, call)), "reply");
    };
    let cancelled: Prepare = |caller| {
        let call = caller.calls.open("call");
        assert_eq!(caller.calls.abandon(call), Some("call"));
    };
    let forgotten: Prepare = |caller| {
        let call = caller.calls.open("call");
        assert_eq!(caller.calls.forget(call), Some("call"));
    };
    let frames = [
        more(Kind::Response, 1),
        Head::new(Kind::Response, 1),
        Head::new(Kind::Item, 1),
        Head::new(Kind::End, 1),
        Head::new(Kind::Credit, 1).word(1),
    ];
    for (state, prepare, meanings) in [
        ("free", free, ["6", "6", "6", "6", "6"]),
        ("open", open, ["nothing", "reply", "6", "6", "nothing"]),
        ("partial", partial, ["nothing", "reply", "6", "6", "nothing"]),
        ("answered", answered, ["6", "6", "6", "6", "6"]),
        ("cancelled", cancelled, ["nothing", "freed", "nothing", "freed", "nothing"]),
        ("forgotten", forgotten, ["6", "6", "6", "6", "6"]),
    ] {
        for (head, meaning) in frames.iter().zip(meanings) {
            let mut caller = calling();
            prepare(&mut caller);
            assert_eq!(at_caller(&mut caller, head), meaning, "{state}: {head:?}");
        }
    }
}

/// A second cancel tells the handler again, which changes nothing.
#[test]
fn a_request_or_cancel_that_is_late_or_comes_twice_starts_and_stops_nothing() {
    type Prepare = fn(&mut Callee<&'static str>);
    let free: Prepare = |_| ();
    let receiving: Prepare = |callee| assert_eq!(at_callee(callee, &more(Kind::Request, 5)), "nothing");
    let running: Prepare = |callee| assert_eq!(at_callee(callee, &request(5)), "run");
    let waiting: Prepare = |callee| {
        assert_eq!(at_callee(callee, &request(5)), "run");
        callee.calls.attach(5, "handler");
    };
    let stopping: Prepare = |callee| {
        assert_eq!(at_callee(callee, &request(5)), "run");
        callee.calls.attach(5, "handler");
        assert_eq!(at_callee(callee, &Head::new(Kind::Cancel, 5)), "cancel");
    };
    let answered: Prepare = |callee| {
        assert_eq!(at_callee(callee, &request(5)), "run");
        callee.calls.finish(5);
    };
    let refused: Prepare = |callee| {
        assert_eq!(at_callee(callee, &more(Kind::Request, 5)), "nothing");
        assert_eq!(at_callee(callee, &Head::new(Kind::Cancel, 5)), "refuse");
    };
    let frames = [
        more(Kind::Request, 5),
        request(5),
        Head::new(Kind::Cancel, 5),
        Head::new(Kind::Item, 5),
        Head::new(Kind::End, 5),
        Head::new(Kind::Credit, 5).word(1),
        Head::new(Kind::Response, 5),
    ];
    for (state, prepare, meanings) in [
        ("free", free, ["nothing", "run", "nothing", "nothing", "nothing", "nothing", "6"]),
        ("receiving", receiving, ["nothing", "run", "refuse", "6", "6", "nothing", "6"]),
        ("running", running, ["6", "6", "nothing", "nothing", "nothing", "nothing", "6"]),
        ("waiting", waiting, ["6", "6", "cancel", "nothing", "nothing", "nothing", "6"]),
        ("stopping", stopping, ["6", "6", "cancel", "nothing", "nothing", "nothing", "6"]),
        ("answered", answered, ["nothing", "run", "nothing", "nothing", "nothing", "nothing", "6"]),
        ("refused", refused, ["nothing", "run", "nothing", "nothing", "nothing", "nothing", "6"]),
    ] {
        for (head, meaning) in frames.iter().zip(meanings) {
            let mut callee = called();
            prepare(&mut callee);
            assert_eq!(at_callee(&mut callee, head), meaning, "{state}: {head:?}");
        }
    }
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
        (Kind::Credit, 0, "credit", "credit"),
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
    type Prepare = fn(&mut Callee<&'static str>);
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
