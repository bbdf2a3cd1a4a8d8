//! Room for items that come in fragments: who finds none loses its stream, and nobody else anything.

use super::*;

/// Streams beside whose partial items so many bytes are held at most.
fn within(bytes: usize) -> (Streams<&'static str>, Arc<Budget>) {
    let room = Budget::new("request_bytes", bytes);
    (streams(NARROW).within(room.clone()), room)
}

#[test]
fn an_item_in_fragments_that_finds_no_room_costs_its_stream_and_no_other() {
    let (mut streams, room) = within(10);
    let [full, other] = [1, 3].map(|call| streams.taking(call));
    let unread = streams.comes(item(1));
    streams.swallows(part(1));
    streams.swallows(part(3));
    let came = streams.handle_item(&part(1), b"body");
    assert_eq!(came, Ok(Came::NoRoom("request_bytes", 10)));
    assert_eq!((streams.held(), room.taken()), (4, 4), "what came of it is not held any more");
    assert_eq!(streams.untaken(), unread + COST, "it was given back");
    (0..9).for_each(|_| streams.swallows(part(1)));
    streams.swallows(item(1));
    let cost = streams.comes(item(3));
    assert_eq!((cost, room.taken()), (2 * COST, 0));
    streams.took(full, unread, 1);
    streams.took(other, cost, 1);
    streams.is_whole("both readers took what they have");
    assert_eq!(streams.get(full), Some(&mut "kept"), "its call ends by what its runtime does");
}

#[test]
fn the_last_fragment_needs_room_too_and_a_whole_item_none() {
    let (mut streams, room) = within(5);
    let id = streams.taking(1);
    let cost = streams.comes(item(1));
    streams.took(id, cost, 1);
    streams.swallows(part(1));
    assert_eq!(streams.handle_item(&item(1), b"body"), Ok(Came::NoRoom("request_bytes", 5)));
    streams.is_whole("the item was dropped");
    assert_eq!(room.taken(), 0);
}

#[test]
fn room_is_given_back_with_the_item_however_it_ends() {
    let ways: [(&str, Way); 7] = [
        ("whole", |streams, id| {
            let cost = streams.comes(item(1));
            streams.took(id, cost, 1);
        }),
        ("reader dropped", |streams, id| streams.stop_taking(id, 0)),
        ("given up", |streams, _| assert_eq!(streams.give_up(1), Some(&mut "kept"))),
        ("cancelled", |streams, _| streams.cancelled(1)),
        ("closed", |streams, _| _ = streams.close(1)),
        ("no room elsewhere", |streams, _| assert_eq!(streams.drop_item(&part(1), 4), Ok(Some(&mut "kept")))),
        ("nothing more comes", |streams, _| assert_eq!(streams.drop_unfinished(), [1])),
    ];
    for (name, way) in ways {
        let (mut streams, room) = within(100);
        let id = streams.taking(1);
        streams.swallows(part(1));
        assert_eq!((room.taken(), streams.held()), (4, 4));
        way(&mut streams, id);
        assert_eq!(room.taken(), 0, "{name}");
        streams.is_whole(name);
        assert_eq!(streams.unfinished(), None, "{name}");
    }
    let (mut streams, room) = within(100);
    streams.taking(1);
    streams.swallows(part(1));
    streams.clear();
    assert_eq!(room.taken(), 0, "the connection is gone");
}

#[test]
fn that_nothing_more_comes_of_an_item_is_seen_and_ends_its_stream_alone() {
    let mut streams = streams(NARROW);
    let [_, whole, _] = [1, 3, 5].map(|call| streams.taking(call));
    assert_eq!(streams.unfinished(), None);
    streams.swallows(part(1));
    let before = streams.unfinished().expect("an item is under way");
    let cost = streams.comes(item(3));
    assert_eq!(streams.unfinished(), Some(before), "a whole item is none in fragments");
    streams.swallows(part(1));
    assert!(streams.unfinished() > Some(before));
    streams.swallows(part(5));
    let mut calls = streams.drop_unfinished();
    calls.sort_unstable();
    assert_eq!(calls, [1, 5]);
    assert_eq!((streams.unfinished(), streams.drop_unfinished()), (None, vec![]));
    streams.swallows(item(1));
    streams.swallows(item(5));
    assert_eq!(streams.comes(item(3)), cost);
    streams.took(whole, 2 * cost, 2);
    streams.is_whole("the rest was dropped");
}
