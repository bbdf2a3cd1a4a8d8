//! Who is given credit, and when; who may send then; that nobody waits for ever.

use super::*;

/// Who has credit of its own waits for what all share only where that is used up.
#[test]
fn what_all_share_wakes_those_who_wait_when_it_comes_back_and_not_whenever_it_grows() {
    let mut streams = streams(InitialCredits { connection_bytes: 100, ..NARROW });
    assert!(streams.handle_credit(&credit(0, 10, 0)).is_ok() && !streams.has_reopened(), "there was some");
    let id = streams.giving(1);
    streams.sent(id, 150, true);
    assert!(streams.handle_credit(&credit(0, 40, 0)).is_ok() && !streams.has_reopened(), "it is still used up");
    assert!(streams.handle_credit(&credit(0, 1, 0)).is_ok() && streams.has_reopened());
    assert!(!streams.has_reopened(), "once");
}

#[test]
fn a_stream_is_given_credit_when_half_of_its_window_is_owed() {
    let mut streams = streams(NARROW);
    let id = streams.taking(1);
    streams.comes(item(1));
    streams.comes(item(1));
    streams.took(id, COST, 1);
    assert_eq!(streams.grants(), [], "a quarter of the items, a fifth of the bytes");
    streams.took(id, COST, 1);
    assert_eq!(streams.grants(), [(1, 2 * COST as u32, 2)]);
    assert_eq!(streams.grants(), [], "nothing is owed");
}

#[test]
fn the_connection_is_given_credit_when_half_is_owed_or_as_much_as_is_left() {
    let mut streams = sharing(100);
    let ids = [1, 3, 5].map(|call| streams.taking(call));
    for call in [1, 3, 5] {
        streams.comes(item(call));
    }
    streams.took(ids[0], COST, 1);
    assert_eq!(streams.grants(), [], "20 of 100, and 40 are left");
    streams.took(ids[1], COST, 1);
    assert_eq!(streams.grants(), [(0, 40, 0)], "as much as is left");
    streams.took(ids[2], COST, 1);
    assert_eq!(streams.grants(), []);
    for _ in 0..2 {
        let cost = streams.comes(item(5));
        streams.took(ids[2], cost, 1);
    }
    assert_eq!(streams.grants(), [(0, 60, 0), (5, 60, 3)], "half");
}

#[test]
fn while_the_shared_credit_is_used_up_every_stream_is_given_at_once_what_it_is_owed() {
    let mut streams = sharing(90);
    let [first, second, stuck] = [1, 3, 5].map(|call| streams.taking(call));
    for call in [1, 1, 3, 5] {
        streams.comes(item(call));
    }
    streams.took(first, COST, 1);
    assert_eq!(streams.grants(), [(0, 20, 0)], "10 bytes were left, and to the stream less than half is owed");
    streams.comes(item(5));
    assert_eq!(streams.grants(), [], "10 bytes are left");
    streams.comes(item(5));
    assert_eq!(streams.grants(), [(1, 20, 1)], "it has become used up, and whatever is owed is given");
    streams.took(second, 1, 0);
    assert_eq!(streams.grants(), [(0, 1, 0), (3, 1, 0)], "it is used up, and anything is given at once");
    streams.stop_taking(stuck, 3 * COST);
    assert_eq!(streams.grants(), [(0, 60, 0)], "to a stream that nobody reads nothing is given");
}

#[test]
fn s7_what_is_owed_is_given_also_when_an_item_that_nobody_takes_has_used_up_the_shared_credit() {
    let mut streams = sharing(30);
    let [id, ..] = [1, 3, 5].map(|call| streams.taking(call));
    let cost = streams.comes(item(1));
    streams.took(id, cost, 1);
    assert_eq!(streams.grants(), [(0, 20, 0)], "to the stream less than half is owed");
    streams.swallows(item(7));
    streams.swallows(item(7));
    // It is used up, and these are the first of their streams.
    streams.comes(item(3));
    streams.comes(item(5));
    assert_eq!(streams.grants(), [(0, 40, 0), (1, 20, 1)], "10 bytes too many are out");
}

#[test]
fn credit_that_cannot_be_sent_now_is_given_later_and_once() {
    let mut streams = sharing(90);
    for call in [1, 3] {
        let id = streams.taking(call);
        let cost = streams.comes(item(call)) + streams.comes(item(call));
        streams.took(id, cost, 2);
    }
    let mut sent = Vec::new();
    while streams.owes_credit() {
        let mut room = 1;
        streams.give_credit(|head| {
            let has_room = room > 0;
            if has_room {
                room -= 1;
                sent.push((head.call, head.word, head.extra));
            }
            has_room
        });
    }
    assert_eq!(sent, [(0, 80, 0), (1, 40, 2), (3, 40, 2)]);
}

