//! What a frame means to a callee in each state of a call (§5.4), also of one with items (§8).

use super::{Callee, CalleeEvent, Flags, Head, Kind, MESSAGE, NARROW, code, limits, more, request};
use crate::{
    budget::Full,
    wire::{InitialCredits, Shape},
};

pub(super) type Called = Callee<&'static str, &'static str>;

/// The call that all is about.
const CALL: u32 = 5;
const TAKES: Shape = Shape { takes: true, gives: false, window: None };
const GIVES: Shape = Shape { gives: true, takes: false, window: None };
const BOTH: Shape = Shape { takes: true, ..GIVES };

pub(super) fn called(credits: InitialCredits) -> Called {
    Callee::with_credits(&limits(10 * MESSAGE), credits, credits)
}

/// What a frame means to a callee, in a word.
pub(super) fn meaning(callee: &mut Called, head: &Head) -> &'static str {
    let untaken = callee.streams.untaken();
    let meaning = match callee.handle_frame(head, b"body") {
        Ok(CalleeEvent::Nothing) => "nothing",
        Ok(CalleeEvent::Run { .. }) => "run",
        Ok(CalleeEvent::Refuse(..)) => "refuse",
        Ok(CalleeEvent::Cancel(_)) => "cancel",
        Ok(CalleeEvent::Item { .. }) => "item",
        Ok(CalleeEvent::Ended(_)) => "ended",
        Ok(CalleeEvent::Dropped(..)) => "no room",
        Ok(CalleeEvent::Credit(_)) => "credit",
        Ok(CalleeEvent::Send(_)) => "pong",
        Ok(CalleeEvent::Goaway(Some(_))) => "answer",
        Ok(CalleeEvent::Goaway(None)) => "quiet",
        Ok(CalleeEvent::Fault(_)) => "fault",
        Err(error) => code(&error),
    };
    match (head.kind, meaning) {
        (Kind::Item, "nothing") if callee.streams.untaken() > untaken => "kept",
        (Kind::Item, "nothing") => "dropped",
        _ => meaning,
    }
}

/// How a call came to its state.
#[derive(Clone, Copy, Debug)]
enum Did {
    Came(Head),
    /// Its handler waits, and its stream is open.
    Ran(Shape),
    /// Its request said END.
    RanToTheEnd(Shape),
    /// Its handler waits; no items go either way.
    Waited,
    StoppedTaking,
    StoppedGiving,
    /// An item came for which there was no room.
    HadNoRoom,
    Answered,
}

const RECEIVING: Did = Did::Came(Head::new(Kind::Request, CALL).flags(Flags::MORE));
const RUNNING: Did = Did::Came(Head::new(Kind::Request, CALL));
const CANCELLED: Did = Did::Came(Head::new(Kind::Cancel, CALL));
const ITEM: Did = Did::Came(Head::new(Kind::Item, CALL));
const PART_OF_ITEM: Did = Did::Came(Head::new(Kind::Item, CALL).flags(Flags::MORE));
const LAST_ITEM: Did = Did::Came(Head::new(Kind::Item, CALL).flags(Flags::END));
const END: Did = Did::Came(Head::new(Kind::End, CALL));

/// A callee with a call that came to its state in this way.
fn prepared(history: &[Did]) -> Called {
    let mut callee = called(NARROW);
    let mut stream = None;
    for did in history {
        match *did {
            Did::Came(head) => assert_ne!(meaning(&mut callee, &head), "6", "{head:?}"),
            Did::Ran(shape) | Did::RanToTheEnd(shape) => {
                assert_eq!(meaning(&mut callee, &request(CALL)), "run");
                callee.calls.attach(CALL, "handler");
                let id = callee.streams.open(CALL, false, shape, "stream");
                if matches!(did, Did::RanToTheEnd(_)) {
                    callee.streams.ended(id);
                }
                stream = Some(id);
            }
            Did::Waited => {
                assert_eq!(meaning(&mut callee, &request(CALL)), "run");
                callee.calls.attach(CALL, "handler");
            }
            Did::StoppedTaking => callee.streams.stop_taking(stream.expect("it has items"), 0),
            Did::StoppedGiving => callee.streams.stop_giving(stream.expect("it has items")),
            Did::HadNoRoom => {
                let full = Full { name: "request_bytes", limit: 7 };
                let dropped = callee.handle_dropped(&Head::new(Kind::Item, CALL), 4, full);
                assert_eq!(dropped, Ok(CalleeEvent::Dropped(CALL, "request_bytes", 7)));
            }
            Did::Answered => assert!(callee.finish(CALL).1.is_none_or(|kept| kept == "stream")),
        }
    }
    callee
}

