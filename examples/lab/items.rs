//! Items of streams: numbered, so that whoever takes them can see whether they are those that were sent, in their order;
//! and given in time. Knows no calls.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use rpc_core::Stream;
use tokio::time::{Interval, interval};

/// An item of so many bytes: its number, little endian, as far as there is room for it, and then each byte an `x`.
pub fn item(number: u64, size: usize) -> Vec<u8> {
    let mut item = vec![b'x'; size];
    let number = number.to_le_bytes();
    let room = size.min(number.len());
    item[..room].copy_from_slice(&number[..room]);
    item
}

/// Whether it is most likely this item: looking at all of its bytes would take as long as copying them.
pub fn is(item: &[u8], number: u64, size: usize) -> bool {
    let number = number.to_le_bytes();
    let room = size.min(number.len());
    item.len() == size && item[..room] == number[..room] && item[room..].last().is_none_or(|last| *last == b'x')
}

/// What an iterator gives, one each interval, the first at once. What was not taken in time is given as fast as it is
/// taken then.
pub struct Paced<I> {
    items: I,
    interval: Option<Interval>,
}

impl<I> Paced<I> {
    /// Without an interval each is given as soon as it is asked for.
    pub fn new(items: I, each: Duration) -> Self {
        Self { items, interval: (!each.is_zero()).then(|| interval(each)) }
    }
}

impl<I: Iterator + Unpin> Stream for Paced<I> {
    type Item = I::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I::Item>> {
        let Self { items, interval } = self.get_mut();
        let over = items.size_hint().1 == Some(0);
        if let Some(interval) = interval.as_mut().filter(|_| !over) {
            ready!(interval.poll_tick(cx));
        }
        Poll::Ready(items.next())
    }
}
