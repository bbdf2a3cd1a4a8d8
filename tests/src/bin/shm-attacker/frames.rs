//! Attacks with frames: wrong ones, too many, ones that nobody takes or rings for, and ends in the middle.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    time::{Duration, Instant},
};

use rpc_core::wire::{Flags, Head, Hello, Kind};
use rpc_tests::request;
use rustix::net::Shutdown;

use crate::{
    attempt::Attempt,
    orders::Orders,
    ring::{Ring, SEALS, Sizes, region},
    setup::lingering,
    socket::{PATIENCE, Side, until},
};

/// Rings as fast as it can, a server once it is called: with the byte that the attempt says, and with descriptors if it says
/// so. Tells how the connection ends, or with `calls` what becomes of a call after it.
pub(crate) fn bells(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    let byte: u8 = attempt.number("byte", 1);
    let rings: u32 = attempt.number("rings", u32::MAX);
    if !side.dials() {
        ring.receive();
    }
    if attempt.has("lingering") {
        // Dropped at once: whoever takes it is the last to have it.
        let files: Vec<OwnedFd> = (0..8).map(|_| lingering()).collect::<io::Result<_>>()?;
        for file in files {
            ring.socket.send(&[byte], &[file.as_fd()])?;
        }
    }
    let (_, file) = region(4_096, SEALS)?;
    let files = vec![file.as_fd(); attempt.number("fds", 0)];
    let start = Instant::now();
    for _ in 0..rings {
        let told = if files.is_empty() {
            ring.socket.tell(&vec![byte; rings.min(64) as usize])
        } else {
            ring.socket.send(&[byte], &files).is_ok()
        };
        if !told {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "it may ring for ever");
    }
    if attempt.has("calls") {
        ring.send(&request(1, "ping").encode());
        return Ok(ring.outcome(1));
    }
    Ok(ring.end())
}

/// Sends one wrong frame, a server once it is called, and tells what is said to that.
pub(crate) fn wrong(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    if !side.dials() {
        ring.receive();
    }
    let ping = Head::new(Kind::Ping, 0).encode();
    let mut of_kind = ping;
    match attempt.text("frame").expect("which one") {
        "short" => ring.send(&ping[..15]),
        "empty" => ring.send(&[]),
        "unknown" => {
            of_kind[0] = 99;
            ring.send(&of_kind);
        }
        "reserved" => {
            of_kind[1] = 0x80;
            ring.send(&of_kind);
        }
        "second hello" => ring.send(&Head::new(Kind::Hello, 0).encode()),
        "response" => ring.send(&Head::new(Kind::Response, 9).encode()),
        frame => panic!("there is no frame `{frame}`"),
    }
    Ok(ring.end())
}

/// A frame to skip.
fn skipped() -> [u8; 16] {
    let mut frame = Head::new(Kind::Ping, 0).encode();
    frame[0] = 200;
    frame
}

/// Commits frames as fast as they are taken, for as long as the other side goes on; tells how it ends. `when`: instead of
/// the hello, with empty pieces of one, or with frames to skip; after both hellos; or after a frame that ends the link.
pub(crate) fn flood(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let when = attempt.text("when").expect("when");
    let begun = matches!(when, "pieces" | "instead");
    // As many cells as there can be: nobody is to catch up with it.
    let sizes = Sizes { cells: 65_536, ..Sizes::USUAL };
    let mut ring = if begun { Ring::make(side, sizes)? } else { Ring::introduced_with(side, sizes)? };
    let frame = match when {
        "pieces" => Head::new(Kind::Hello, 0).flags(Flags::MORE).encode(),
        _ => skipped(),
    };
    if when == "ended" {
        ring.commit(&Head::new(Kind::Response, 9).encode());
    }
    let longest = Duration::from_millis(attempt.number("millis", 3_000));
    let start = Instant::now();
    let mut rung = false;
    while start.elapsed() < longest && !ring.socket.has_ended() {
        for _ in ring.next..=ring.peer_has_taken() + ring.sizes.cells {
            // The number alone says that there is a frame: that of an earlier lap still stands there.
            if ring.next <= ring.sizes.cells + 1 { ring.commit(&frame) } else { ring.commit_again() }
        }
        if !rung {
            rung = true;
            ring.socket.bell();
        }
        if ring.peer_rests() {
            ring.socket.bell();
        }
    }
    let ended = ring.socket.has_ended();
    Ok(format!("{} after {} frames", if ended { "closed" } else { "goes on" }, ring.next))
}

