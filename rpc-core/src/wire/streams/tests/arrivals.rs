//! Which frames of items, and of credit, may come, and what they cost.

use super::*;

#[test]
fn s1_a_credit_frame_that_gives_nothing_is_refused() {
    let mut streams = streams(NARROW);
    streams.giving(1);
    for nothing in [credit(1, 0, 0), credit(3, 0, 0), credit(0, 0, 0), credit(0, 0, 7)] {
        assert!(streams.handle_credit(&nothing).is_err(), "{nothing:?}");
    }
    for something in [credit(1, 1, 0), credit(1, 0, 1), credit(0, 1, 0)] {
        assert!(streams.handle_credit(&something).is_ok(), "{something:?}");
    }
}

#[test]
fn s1_credit_above_the_most_that_may_be_had_is_refused() {
    let most = i32::MAX as u32;
    for (to_the_most, above) in [
        (credit(1, most - 100, 0), credit(1, 1, 0)),
        (credit(1, 0, most - 4), credit(1, 0, 1)),
        (credit(0, most - 1_000, 0), credit(0, 1, 0)),
    ] {
        let mut streams = streams(NARROW);
        streams.giving(1);
        assert!(streams.handle_credit(&to_the_most).is_ok());
        assert!(streams.handle_credit(&above).is_err(), "{above:?}");
    }
    for call in [0, 1] {
        let mut streams = streams(NARROW);
        streams.giving(1);
        assert!(streams.handle_credit(&credit(call, u32::MAX, 1)).is_err());
    }
}

#[test]
fn s1_credit_for_a_stream_that_has_ended_or_gives_nothing_changes_nothing() {
    let mut streams = streams(NARROW);
    streams.taking(1);
    let given = streams.giving(3);
    streams.stop_giving(given);
    streams.giving(5);
    streams.close(5);
    for call in [1, 3, 5, 7] {
        assert_eq!(streams.handle_credit(&credit(call, 1, 1)), Ok(None), "call {call}");
    }
    assert_eq!(streams.may_begin(given), MayBegin::Closed);
}

#[test]
fn s1_an_item_beyond_the_credit_of_its_stream_in_bytes_or_items_is_refused() {
    let mut narrow = streams(NARROW);
    narrow.taking(1);
    (0..4).for_each(|_| assert_eq!(narrow.comes(item(1)), COST));
    narrow.refuses(item(1));
    let mut narrow = streams(InitialCredits { stream_items: 100, ..NARROW });
    narrow.taking(1);
    (0..5).for_each(|_| assert_eq!(narrow.comes(item(1)), COST));
    narrow.refuses(item(1));
}

#[test]
fn s1_an_item_beyond_the_credit_of_the_connection_is_refused_unless_nothing_of_its_stream_is_out() {
    let mut streams = sharing(30);
    let (_, second) = (streams.taking(1), streams.taking(3));
    streams.comes(item(1));
    streams.comes(item(1));
    assert_eq!(streams.comes(item(3)), COST, "the first of its stream, beyond what all share");
    // As the first, it may be given back and come again.
    streams.took(second, COST, 1);
    assert!(streams.grants().contains(&(3, COST as u32, 1)));
    assert_eq!(streams.comes(item(3)), COST);
    streams.refuses(item(3));
}

#[test]
fn an_item_that_was_begun_with_credit_comes_to_its_end_without() {
    let mut streams = streams(InitialCredits { stream_bytes: 1, stream_items: 1, connection_bytes: 1 });
    streams.taking(1);
    (0..10).for_each(|_| streams.swallows(part(1)));
    assert_eq!(streams.comes(item(1)), 11 * COST);
    streams.refuses(part(1));
}

#[test]
fn s2_an_empty_item_costs_its_head_so_that_a_flood_of_them_is_stopped_as_any() {
    let mut streams = streams(InitialCredits { stream_items: 1_000, ..NARROW });
    streams.taking(1);
    for _ in 0..100_usize.div_ceil(HEAD) {
        let came = streams.handle_item(&item(1), b"").expect("there is credit");
        assert!(matches!(came, Came::Item { cost: HEAD, .. }));
    }
    assert!(streams.handle_item(&item(1), b"").is_err());
}

#[test]
fn s9_every_fragment_costs_its_head_at_both_ends() {
    let body = bytes::Bytes::from_static(b"an item in fragments");
    for piece in 1..=body.len() {
        let wide = InitialCredits { stream_bytes: 10_000, ..NARROW };
        let mut streams = streams(wide);
        streams.taking(1);
        let mut fragments = crate::wire::Fragments::new(item(1), body.clone(), HEAD + piece);
        let sent = fragments.cost();
        let came = loop {
            let (head, piece) = fragments.peek().expect("a frame is left");
            let before = fragments.cost();
            fragments.advance();
            assert_eq!(before - fragments.cost(), HEAD + piece.len());
            if let Came::Item { joined, cost, .. } = streams.handle_item(&head, &piece).expect("there is credit") {
                assert_eq!(joined.as_deref().unwrap_or(&piece), &body[..]);
                break cost;
            }
        };
        assert_eq!((came, fragments.cost()), (sent, 0), "in pieces of {piece}");
    }
}

