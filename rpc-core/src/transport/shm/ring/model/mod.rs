//! A model of the ring: its code, on memory as two processors may see it, in every order in which that may happen. And the
//! same with one fence or one second look left out at a time: each time something is seen to go wrong.
//!
//! Not tried: what a processor may do that lets a load see what is stored only later; an order of payloads is asked for
//! instead, which excludes it. `LOOM_MAX_PREEMPTIONS=3` tries more orders, for minutes.

mod ends;
mod memory;
mod trial;

use loom::thread;

use super::Fence;
use ends::{End, ends};
use memory::Without;
use trial::{Wrong, holds, tried};

/// A frame in its cell, and one in the area of which there is room for four.
const SHORT: usize = 3;
const LONG: usize = 128;

/// More frames than cells, looked for again and again: nobody rests, nobody rings.
fn laps(without: Without) {
    let [mut one, mut other] = ends(without, [&[SHORT, LONG, SHORT, LONG, LONG], &[]]);
    let sender = thread::spawn(move || {
        while !one.has_sent_all() {
            if !one.send() {
                thread::yield_now();
            }
        }
    });
    while !other.has_taken_all() {
        if other.take() {
            other.tell();
        } else {
            thread::yield_now();
        }
    }
    sender.join().expect("it has sent all");
}

/// Who takes rests whenever nothing is there; there is always room.
fn rests(without: Without) {
    let [mut one, mut other] = ends(without, [&[SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || one.send_all());
    other.take_all(true);
    sender.join().expect("it has sent all");
}

/// Who sends waits for room, and is told of each frame.
fn waits(without: Without) {
    let [mut one, mut other] = ends(without, [&[SHORT, SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || one.send_all());
    other.take_all(true);
    sender.join().expect("it has sent all");
}

/// Who sends waits for room, and is told of it before each rest.
fn waits_for_a_rest(without: Without) {
    let [mut one, mut other] = ends(without, [&[SHORT, SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || one.send_all());
    other.take_all(false);
    sender.join().expect("it has sent all");
}

/// Who sends waits for room, and the last thing that is done about it is one rest.
fn is_told_in_a_rest(without: Without) {
    let [mut one, mut other] = ends(without, [&[SHORT, SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || one.send_all());
    while other.taken < 2 {
        if !other.take() {
            thread::yield_now();
        }
    }
    other.rest();
    sender.join().expect("it has sent all");
}

/// Both send and take, and one of them waits for room.
fn both(without: Without) {
    let [one, other] = ends(without, [&[SHORT, SHORT, SHORT], &[SHORT]]);
    let peer = thread::spawn(move || converse(other));
    converse(one);
    peer.join().expect("it has all");
}

fn converse(mut end: End) {
    loop {
        while end.take() {
            end.tell();
        }
        while !end.has_sent_all() && end.send() {}
        let (rests, waits) = (end.rest(), end.has_sent_all() || end.must_wait());
        if end.has_sent_all() && end.has_taken_all() {
            break;
        }
        if rests && waits {
            end.sleep();
        }
    }
}

/// Who sends closes behind the last frame.
fn closes(without: Without) {
    // Before the last look, as the link does it.
    is_read_to_the_end(without, |other| {
        let ended = other.has_ended();
        while other.take() {}
        ended
    });
}

/// The same, and who takes asks too late whether it was the last one.
fn closes_unseen(without: Without) {
    is_read_to_the_end(without, |other| {
        while other.take() {}
        other.has_ended()
    });
}

fn is_read_to_the_end(without: Without, takes: fn(&mut End) -> bool) {
    let [mut one, mut other] = ends(without, [&[SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || {
        one.send_all();
        one.close();
    });
    while !takes(&mut other) {
        if other.rest() {
            other.sleep();
        }
    }
    sender.join().expect("it has closed");
    assert!(other.taken == 2, "frames: {} came before the end", other.taken);
}

/// Who should take closes instead.
fn takes_nothing(without: Without) {
    let [mut one, other] = ends(without, [&[SHORT, SHORT, SHORT], &[]]);
    let sender = thread::spawn(move || {
        while !one.has_ended() && one.send() {}
        while one.must_wait() && !one.has_ended() {
            one.sleep();
        }
    });
    other.close();
    sender.join().expect("it has given up");
}

#[test]
fn frames_arrive_in_order_whole_and_once() {
    holds(laps);
}

#[test]
fn whoever_rests_is_rung_for_a_frame() {
    holds(rests);
}

#[test]
fn whoever_waits_for_room_is_rung_once_there_is_some() {
    holds(waits);
    holds(waits_for_a_rest);
    holds(is_told_in_a_rest);
}

#[test]
fn two_that_send_and_rest_at_the_same_time_do_not_wait_for_each_other() {
    holds(both);
}

#[test]
fn what_was_sent_before_the_end_is_taken_and_the_end_wakes_whoever_sleeps() {
    holds(closes);
    holds(takes_nothing);
}

/// The same without one fence, or one second look: the model fails like that.
#[track_caller]
fn fails(model: fn(Without), without: Without, how: Wrong) {
    assert_eq!(tried(model, without), Some(how), "{without:?}");
}

#[test]
fn without_an_order_of_payload_and_number_a_frame_is_read_while_it_is_written() {
    fails(laps, Without::Fence(Fence::Filled), Wrong::Race);
    fails(laps, Without::Fence(Fence::Seen), Wrong::Race);
}

#[test]
fn without_an_order_of_copy_and_count_a_frame_is_written_over_while_it_is_read() {
    fails(laps, Without::Fence(Fence::CopiedOut), Wrong::Race);
    fails(laps, Without::Fence(Fence::Freed), Wrong::Race);
}

#[test]
fn without_a_full_fence_on_both_sides_nobody_is_rung_for_a_frame() {
    for fence in [Fence::Committed, Fence::Resting] {
        fails(rests, Without::Fence(fence), Wrong::Deadlock);
        fails(rests, Without::Full(fence), Wrong::Deadlock);
    }
}

#[test]
fn without_a_full_fence_on_both_sides_nobody_is_rung_for_room() {
    for fence in [Fence::Published, Fence::Waiting] {
        fails(waits, Without::Fence(fence), Wrong::Deadlock);
        fails(waits, Without::Full(fence), Wrong::Deadlock);
    }
    for fence in [Fence::Resting, Fence::Waiting] {
        fails(is_told_in_a_rest, Without::Fence(fence), Wrong::Deadlock);
        fails(is_told_in_a_rest, Without::Full(fence), Wrong::Deadlock);
    }
}

#[test]
fn without_a_second_look_nobody_is_rung() {
    fails(rests, Without::SecondLook(Fence::Resting), Wrong::Deadlock);
    fails(waits, Without::SecondLook(Fence::Waiting), Wrong::Deadlock);
}

#[test]
fn whoever_looks_for_the_end_after_the_last_frame_loses_some() {
    fails(closes_unseen, Without::Nothing, Wrong::Frames);
}
