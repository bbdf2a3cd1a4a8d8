//! Items that have come and were not taken, encoded, in order: small ones side by side in one buffer, large ones as they
//! are. How many there may be is not known here.

use std::collections::VecDeque;

use super::Taken;
use crate::{body::Body, link::FrameBody};

/// An item from this size up is kept as it is, in bytes; a smaller one costs less to copy than to keep apart.
pub(super) const LARGE: usize = 4 << 10;
/// Largest buffer kept for further items while more come, in bytes.
const KEEP: usize = 256 << 10;

/// Items in order.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: VecDeque<Item>,
    small: Vec<u8>,
    /// Where the next small item begins.
    at: usize,
    large: VecDeque<Body>,
    /// What all of them cost.
    cost: usize,
    /// Items have come since the last look.
    used: bool,
}

#[derive(Debug)]
struct Item {
    /// Bytes of credit.
    cost: usize,
    /// `None` for a large one.
    small: Option<usize>,
}

/// One item, taken out; its bytes are in the queue until the next is.
#[derive(Debug)]
pub(crate) struct Next<'a> {
    pub(crate) cost: usize,
    pub(crate) bytes: Bytes<'a>,
}

/// The bytes of an item.
#[derive(Debug)]
pub(crate) enum Bytes<'a> {
    Small(&'a [u8]),
    Large(Body),
}

impl Bytes<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(body) => body,
        }
    }
}

impl Queue {
    pub(crate) fn push(&mut self, cost: usize, mut item: FrameBody<'_>) {
        if item.len() < LARGE {
            return self.push_small(cost, item.as_slice());
        }
        self.large.push_back(item.into_body(0));
        self.items.push_back(Item { cost, small: None });
        self.cost += cost;
        self.used = true;
    }

    /// An item that is copied.
    pub(crate) fn push_small(&mut self, cost: usize, bytes: &[u8]) {
        self.small.extend_from_slice(bytes);
        self.items.push_back(Item { cost, small: Some(bytes.len()) });
        self.cost += cost;
        self.used = true;
    }

    /// Adds the items of `others`, all small, behind those that are there, and leaves `others` empty.
    pub(crate) fn append(&mut self, others: &mut Self) {
        if self.is_empty() {
            self.take(others);
            self.used = true;
            return;
        }
        self.small.extend_from_slice(&others.small[others.at..]);
        self.items.append(&mut others.items);
        self.used = true;
        self.cost += std::mem::take(&mut others.cost);
        others.small.clear();
        others.at = 0;
    }

    /// Takes the first item out.
    pub(crate) fn next(&mut self) -> Option<Next<'_>> {
        let Item { cost, small } = self.items.pop_front()?;
        self.cost -= cost;
        let bytes = match small {
            Some(len) => {
                self.at += len;
                Bytes::Small(&self.small[self.at - len..self.at])
            }
            None => Bytes::Large(self.large.pop_front()?),
        };
        Some(Next { cost, bytes })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the items cost, and how many they are.
    pub(crate) fn held(&self) -> Taken {
        Taken { bytes: self.cost, items: self.items.len() }
    }

    /// Forgets all items.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.small.clear();
        self.large.clear();
        (self.at, self.cost) = (0, 0);
    }

    /// Takes the memory of `other`, a reader's that waits for more, where that is larger; both are empty. So it lies where
    /// it is looked after.
    pub(crate) fn keep(&mut self, other: &mut Self) {
        if other.small.capacity() > self.small.capacity() {
            std::mem::swap(&mut self.small, &mut other.small);
            std::mem::swap(&mut self.items, &mut other.items);
            (self.at, other.at) = (0, 0);
            self.small.clear();
            other.small.clear();
        }
    }

    /// A look: gives the memory back where nothing came since the one before.
    pub(crate) fn look(&mut self) {
        if !std::mem::take(&mut self.used) && self.is_empty() {
            *self = Self::default();
        }
    }

    /// Takes over the items of `other`, and leaves it the memory of this one, which is empty.
    pub(crate) fn take(&mut self, other: &mut Self) {
        self.at = 0;
        self.small.clear();
        if self.small.capacity() > KEEP {
            self.small = Vec::new();
        }
        std::mem::swap(self, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: usize, len: usize) -> Vec<u8> {
        (0..len).map(|at| (number * 7 + at) as u8).collect()
    }

    #[test]
    fn memory_goes_to_who_looks_after_it_and_back_to_the_system_when_nothing_has_come_for_two_looks() {
        let (mut reader, mut kept) = (Queue::default(), Queue::default());
        kept.push_small(116, &[1; 100]);
        reader.take(&mut kept);
        while reader.next().is_some() {}
        kept.keep(&mut reader);
        assert!(reader.small.capacity() == 0 && kept.small.capacity() >= 100);
        kept.push_small(116, &[1; 100]);
        kept.look();
        kept.look();
        assert_eq!(kept.held(), Taken { bytes: 116, items: 1 }, "what waits is kept");
        reader.take(&mut kept);
        while reader.next().is_some() {}
        kept.keep(&mut reader);
        kept.look();
        kept.look();
        assert_eq!((kept.small.capacity(), kept.items.capacity()), (0, 0));
    }

    #[test]
    fn items_of_all_sizes_come_out_as_they_went_in_while_two_queues_change_places() {
        let (mut ours, mut theirs) = (Queue::default(), Queue::default());
        let sizes = [0, 1, LARGE - 1, LARGE, 3, LARGE + 1, 0, 100_000, 2];
        let (mut pushed, mut popped) = (0, 0);
        for round in 0..5 {
            for _ in 0..round * 4 {
                let bytes = item(pushed, sizes[pushed % sizes.len()]);
                ours.push(bytes.len() + 16, FrameBody::from(bytes::Bytes::from(bytes)));
                pushed += 1;
            }
            theirs.take(&mut ours);
            assert!(ours.is_empty());
            assert_eq!(theirs.held().items, pushed - popped);
            while let Some(next) = theirs.next() {
                let expected = item(popped, sizes[popped % sizes.len()]);
                assert_eq!((next.bytes.as_slice(), next.cost), (&expected[..], expected.len() + 16));
                popped += 1;
            }
            assert_eq!(theirs.held(), Taken::default());
        }
        assert_eq!((pushed, popped), (40, 40));
    }
}
