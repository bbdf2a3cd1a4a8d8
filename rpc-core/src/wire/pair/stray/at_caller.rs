//! What a frame means to a caller in each state of a call (§5.3), also of one with items (§8).

use super::{Caller, Flags, Head, Kind, MESSAGE, NARROW, code, more};
use crate::wire::{CallerEvent, InitialCredits, Shape};

pub(super) type Calling = Caller<&'static str, &'static str>;

/// The call that all is about.
const CALL: u32 = 1;
const UNARY: Shape = Shape { gives: false, takes: false, window: None };
const GIVES: Shape = Shape { gives: true, ..UNARY };
const TAKES: Shape = Shape { takes: true, ..UNARY };
const BOTH: Shape = Shape { takes: true, ..GIVES };

pub(super) fn calling(credits: InitialCredits) -> Calling {
    Caller::with_credits(MESSAGE, credits, credits)
}

/// What a frame means to a caller, in a word.
pub(super) fn meaning(caller: &mut Calling, head: &Head) -> &'static str {
    let untaken = caller.streams.untaken();
    let meaning = match caller.handle_frame(head, b"body") {
        Ok(CallerEvent::Nothing) => "nothing",
        Ok(CallerEvent::Reply { .. }) => "reply",
        Ok(CallerEvent::Begin { .. }) => "begin",
        Ok(CallerEvent::Item { .. }) => "item",
        Ok(CallerEvent::Credit(_)) => "credit",
        Ok(CallerEvent::Misshapen(_)) => "misshapen",
        Ok(CallerEvent::Freed) => "freed",
        Ok(CallerEvent::Send(_)) => "pong",
        Ok(CallerEvent::Goaway(Some(_))) => "answer",
        Ok(CallerEvent::Goaway(None)) => "quiet",
        Ok(CallerEvent::Fault(_)) => "fault",
        Err(error) => code(&error),
    };
    match (head.kind, meaning) {
        (Kind::Item, "nothing") if caller.streams.untaken() > untaken => "kept",
        (Kind::Item, "nothing") => "dropped",
        _ => meaning,
    }
}

/// How a call came to its state.
#[derive(Clone, Copy, Debug)]
enum Did {
    Came(Kind),
    Part(Kind),
    /// An item with END came, which says nothing from a callee (§4.2).
    LastItem,
    /// The caller takes back what it has not sent.
    Forgot,
    /// The caller gives the call up and sends no more items, nor takes any.
    Cancelled,
    /// As `Cancelled`, and its stream is closed at once.
    CancelledAndClosed,
    /// Nobody takes items any more.
    StoppedTaking,
    /// The caller's last item was sent.
    StoppedGiving,
}

/// A caller with a call that came to its state in this way.
fn prepared(shape: Shape, history: &[Did]) -> Calling {
    let mut caller = calling(NARROW);
    assert_eq!(caller.calls.open("call"), CALL);
    let stream = (shape.gives || shape.takes).then(|| caller.streams.open(CALL, true, shape, "stream"));
    for did in history {
        match *did {
            Did::Came(kind) => assert_ne!(meaning(&mut caller, &Head::new(kind, CALL)), "6", "{kind:?}"),
            Did::Part(kind) => assert_ne!(meaning(&mut caller, &more(kind, CALL)), "6", "{kind:?}"),
            Did::LastItem => {
                let item = Head::new(Kind::Item, CALL).flags(Flags::END);
                assert_eq!(meaning(&mut caller, &item), "item");
            }
            Did::Forgot => assert_eq!(caller.forget(CALL), Some("call")),
            Did::Cancelled => {
                assert_eq!(caller.calls.abandon(CALL), Some("call"));
                stream.into_iter().for_each(|stream| caller.streams.stop_giving(stream));
                stream.into_iter().for_each(|stream| caller.streams.stop_taking(stream, 0));
            }
            Did::CancelledAndClosed => {
                assert_eq!(caller.calls.abandon(CALL), Some("call"));
                assert_eq!(caller.streams.close(CALL), Some("stream"));
            }
            Did::StoppedTaking => caller.streams.stop_taking(stream.expect("it has items"), 0),
            Did::StoppedGiving => caller.streams.stop_giving(stream.expect("it has items")),
        }
    }
    caller
}