#[test]
fn a_stream_that_has_ended_or_closed_is_given_nothing_though_it_was_owed() {
    let ways: [Way; 4] = [
        |streams, _| streams.ends(),
        |streams, id| streams.stop_taking(id, 0),
        |streams, _| _ = streams.close(1),
        |streams, _| {
            // Its place is another's now.
            streams.close(1);
            streams.taking(1);
        },
    ];
    for way in ways {
        let mut streams = streams(NARROW);
        let id = streams.taking(1);
        let cost = streams.comes(item(1)) + streams.comes(item(1));
        streams.took(id, cost, 2);
        assert!(streams.owes_credit());
        way(&mut streams, id);
        assert_eq!(streams.grants(), []);
    }
}

#[test]
fn a_sender_waits_without_credit_goes_on_with_it_and_never_once_its_stream_is_closed() {
    let mut streams = streams(NARROW);
    let [id, other, takes] = [streams.giving(1), streams.giving(3), streams.taking(5)];
    assert_eq!(streams.may_begin(takes), MayBegin::Closed, "it gives none");
    (0..4).for_each(|_| streams.sent(id, COST, true));
    assert_eq!((streams.may_begin(id), streams.may_begin(other)), (MayBegin::Later, MayBegin::Now));
    assert_eq!(streams.handle_credit(&credit(1, 1, 1)), Ok(Some(&mut "kept")), "who waits for it is told");
    assert_eq!(streams.may_begin(id), MayBegin::Now);
    streams.stop_giving(id);
    assert_eq!(streams.may_begin(id), MayBegin::Closed);
    streams.close(3);
    assert_eq!(streams.may_begin(other), MayBegin::Closed);
    let given_up = streams.giving(7);
    assert_eq!((streams.may_begin(given_up), streams.give_up(7)), (MayBegin::Now, Some(&mut "kept")));
    assert_eq!((streams.may_begin(given_up), streams.may_send(given_up)), (MayBegin::Closed, None));
}

#[test]
fn a_stream_holds_items_while_its_reader_has_some_to_take_and_not_when_the_reader_is_gone() {
    let mut streams = streams(NARROW);
    let id = streams.taking(1);
    assert!(!streams.holds_items(id));
    let cost = streams.comes(item(1));
    assert!(streams.holds_items(id));
    streams.took(id, cost, 1);
    assert!(!streams.holds_items(id));
    streams.swallows(part(1));
    assert!(!streams.holds_items(id), "of a part nothing can be taken");
    let cost = streams.comes(item(1));
    assert!(streams.holds_items(id));
    streams.stop_taking(id, cost);
    assert!(!streams.holds_items(id));
    streams.swallows(item(1));
    assert!(!streams.holds_items(id));
}

#[test]
fn a_stream_is_under_way_until_nobody_sends_or_nobody_takes() {
    let ways: [Way; 4] = [
        |streams, _| streams.ends(),
        |streams, id| streams.stop_taking(id, 0),
        |streams, _| streams.cancelled(1),
        |streams, _| _ = streams.close(1),
    ];
    for way in ways {
        let mut streams = streams(NARROW);
        let id = streams.taking(1);
        assert!(streams.is_under_way(id));
        way(&mut streams, id);
        assert!(!streams.is_under_way(id));
    }
    let mut streams = streams(NARROW);
    let id = streams.open(1, false, Shape { gives: true, ..TAKES }, "kept");
    streams.stop_taking(id, 0);
    assert!(streams.is_under_way(id), "it gives");
    streams.stop_giving(id);
    assert!(!streams.is_under_way(id));
}

#[test]
fn an_item_is_sent_to_its_end_whatever_the_credit_and_then_the_next_waits() {
    let mut streams = sharing(1_000);
    let id = streams.giving(1);
    streams.sent(id, 90, true);
    streams.sent(id, 90, false);
    assert_eq!(streams.may_begin(id), MayBegin::Later, "80 bytes too many are out");
    streams.handle_credit(&credit(1, 80, 0)).expect("it is within the most");
    assert_eq!(streams.may_begin(id), MayBegin::Later);
    streams.handle_credit(&credit(1, 1, 0)).expect("it is within the most");
    assert_eq!(streams.may_begin(id), MayBegin::Now);
}

#[test]
fn with_the_shared_credit_used_up_each_stream_sends_one_item_and_waits_for_it_alone() {
    let mut streams = sharing(30);
    let [stuck, other] = [1, 3].map(|call| streams.giving(call));
    (0..2).for_each(|_| streams.sent(stuck, COST, true));
    for _ in 0..10 {
        assert_eq!((streams.may_begin(stuck), streams.may_begin(other)), (MayBegin::Later, MayBegin::Now));
        streams.sent(other, COST, true);
        assert_eq!(streams.may_begin(other), MayBegin::Later);
        streams.handle_credit(&credit(3, COST as u32, 1)).expect("it is within the most");
    }
    streams.handle_credit(&credit(0, 211, 0)).expect("it is within the most");
    assert_eq!(streams.may_begin(stuck), MayBegin::Now, "there is shared credit again");
}

