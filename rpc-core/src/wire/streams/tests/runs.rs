//! Items of a frame each that are handled together mean what they would one by one; as many are sent together as may be.

use proptest::{collection::vec, prelude::*};

use super::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// So many items come, of a stream.
    Items(usize, u32),
    /// A reader takes so many.
    Take(usize, u32),
    Part(u32),
    Last(u32),
    StopTaking(u32),
    Grant,
}

fn op() -> impl Strategy<Value = Op> {
    let call = || prop_oneof![Just(1_u32), Just(3), Just(5)];
    prop_oneof![
        8 => (1..5_usize, call()).prop_map(|(items, call)| Op::Items(items, call)),
        4 => (1..5_usize, call()).prop_map(|(items, call)| Op::Take(items, call)),
        1 => call().prop_map(Op::Part),
        1 => call().prop_map(Op::Last),
        1 => call().prop_map(Op::StopTaking),
        3 => Just(Op::Grant),
    ]
}

/// A receiver, and what its readers have.
struct Receiver {
    streams: Streams<&'static str>,
    ids: [StreamId; 3],
    unread: [Vec<usize>; 3],
}

impl Receiver {
    fn new(credits: InitialCredits) -> Self {
        let mut streams = streams(credits);
        let ids = [1, 3, 5].map(|call| streams.taking(call));
        Self { streams, ids, unread: Default::default() }
    }

    /// A frame of an item. Whether it could come.
    fn frame(&mut self, head: Head) -> bool {
        match self.streams.handle_item(&head, b"body") {
            Ok(Came::Item { cost, .. }) => self.unread[head.call as usize / 2].push(cost),
            Ok(_) => {}
            Err(_) => return false,
        }
        true
    }

    /// As [`Op`] has it; `run` items are handled together if they can be. What is seen of it.
    fn act(&mut self, op: Op, together: bool) -> (bool, Vec<(u32, u32, u32)>) {
        let mut lawful = true;
        match op {
            Op::Items(items, call) => {
                if together && self.streams.handle_run(call, (items * COST, items), COST).is_some() {
                    self.unread[call as usize / 2].extend(vec![COST; items]);
                } else {
                    lawful = (0..items).all(|_| self.frame(item(call)));
                }
            }
            Op::Take(items, call) => {
                let (id, unread) = (self.ids[call as usize / 2], &mut self.unread[call as usize / 2]);
                let items = items.min(unread.len());
                let cost = unread.drain(..items).sum();
                self.streams.took(id, cost, items);
            }
            Op::Part(call) => lawful = self.frame(part(call)),
            Op::Last(call) => lawful = self.frame(item(call)),
            Op::StopTaking(call) => {
                let unread = self.unread[call as usize / 2].drain(..).sum();
                self.streams.stop_taking(self.ids[call as usize / 2], unread);
            }
            Op::Grant => return (true, self.streams.grants()),
        }
        (lawful, Vec::new())
    }
}

proptest! {
    #[test]
    fn items_handled_together_mean_what_they_mean_one_by_one(
        (stream_bytes, stream_items, connection_bytes) in (1..200_u32, 1..6_u32, 0..300_u32),
        ops in vec(op(), 0..60),
    ) {
        let credits = InitialCredits { stream_bytes, stream_items, connection_bytes };
        let (mut one_by_one, mut together) = (Receiver::new(credits), Receiver::new(credits));
        for op in ops {
            let seen = one_by_one.act(op, false);
            prop_assert_eq!(&together.act(op, true), &seen);
            prop_assert_eq!(&together.unread, &one_by_one.unread);
            prop_assert_eq!(together.streams.untaken(), one_by_one.streams.untaken());
            if !seen.0 {
                break;
            }
        }
    }

    #[test]
    fn as_many_items_are_allowed_together_as_one_by_one_and_none_beyond(
        (stream_bytes, stream_items, connection_bytes) in (1..200_u32, 1..6_u32, 0..300_u32),
        costs in vec((HEAD..200, any::<bool>()), 0..60),
    ) {
        let credits = InitialCredits { stream_bytes, stream_items, connection_bytes };
        let (mut one_by_one, mut together) = (streams(credits), streams(credits));
        let ids = [&mut one_by_one, &mut together].map(|streams| [1, 3].map(|call| streams.giving(call)));
        for (cost, which) in costs {
            let which = usize::from(which);
            let (mut bytes, mut items) = together.may_send(ids[1][which]).expect("it is open");
            let (mut spent, mut begun) = (0, 0);
            while bytes > 0 && items > 0 {
                prop_assert_eq!(one_by_one.may_begin(ids[0][which]), MayBegin::Now);
                one_by_one.sent(ids[0][which], cost, true);
                (bytes, items) = (bytes - cost as i64, items - 1);
                (spent, begun) = (spent + cost, begun + 1);
            }
            together.spent(ids[1][which], spent, begun);
            let (bytes, items) = together.may_send(ids[1][which]).expect("it is open");
            prop_assert_eq!(one_by_one.may_begin(ids[0][which]) == MayBegin::Now, bytes > 0 && items > 0);
            if spent > 0 {
                let back = credit(2 * which as u32 + 1, spent as u32, begun as u32);
                for streams in [&mut one_by_one, &mut together] {
                    prop_assert!(streams.handle_credit(&back).is_ok());
                }
            }
        }
    }
}

#[test]
fn items_that_cannot_all_come_are_not_handled_together_and_nothing_is_done() {
    let cases: [(&str, u32, Way); 7] = [
        ("an item beyond the credit", 1_000, |streams, _| _ = streams.comes(item(1))),
        ("the shared credit is used up with them", 80, |_, _| {}),
        ("the direction has ended", 1_000, |streams, _| streams.ends()),
        ("a part of an item is still to come", 1_000, |streams, _| streams.swallows(part(1))),
        ("nobody reads them", 1_000, |streams, id| streams.stop_taking(id, 0)),
        ("cancelled", 1_000, |streams, _| streams.cancelled(1)),
        ("closed", 1_000, |streams, _| _ = streams.close(1)),
    ];
    for (why, shared, way) in cases {
        let mut streams = sharing(shared);
        let id = streams.taking(1);
        way(&mut streams, id);
        let before = (streams.untaken(), streams.shared.left);
        assert_eq!(streams.handle_run(1, (4 * COST, 4), COST), None, "{why}");
        assert_eq!((streams.untaken(), streams.shared.left), before, "{why}");
    }
    let mut streams = sharing(81);
    streams.giving(3);
    assert_eq!(streams.handle_run(3, (COST, 1), COST), None, "it takes none");
    streams.taking(1);
    assert_eq!(streams.handle_run(1, (4 * COST, 4), COST), Some(&mut "kept"));
    assert_eq!(streams.untaken(), 4 * COST);
}