/// Tries every frame in every state. A row says what requests mean, a cancel, items, an end and credit.
fn try_all(rows: &[(&str, &[Did], &str)]) {
    let frames = [
        more(Kind::Request, CALL),
        request(CALL),
        Head::new(Kind::Cancel, CALL),
        more(Kind::Item, CALL),
        Head::new(Kind::Item, CALL),
        Head::new(Kind::Item, CALL).flags(Flags::END),
        Head::new(Kind::End, CALL),
        Head::new(Kind::Credit, CALL).word(1),
    ];
    let always = [
        (Kind::Hello, "6"),
        (Kind::Response, "6"),
        (Kind::Begin, "6"),
        (Kind::Ping, "pong"),
        (Kind::Pong, "nothing"),
        (Kind::Goaway, "answer"),
        (Kind::Error, "fault"),
    ];
    for (state, history, meanings) in rows {
        let meanings: Vec<_> = meanings.split_whitespace().filter(|word| *word != "|").collect();
        assert_eq!(meanings.len(), frames.len(), "{state}: a word for each frame");
        for (head, expected) in frames.iter().zip(meanings) {
            assert_eq!(meaning(&mut prepared(history), head), expected, "{state}: {head:?}");
        }
        for (kind, expected) in always {
            assert_eq!(meaning(&mut prepared(history), &Head::new(kind, CALL)), expected, "{state}: {kind:?}");
        }
    }
}

/// A second cancel tells the handler again, which changes nothing.
#[test]
fn a_request_or_cancel_that_is_late_or_comes_twice_starts_and_stops_nothing() {
    use Did::{Answered, Waited};
    let free = "nothing run | nothing | dropped dropped dropped | nothing | nothing";
    let waiting = "6 6 | cancel | dropped dropped dropped | nothing | nothing";
    try_all(&[
        ("free", &[], free),
        ("receiving", &[RECEIVING], "nothing run | refuse | 6 6 6 | 6 | nothing"),
        ("running", &[RUNNING], "6 6 | nothing | dropped dropped dropped | nothing | nothing"),
        ("waiting", &[Waited], waiting),
        ("stopping", &[Waited, CANCELLED], waiting),
        ("answered", &[RUNNING, Answered], free),
        ("refused", &[RECEIVING, CANCELLED], free),
    ]);
}

#[test]
fn items_come_up_to_the_end_and_are_dropped_where_nobody_takes_them() {
    use Did::{Answered, HadNoRoom, Ran, RanToTheEnd, StoppedTaking};
    for (shape, credit) in [(TAKES, "nothing"), (BOTH, "credit")] {
        let row = |meanings: &str| format!("6 6 | cancel | {meanings} | {credit}");
        try_all(&[
            ("open", &[Ran(shape)], &row("kept item item | ended")),
            ("item", &[Ran(shape), ITEM], &row("kept item item | ended")),
            ("item in part", &[Ran(shape), PART_OF_ITEM], &row("kept item item | 6")),
            ("ended", &[Ran(shape), END], &row("6 6 6 | 6")),
            ("ended with an item", &[Ran(shape), LAST_ITEM], &row("6 6 6 | 6")),
            ("ended with its request", &[RanToTheEnd(shape)], &row("6 6 6 | 6")),
            ("reader dropped", &[Ran(shape), ITEM, StoppedTaking], &row("dropped dropped dropped | nothing")),
            (
                "reader dropped in the middle of an item",
                &[Ran(shape), PART_OF_ITEM, StoppedTaking],
                &row("dropped dropped dropped | nothing"),
            ),
            ("no room", &[Ran(shape), HadNoRoom], &row("dropped dropped dropped | nothing")),
            (
                "no room for all of an item",
                &[Ran(shape), PART_OF_ITEM, HadNoRoom],
                &row("dropped dropped dropped | nothing"),
            ),
            ("stopping", &[Ran(shape), ITEM, CANCELLED], &row("dropped dropped dropped | nothing")),
            (
                "stopping in the middle of an item",
                &[Ran(shape), PART_OF_ITEM, CANCELLED],
                &row("dropped dropped dropped | nothing"),
            ),
            ("ended, stopping", &[Ran(shape), END, CANCELLED], &row("6 6 6 | 6")),
            (
                "answered in the middle of an item",
                &[Ran(shape), PART_OF_ITEM, Answered],
                "nothing run | nothing | dropped dropped dropped | nothing | nothing",
            ),
        ]);
    }
}

#[test]
fn a_callee_that_only_gives_items_drops_those_that_come_and_counts_credit_until_it_has_given_all() {
    use Did::{Ran, StoppedGiving};
    try_all(&[
        ("open", &[Ran(GIVES)], "6 6 | cancel | dropped dropped dropped | nothing | credit"),
        ("stopping", &[Ran(GIVES), CANCELLED], "6 6 | cancel | dropped dropped dropped | nothing | credit"),
        ("all given", &[Ran(GIVES), StoppedGiving], "6 6 | cancel | dropped dropped dropped | nothing | nothing"),
        ("all given, items go on", &[Ran(BOTH), StoppedGiving], "6 6 | cancel | kept item item | ended | nothing"),
    ]);
}

#[test]
fn no_item_can_come_where_no_credit_was_given() {
    for history in [&[][..], &[RUNNING][..]] {
        let mut callee = called(InitialCredits::NONE);
        for did in history {
            let Did::Came(head) = did else { panic!("{did:?}") };
            meaning(&mut callee, head);
        }
        assert_eq!(meaning(&mut callee, &Head::new(Kind::Item, CALL)), "6");
    }
}
