//! Attacks with the words of a region: each set to what it should not be, all of them to anything at full speed, and what
//! changes while the other side looks at it.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rpc_core::wire::Head;
use rpc_tests::{Seeded, request, request_of};

use crate::{
    attempt::Attempt,
    orders::Orders,
    pages::Pages,
    ring::{CELL, CELLS, Ring, SPACE_AT, Sizes, TAKEN, WAKE_AT},
    socket::{PATIENCE, Side, until},
};

/// Bytes of an answer that does not stand in a cell, so that its sender looks at what was taken.
const LONG: usize = 200;

/// A call that gives back `len` bytes.
fn bytes(call: u32, len: usize) -> Vec<u8> {
    let body = [&(len as u64).to_le_bytes()[..], &vec![7; len]].concat();
    [&request(call, "bytes").encode()[..], &body].concat()
}

/// Sets `word` to `value` in a link with calls under way, and tells what becomes of it.
pub(crate) fn poke(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    let value: u64 = attempt.number("value", 0);
    // From here on only the attempt says what was taken: 1, the other side's hello.
    ring.tells = false;
    ring.own.word(TAKEN).store(ring.taken, Ordering::Release);
    if !side.dials() {
        return poke_at_client(&mut ring, attempt.text("word"), value);
    }
    ring.send(&bytes(1, LONG));
    assert_eq!(ring.outcome(1), "answered");
    match attempt.text("word") {
        Some("taken") => ring.own.word(TAKEN).store(value, Ordering::Release),
        Some("wake at") => ring.own.word(WAKE_AT).store(value, Ordering::Release),
        Some("space at") => ring.own.word(SPACE_AT).store(value, Ordering::Release),
        Some("number") => ring.own.word(ring.sizes.cell_at(ring.next)).store(value, Ordering::Release),
        Some("length") => ring.commit_as(value & u64::from(u32::MAX)),
        Some("place") => ring.commit_as(LONG as u64 | value << 32),
        word => panic!("there is no word {word:?}"),
    }
    ring.socket.bell();
    for call in [3, 5] {
        ring.send(&bytes(call, LONG));
        let outcome = ring.outcome(call);
        if outcome != "answered" {
            return Ok(outcome);
        }
    }
    Ok("answered".to_owned())
}

/// The same to a client, which calls `bytes`: before its first call is answered.
fn poke_at_client(ring: &mut Ring, word: Option<&str>, value: u64) -> io::Result<String> {
    let first = ring.receive().expect("a call");
    match word {
        Some("taken") => ring.own.word(TAKEN).store(value, Ordering::Release),
        Some("length") => ring.commit_as(value & u64::from(u32::MAX)),
        Some("place") => ring.commit_as(LONG as u64 | value << 32),
        word => panic!("there is no word {word:?}"),
    }
    ring.answer_to(&first);
    let answered = ring.answer(2);
    Ok(if answered { "answered".to_owned() } else { ring.end() })
}

/// Where a word stands that is scribbled on, and what is written there.
fn scribble(ring: &Ring, words: &str, seeded: &mut Seeded) {
    let Sizes { cells, area } = ring.sizes;
    let mut below = |bound: u64| seeded.below(bound as usize) as u64;
    let cell = CELLS + below(cells) as usize * CELL;
    // A number that may be one, or any at all.
    let value = match below(4) {
        0 => below(1 << 32) << 32 | below(1 << 32),
        1 => 1 << below(64),
        2 => (ring.next - 1).wrapping_add(below(4)),
        _ => below(2 * cells),
    };
    let extent = below(300) | below(2 * area / 64) << 32;
    let (at, value) = match words {
        "wake at" => (WAKE_AT, value),
        "space at" => (SPACE_AT, value),
        "taken" => (TAKEN, value),
        "number" => (cell, value),
        "extent" => (cell + 8, extent),
        "payload" => (cell + 16 + below(14) as usize * 8, value),
        _ => match below(20) {
            // Seldom what ends the link at once.
            0 => (TAKEN, value),
            1 | 2 => (WAKE_AT, value),
            3 | 4 => (SPACE_AT, value),
            5..=10 => (cell, value),
            11..=14 => (cell + 8, extent),
            _ => (below((ring.sizes.len() / 8) as u64) as usize * 8, value),
        },
    };
    ring.own.word(at).store(value, Ordering::Relaxed);
}