/// Tries every frame in every state. A row says what responses mean, begins, items, ends and credit; of a part and of the
/// whole.
fn try_all(rows: &[(&str, Shape, &[Did], &str)]) {
    let frames = [
        more(Kind::Response, CALL),
        Head::new(Kind::Response, CALL),
        more(Kind::Begin, CALL),
        Head::new(Kind::Begin, CALL),
        more(Kind::Item, CALL),
        Head::new(Kind::Item, CALL),
        more(Kind::End, CALL),
        Head::new(Kind::End, CALL),
        Head::new(Kind::Credit, CALL).word(1),
    ];
    let always = [
        (Kind::Hello, "6"),
        (Kind::Request, "6"),
        (Kind::Cancel, "6"),
        (Kind::Ping, "pong"),
        (Kind::Pong, "nothing"),
        (Kind::Goaway, "answer"),
        (Kind::Error, "fault"),
    ];
    for (state, shape, history, meanings) in rows {
        let meanings: Vec<_> = meanings.split_whitespace().filter(|word| *word != "|").collect();
        assert_eq!(meanings.len(), frames.len(), "{state}: a word for each frame");
        for (head, expected) in frames.iter().zip(meanings) {
            assert_eq!(meaning(&mut prepared(*shape, history), head), expected, "{state}: {head:?}");
        }
        for (kind, expected) in always {
            assert_eq!(meaning(&mut prepared(*shape, history), &Head::new(kind, CALL)), expected, "{state}: {kind:?}");
        }
    }
}

#[test]
fn a_reply_that_is_late_comes_twice_or_is_of_another_shape_meets_no_call() {
    use Did::{Came, Cancelled, Forgot, Part};
    // As a cancelled call whose caller does not know what its callee sends.
    let given_up = "nothing freed | nothing nothing | dropped dropped | nothing freed | nothing";
    try_all(&[
        ("open", UNARY, &[], "nothing reply | nothing misshapen | 6 6 | 6 6 | nothing"),
        ("in part", UNARY, &[Part(Kind::Response)], "nothing reply | 6 6 | 6 6 | 6 6 | nothing"),
        ("begun in part", UNARY, &[Part(Kind::Begin)], "nothing reply | nothing misshapen | 6 6 | 6 6 | nothing"),
        ("answered", UNARY, &[Came(Kind::Response)], "6 6 | 6 6 | 6 6 | 6 6 | 6"),
        ("forgotten", UNARY, &[Forgot], "6 6 | 6 6 | 6 6 | 6 6 | 6"),
        ("cancelled", UNARY, &[Cancelled], given_up),
        (
            "cancelled, then in part",
            UNARY,
            &[Cancelled, Part(Kind::Response)],
            "nothing freed | 6 6 | 6 6 | 6 6 | nothing",
        ),
        ("begun, of another shape", UNARY, &[Came(Kind::Begin)], given_up),
        (
            "of another shape, ended in part",
            UNARY,
            &[Came(Kind::Begin), Part(Kind::End)],
            "6 6 | 6 6 | 6 6 | nothing freed | nothing",
        ),
    ]);
}

#[test]
fn a_call_that_gives_items_awaits_a_response_as_one_without_any() {
    use Did::{Came, Cancelled, CancelledAndClosed, Forgot, Part, StoppedGiving};
    let given_up = "nothing freed | nothing nothing | dropped dropped | nothing freed | nothing";
    try_all(&[
        ("open", GIVES, &[], "nothing reply | nothing misshapen | 6 6 | 6 6 | credit"),
        ("in part", GIVES, &[Part(Kind::Response)], "nothing reply | 6 6 | 6 6 | 6 6 | credit"),
        ("begun in part", GIVES, &[Part(Kind::Begin)], "nothing reply | nothing misshapen | 6 6 | 6 6 | credit"),
        ("all given", GIVES, &[StoppedGiving], "nothing reply | nothing misshapen | 6 6 | 6 6 | nothing"),
        ("answered", GIVES, &[Came(Kind::Response)], "6 6 | 6 6 | 6 6 | 6 6 | 6"),
        ("forgotten", GIVES, &[Forgot], "6 6 | 6 6 | 6 6 | 6 6 | 6"),
        ("cancelled", GIVES, &[Cancelled], given_up),
        ("cancelled and closed", GIVES, &[CancelledAndClosed], given_up),
        ("of another shape, then cancelled", GIVES, &[Came(Kind::Begin), StoppedGiving], given_up),
        ("cancelled, of another shape", GIVES, &[Cancelled, Came(Kind::Begin), Came(Kind::Item)], given_up),
    ]);
}