/// Asks for a great deal and takes none of it; tells how the connection ends.
pub(crate) fn hoard(side: &Side, attempt: &Attempt, _: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    ring.tells = false;
    let calls: u32 = attempt.number("calls", 1_000);
    let len: u32 = attempt.number("len", 10_000);
    if !side.dials() {
        // Calls come, and nothing of them is ever taken.
        println!("hoards");
        let ended = until(PATIENCE, || ring.socket.has_ended());
        return Ok(if ended { "closed" } else { "goes on" }.to_owned());
    }
    for call in 0..calls {
        let frame = [&request(2 * call + 1, "big").encode()[..], &len.to_le_bytes()].concat();
        let cells = ring.sizes.cells;
        let room = until(Duration::from_millis(100), || ring.next <= ring.peer_has_taken() + cells);
        if !room || ring.socket.has_ended() {
            break;
        }
        ring.send(&frame);
    }
    println!("hoards");
    let ended = until(PATIENCE, || ring.socket.has_ended());
    Ok(if ended { "closed" } else { "goes on" }.to_owned())
}

/// Commits a call and never rings; or answers calls and never rings.
pub(crate) fn mute(side: &Side, _: &Attempt, orders: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    println!("mute");
    if side.dials() {
        // By now the other side rests.
        orders.next();
        ring.commit(&[&request(1, "note").encode()[..], &1_u64.to_le_bytes()].concat());
        orders.next();
        return Ok("mute".to_owned());
    }
    while let Some(frame) = ring.receive() {
        let (head, body) = frame.split_first_chunk::<16>().expect("a head");
        if let Ok(Some(head)) = Head::decode(head)
            && head.kind == Kind::Request
        {
            let answer = Head { codec: 1, ..Head::new(Kind::Response, head.call) };
            // By now whoever waits for it rests.
            until(PATIENCE, || ring.peer_rests());
            ring.commit(&[&answer.encode()[..], body].concat());
        }
    }
    Ok("closed".to_owned())
}

/// Has a call under way, and then ends as the attempt says: `read` or `write` shuts one direction down, `both` both, and
/// `exit` is the end of the process.
pub(crate) fn leave(side: &Side, attempt: &Attempt, orders: &Orders) -> io::Result<String> {
    let mut ring = Ring::introduced(side)?;
    if side.dials() {
        let method = attempt.text("method").unwrap_or("watch");
        ring.send(&[&request(1, method).encode()[..], &10_u64.to_le_bytes()].concat());
    } else {
        ring.receive();
    }
    println!("under way");
    orders.next();
    match attempt.text("how").expect("how") {
        "read" => ring.socket.shutdown(Shutdown::Read),
        "write" => ring.socket.shutdown(Shutdown::Write),
        "both" => ring.socket.shutdown(Shutdown::Both),
        "exit" => return Ok("exit".to_owned()),
        how => panic!("nobody leaves by `{how}`"),
    }
    orders.next();
    Ok("left".to_owned())
}

/// Links, and says a word wrong before any hello; tells how it ends.
pub(crate) fn early(side: &Side, _: &Attempt, _: &Orders) -> io::Result<String> {
    let mut ring = Ring::make(side, Sizes::USUAL)?;
    ring.own.word(crate::ring::TAKEN).store(u64::MAX, std::sync::atomic::Ordering::Release);
    if side.dials() {
        ring.send(&[&Head::new(Kind::Hello, 0).encode()[..], &Hello::default().encode()].concat());
    }
    Ok(ring.end())
}