/// Scribbles on words of its region as fast as it can, in one link after the other, while it calls or answers as well as
/// it can. Tells how many links there were and how many calls came through.
pub(crate) fn scribbling(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let words = attempt.text("words").expect("which words");
    let time = Duration::from_millis(attempt.number("millis", 500));
    let (start, mut links, mut answered, mut written) = (Instant::now(), 0, 0, 0_u64);
    let mut seeded = Seeded::new(attempt.number("seed", 1));
    while start.elapsed() < time {
        let Ok(mut ring) = Ring::introduced(side) else { continue };
        links += 1;
        let mut calls = 0;
        while start.elapsed() < time && !ring.socket.has_ended() {
            if side.dials() {
                let call = 2 * calls + 1;
                let body = u64::from(call).to_le_bytes();
                ring.send(&[&request(call, "add").encode()[..], &body, &body].concat());
                calls += 1;
            }
            for _ in 0..500 {
                scribble(&ring, words, &mut seeded);
                written += 1;
            }
            // What it says of its words is not true any more: nobody waits for an answer.
            let came = until(Duration::from_micros(200), || ring.has_frame());
            let Some(frame) = came.then(|| ring.receive()).flatten() else { continue };
            answered += u64::from(side.dials() || ring.answer_to(&frame));
        }
    }
    Ok(format!("{links} links, {answered} answers, {written} words"))
}

/// Sends `calls` requests of which something changes while they are read: their length in the ring (`what=length`), or the
/// text that they carry (`what=text`). Tells what became of them.
pub(crate) fn toggling(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let calls: u32 = attempt.number("calls", 1);
    let what = attempt.text("what").expect("what changes");
    let (mut answered, mut refused, mut ended) = (0, 0, 0);
    let mut link = None;
    for call in 0..calls {
        let ring = match &mut link {
            Some(ring) => ring,
            None => link.insert(Ring::introduced(side)?),
        };
        let outcome =
            if what == "length" { toggle_length(ring, 2 * call + 1) } else { toggle_text(ring, 2 * call + 1) };
        match &*outcome {
            "answered" => answered += 1,
            status if status.starts_with("status 3:") => refused += 1,
            status if status.starts_with("status") => panic!("{status}"),
            _ => {
                ended += 1;
                link = None;
            }
        }
    }
    Ok(format!("{answered} answered, {refused} refused, {ended} ended"))
}

/// Rings for what was committed, and changes something over and over until the other side has looked at it.
fn while_taken(ring: &Ring, change: impl Fn(&Pages) + Sync) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                change(&ring.own);
            }
        });
        ring.socket.bell();
        let taken = until(PATIENCE, || ring.has_frame() || ring.socket.has_ended());
        stop.store(true, Ordering::Relaxed);
        assert!(taken, "the call hangs");
    });
}

/// Toggles what the cell says of its length while the request in it is taken.
fn toggle_length(ring: &mut Ring, call: u32) -> String {
    let frame = [&request(call, "note").encode()[..], &u64::from(call).to_le_bytes()].concat();
    let extent = ring.sizes.cell_at(ring.next) + 8;
    let len = frame.len() as u64;
    ring.commit(&frame);
    while_taken(ring, |own| {
        own.word(extent).store(u64::MAX, Ordering::Relaxed);
        own.word(extent).store(len, Ordering::Relaxed);
    });
    ring.outcome(call)
}

/// Toggles a text between one that is UTF-8 and one that is not, while the request is taken.
fn toggle_text(ring: &mut Ring, call: u32) -> String {
    const TEXT: usize = 8 << 10;
    let (right, wrong) = (u64::from_le_bytes([b'a'; 8]), u64::MAX);
    let head: Head = request_of("test.Specimens", call, "text");
    let frame = [&head.encode()[..], &(TEXT as u64).to_le_bytes(), &[b'a'; TEXT]].concat();
    let text = ring.room(frame.len()).0 + frame.len() - TEXT;
    ring.commit(&frame);
    while_taken(ring, |own| {
        for word in [wrong, right] {
            for at in [text, text + TEXT - 8] {
                own.word(at).store(word, Ordering::Relaxed);
            }
        }
    });
    let Some(answer) = ring.receive() else { return "closed".to_owned() };
    let (head, body) = answer.split_first_chunk::<16>().expect("a head");
    let head = Head::decode(head).expect("a right head").expect("a known kind");
    match head.word {
        0 if body[8..].iter().all(|byte| *byte == b'a') => "answered".to_owned(),
        // It has looked at the text and then read it again.
        0 => panic!("a text came through that is none"),
        code => format!("status {code}: "),
    }
}
