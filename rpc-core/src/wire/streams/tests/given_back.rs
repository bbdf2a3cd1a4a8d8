//! What came is given back to the connection once, whatever becomes of it.

use super::*;

/// In each of these ways, alone, all that came is given back to the connection once.
fn give_back_once(ways: &[(&str, Way)]) {
    for (name, way) in ways {
        let mut streams = streams(NARROW);
        let id = streams.taking(1);
        way(&mut streams, id);
        streams.is_whole(name);
        // Nor is anything given back again by what comes afterwards.
        streams.stop_taking(id, 0);
        streams.close(1);
        streams.grants();
        streams.is_whole(name);
        assert_eq!(streams.shared.left + streams.shared.owed(), 1_000);
    }
}

#[test]
fn s3_items_that_are_taken_are_given_back_once_in_whatever_portions() {
    give_back_once(&[
        ("taken", |streams, id| {
            let cost = streams.comes(item(1));
            streams.took(id, cost, 1);
        }),
        ("taken in portions", |streams, id| {
            let cost = streams.comes(item(1));
            (0..cost).for_each(|_| streams.took(id, 1, 0));
            streams.took(id, 0, 1);
        }),
        ("in fragments", |streams, id| {
            streams.swallows(part(1));
            let cost = streams.comes(item(1));
            streams.took(id, cost, 1);
        }),
        ("taken after the end of the call", |streams, id| {
            let cost = streams.comes(item(1));
            streams.close(1);
            assert_eq!(streams.untaken(), COST, "they are the program's still");
            streams.took(id, cost, 1);
        }),
        ("dropped after the end of the call", |streams, id| {
            let cost = streams.comes(item(1));
            streams.close(1);
            streams.stop_taking(id, cost);
        }),
    ]);
}

#[test]
fn s3_items_that_a_dropped_reader_has_not_read_are_given_back_once_and_so_are_those_behind_them() {
    give_back_once(&[
        ("unread", |streams, id| {
            let cost = streams.comes(item(1)) + streams.comes(item(1));
            streams.stop_taking(id, cost);
        }),
        ("half-read", |streams, id| {
            let cost = streams.comes(item(1)) + streams.comes(item(1));
            streams.took(id, COST, 1);
            streams.stop_taking(id, cost - COST);
        }),
        ("in the middle of an item", |streams, id| {
            streams.swallows(part(1));
            streams.stop_taking(id, 0);
            assert_eq!(streams.held(), 0, "nobody will read it");
            streams.swallows(part(1));
            streams.swallows(item(1));
        }),
        ("items behind it", |streams, id| {
            streams.stop_taking(id, 0);
            (0..3).for_each(|_| streams.swallows(item(1)));
            assert_eq!(streams.handle_end(&Head::new(Kind::End, 1)), Ok(None));
        }),
        ("given up in the middle of an item", |streams, _| {
            streams.swallows(part(1));
            assert_eq!(streams.give_up(1), Some(&mut "kept"));
            streams.swallows(item(1));
        }),
        ("cancelled in the middle of an item", |streams, _| {
            streams.swallows(part(1));
            streams.cancelled(1);
            streams.swallows(item(1));
        }),
    ]);
}

#[test]
fn s3_items_that_nobody_can_take_are_given_back_once() {
    give_back_once(&[
        ("closed in the middle of an item", |streams, _| {
            streams.swallows(part(1));
            streams.swallows(part(1));
            assert_eq!(streams.close(1), Some("kept"));
        }),
        ("after the close", |streams, _| {
            streams.close(1);
            streams.swallows(item(1));
            streams.swallows(part(1));
        }),
        ("for a stream that takes none", |streams, _| {
            streams.giving(3);
            streams.swallows(item(3));
            streams.swallows(part(3));
        }),
        ("no room", |streams, _| {
            assert_eq!(streams.drop_item(&item(1), 4), Ok(Some(&mut "kept")));
            assert_eq!(streams.drop_item(&item(1), 4), Ok(None), "that is known");
            streams.swallows(item(1));
        }),
        ("no room for the rest of an item", |streams, id| {
            let cost = streams.comes(item(1));
            streams.swallows(part(1));
            assert_eq!(streams.drop_item(&part(1), 4), Ok(Some(&mut "kept")));
            streams.swallows(item(1));
            streams.took(id, cost, 1);
        }),
        ("no room for items of no stream", |streams, _| {
            assert_eq!(streams.drop_item(&item(7), 4), Ok(None));
        }),
    ]);
}