#[test]
fn the_credit_that_the_caller_gives_with_its_request_is_that_of_the_replys_items_alone() {
    let window = Some((50, 1));
    let shape = Shape { gives: true, takes: true, window };
    let mut caller = streams(NARROW);
    let id = caller.open(1, true, shape, "kept");
    (0..4).for_each(|_| caller.sent(id, COST, true));
    caller.comes(item(1));
    caller.refuses(item(1));
    let mut callee = streams(NARROW);
    let id = callee.open(1, false, shape, "kept");
    (0..4).for_each(|_| assert_eq!(callee.comes(item(1)), COST));
    callee.sent(id, COST, true);
    assert_eq!(callee.may_begin(id), MayBegin::Later, "there was one item of credit");
    assert_eq!(callee.handle_credit(&credit(1, COST as u32, 1)), Ok(Some(&mut "kept")));
    assert_eq!(callee.may_begin(id), MayBegin::Now);
}

#[test]
fn who_announces_no_credit_is_known_to_take_no_items() {
    let none = Streams::<()>::new(NARROW, InitialCredits::NONE, MESSAGE);
    assert!(!none.peer_takes() && streams(NARROW).peer_takes());
}

/// Both ends of streams in one direction; what one sends, the other has at once.
struct Line {
    giver: Streams<&'static str>,
    taker: Streams<&'static str>,
    gives: Vec<StreamId>,
    takes: Vec<StreamId>,
}

impl Line {
    fn of(streams: u32, credits: InitialCredits) -> Self {
        let (mut giver, mut taker) = (self::streams(credits), self::streams(credits));
        let calls = || (0..streams).map(|number| 2 * number + 1);
        let gives = calls().map(|call| giver.giving(call)).collect();
        let takes = calls().map(|call| taker.taking(call)).collect();
        Self { giver, taker, gives, takes }
    }

    /// Sends items of a stream for as long as there is credit. How many they are, and what they cost.
    fn send_all(&mut self, stream: usize) -> (usize, usize) {
        let (mut items, mut cost) = (0, 0);
        while self.giver.may_begin(self.gives[stream]) == MayBegin::Now {
            self.giver.sent(self.gives[stream], COST, true);
            cost += self.taker.comes(item(2 * stream as u32 + 1));
            items += 1;
        }
        (items, cost)
    }

    /// The reader of a stream takes so much.
    fn take(&mut self, stream: usize, (items, cost): (usize, usize)) {
        self.taker.took(self.takes[stream], cost, items);
        for (call, bytes, items) in self.taker.grants() {
            self.giver.handle_credit(&credit(call, bytes, items)).expect("it is within the most");
        }
    }
}

#[test]
fn s4_s7_whose_reader_takes_everything_goes_on_however_many_streams_are_stuck() {
    for connection_bytes in [0, 1, 15, 70, 500, 5_000] {
        for (stream_bytes, stream_items) in [(1, 1), (40, 3), (100, 4)] {
            let mut line = Line::of(100, InitialCredits { stream_bytes, stream_items, connection_bytes });
            for stuck in 1..100 {
                let (items, _) = line.send_all(stuck);
                assert!((1..=stream_items as usize).contains(&items), "each may send at least one");
                assert_eq!(line.send_all(stuck), (0, 0));
            }
            for round in 0..10 {
                let sent = line.send_all(0);
                assert!(sent.0 > 0, "it waits for ever in round {round}, though all was taken");
                line.take(0, sent);
            }
            let (whole, cost) = (connection_bytes as usize, COST * 100);
            assert!(line.taker.untaken() <= whole + cost, "more is out than all share and an item of each");
        }
    }
}

#[test]
fn s7_when_the_stuck_readers_take_all_at_last_everybody_goes_on() {
    let mut line = Line::of(10, InitialCredits { stream_bytes: 100, stream_items: 4, connection_bytes: 70 });
    for _ in 0..5 {
        let sent: Vec<_> = (0..10).map(|stream| line.send_all(stream)).collect();
        assert!(sent.iter().all(|(items, _)| *items > 0));
        // The last to have sent is the first to be read.
        for (stream, sent) in sent.into_iter().enumerate().rev() {
            line.take(stream, sent);
        }
        line.taker.is_whole("all was taken");
        for stream in 0..10 {
            assert_eq!(line.giver.may_begin(line.gives[stream]), MayBegin::Now);
        }
    }
}