const BEGUN: Did = Did::Came(Kind::Begin);
const ITEM: Did = Did::Came(Kind::Item);
const PART_OF_ITEM: Did = Did::Part(Kind::Item);
const PART_OF_END: Did = Did::Part(Kind::End);

#[test]
fn items_come_between_one_begin_and_one_end_and_a_response_only_instead_of_them() {
    use Did::{Came, LastItem, Part};
    for (shape, credit) in [(TAKES, "nothing"), (BOTH, "credit")] {
        let row = |meanings: &str| format!("{meanings} | {credit}");
        let open = row("nothing reply | nothing begin | 6 6 | 6 6");
        let failing = row("nothing reply | 6 6 | 6 6 | 6 6");
        let begun = row("6 6 | 6 6 | kept item | nothing reply");
        let ending = row("6 6 | 6 6 | 6 6 | nothing reply");
        let ended = "6 6 | 6 6 | 6 6 | 6 6 | 6";
        try_all(&[
            ("open", shape, &[], &open),
            ("begun in part", shape, &[Part(Kind::Begin)], &open),
            ("failing", shape, &[Part(Kind::Response)], &failing),
            ("begun in part, failing", shape, &[Part(Kind::Begin), Part(Kind::Response)], &failing),
            ("failed", shape, &[Came(Kind::Response)], ended),
            ("begun", shape, &[BEGUN], &begun),
            ("item in part", shape, &[BEGUN, PART_OF_ITEM], &begun),
            ("item", shape, &[BEGUN, ITEM], &begun),
            ("item with END", shape, &[BEGUN, LastItem], &begun),
            ("ending", shape, &[BEGUN, PART_OF_END], &ending),
            ("ending in the middle of an item", shape, &[BEGUN, PART_OF_ITEM, PART_OF_END], &ending),
            ("ended", shape, &[BEGUN, Came(Kind::End)], ended),
            ("ended in the middle of an item", shape, &[BEGUN, PART_OF_ITEM, Came(Kind::End)], ended),
        ]);
    }
}

#[test]
fn items_that_nobody_takes_are_dropped_and_the_call_comes_to_its_end_all_the_same() {
    use Did::{Cancelled, CancelledAndClosed, StoppedTaking};
    let cancelled = "6 6 | 6 6 | dropped dropped | nothing freed | nothing";
    let closed = "nothing freed | nothing nothing | dropped dropped | nothing freed | nothing";
    let ending = "6 6 | 6 6 | 6 6 | nothing freed | nothing";
    for (shape, credit) in [(TAKES, "nothing"), (BOTH, "credit")] {
        let row = |meanings: &str| format!("{meanings} | {credit}");
        let dropped = row("6 6 | 6 6 | dropped dropped | nothing reply");
        try_all(&[
            ("no reader", shape, &[StoppedTaking], &row("nothing reply | nothing begin | 6 6 | 6 6")),
            ("begun, no reader", shape, &[StoppedTaking, BEGUN], &dropped),
            ("item, no reader", shape, &[BEGUN, ITEM, StoppedTaking], &dropped),
            ("item in part, no reader", shape, &[BEGUN, PART_OF_ITEM, StoppedTaking], &dropped),
            ("cancelled", shape, &[Cancelled], "nothing freed | nothing nothing | 6 6 | 6 6 | nothing"),
            ("cancelled, begun", shape, &[Cancelled, BEGUN], cancelled),
            ("item, cancelled", shape, &[BEGUN, ITEM, Cancelled], cancelled),
            ("item in part, cancelled", shape, &[BEGUN, PART_OF_ITEM, Cancelled], cancelled),
            ("cancelled, ending", shape, &[BEGUN, Cancelled, PART_OF_END], ending),
            ("cancelled, ended", shape, &[BEGUN, Cancelled, Did::Came(Kind::End)], "6 6 | 6 6 | 6 6 | 6 6 | 6"),
            ("cancelled and closed", shape, &[CancelledAndClosed], closed),
            ("item in part, cancelled and closed", shape, &[BEGUN, PART_OF_ITEM, CancelledAndClosed], closed),
            ("cancelled and closed, ending", shape, &[BEGUN, CancelledAndClosed, PART_OF_END], ending),
        ]);
    }
}

#[test]
fn no_item_can_come_where_no_credit_was_given() {
    let item = Head::new(Kind::Item, CALL);
    let mut caller = calling(InitialCredits::NONE);
    caller.calls.open("call");
    caller.calls.abandon(CALL);
    assert_eq!(meaning(&mut caller, &item), "6");
}