#[test]
fn s5_after_the_end_of_a_direction_no_item_and_no_second_end_comes_and_what_came_is_still_there() {
    let end = Head::new(Kind::End, 1);
    let ways: [Way; 4] = [
        |streams, _| streams.ends(),
        |streams, _| {
            streams.swallows(part(1).flags(Flags::END));
            assert_eq!(streams.comes(item(1)), 2 * COST, "the head of an item is that of its first frame");
        },
        |streams, _| _ = streams.comes(item(1).flags(Flags::END)),
        |streams, id| streams.ended(id),
    ];
    for ended in ways {
        let mut streams = streams(NARROW);
        let id = streams.taking(1);
        let cost = streams.comes(item(1));
        ended(&mut streams, id);
        streams.refuses(item(1));
        assert!(streams.handle_end(&end).is_err());
        assert_eq!(streams.get(id), Some(&mut "kept"));
        streams.took(id, cost, 1);
    }
    let mut streams = streams(NARROW);
    streams.taking(1);
    streams.swallows(part(1));
    assert!(streams.handle_end(&end).is_err(), "in the middle of an item");
}

#[test]
fn an_item_may_be_as_long_as_a_message_and_not_longer() {
    let mut streams = streams(NARROW);
    streams.taking(1);
    let longest = streams.handle_item(&item(1), &[0; MESSAGE]);
    assert!(matches!(longest, Ok(Came::Item { joined: None, .. })));
    let mut streams = self::streams(NARROW);
    streams.taking(1);
    assert_eq!(streams.handle_item(&part(1), &[0; MESSAGE]), Ok(Came::Nothing));
    let error = ProtocolError::MessageTooLong { call: 1, got: MESSAGE + 1, limit: MESSAGE };
    assert_eq!(streams.handle_item(&part(1), b"!"), Err(error));
}

#[test]
fn s6_a_hundred_streams_whose_items_come_in_fragments_at_once_are_not_mixed_up() {
    let mut streams: Streams<u32> =
        Streams::new(InitialCredits { connection_bytes: 0, ..NARROW }, InitialCredits::NONE, MESSAGE);
    let calls: Vec<u32> = (0..100).map(|number| 2 * number + 1).collect();
    let ids: Vec<_> = calls.iter().map(|call| streams.open(*call, false, TAKES, *call)).collect();
    for round in 0..3_u32 {
        for call in calls.iter().chain(calls.iter().rev()) {
            let came = streams.handle_item(&part(*call), &(call + round).to_le_bytes());
            assert_eq!(came, Ok(Came::Nothing));
        }
        for (call, id) in calls.iter().zip(&ids) {
            let Ok(Came::Item { kept, joined, cost, .. }) = streams.handle_item(&item(*call), b"") else {
                panic!("the item of {call} is whole")
            };
            assert_eq!((*kept, joined), (*call, Some((call + round).to_le_bytes().repeat(2))));
            streams.took(*id, cost, 1);
        }
        streams.give_credit(|_| true);
        assert_eq!((streams.untaken(), streams.held()), (0, 0));
    }
}

#[test]
fn the_name_of_a_stream_that_is_closed_names_nothing_not_even_the_next_in_its_place() {
    let mut streams = streams(NARROW);
    let shape = Shape { gives: true, ..TAKES };
    let old = streams.open(1, false, shape, "old");
    assert_eq!(streams.close(1), Some("old"));
    assert_eq!(streams.close(1), None);
    let new = streams.open(1, false, shape, "new");
    assert_ne!(old, new);
    assert_eq!(streams.get(old), None);
    assert_eq!(streams.may_begin(old), MayBegin::Closed);
    streams.sent(old, 1_000, true);
    streams.stop_giving(old);
    streams.stop_taking(old, 0);
    streams.ended(old);
    assert_eq!(streams.may_begin(new), MayBegin::Now, "nothing of it was sent");
    let cost = streams.comes(item(1)) + streams.comes(item(1));
    streams.took(old, cost, 2);
    streams.is_whole("all was taken");
    assert_eq!(streams.grants(), [], "the new one is owed nothing");
    assert_eq!(streams.get(new), Some(&mut "new"));
}

#[test]
fn when_the_connection_is_gone_what_was_kept_for_every_stream_is_given_once() {
    let mut streams: Streams<u32> = Streams::new(NARROW, NARROW, MESSAGE);
    let ids = [1, 3, 5].map(|call| streams.open(call, false, TAKES, call));
    streams.close(3);
    assert_eq!(streams.iter().map(|kept| *kept).collect::<Vec<_>>(), [1, 5]);
    let mut kept = streams.clear();
    kept.sort_unstable();
    assert_eq!(kept, [1, 5]);
    assert!(streams.is_empty() && streams.clear().is_empty());
    for (call, id) in [1, 3, 5].into_iter().zip(ids) {
        assert_eq!(streams.get(id), None);
        assert_eq!(streams.close(call), None);
    }
}
