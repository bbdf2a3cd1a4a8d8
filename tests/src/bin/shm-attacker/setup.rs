//! Attacks on the exchange that makes a link: messages, sizes and descriptors that should not be.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    mem,
    net::{TcpListener, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{fs::OpenOptionsExt, net::UnixStream},
    },
    sync::atomic::Ordering,
    time::Duration,
};

use rustix::{
    event::{EventfdFlags, eventfd},
    fs::{FallocateFlags, MemfdFlags, OFlags, SealFlags, fallocate, fcntl_add_seals, ftruncate, memfd_create},
    net::{Shutdown, sockopt::set_socket_linger},
};

use crate::{
    attempt::Attempt,
    orders::Orders,
    pages::Pages,
    ring::{CELLS, MESSAGE, Message, SEALS, Sizes, TAKEN, region},
    socket::{Side, Socket},
};

/// Asks for a link, or answers who asks, as the attempt says, and tells what comes of it:
///
/// | setting | what it does |
/// |---|---|
/// | `byte0` to `byte47` | that byte of the message |
/// | `low`, `high`, `refusal`, `cells`, `size`, `len` | that field |
/// | `fd` | the descriptor, one of [`descriptor`] |
/// | `fds` | so many of them |
/// | `each` | the message byte by byte, each with a descriptor |
/// | `cut` | so many bytes of it, and the end |
/// | `silent` | so many bytes of it, and nothing more until an order comes |
pub(crate) fn ask(side: &Side, attempt: &Attempt, orders: &Orders) -> io::Result<String> {
    let socket = side.connect()?;
    let sizes = Sizes { cells: attempt.number("cells", 64), area: attempt.number("size", 64 << 10) };
    let message = message(&sizes, attempt);
    let file = descriptor(attempt.text("fd").unwrap_or("region"), &sizes, &socket)?;
    let files = vec![file.as_fd(); attempt.number("fds", 1)];
    if !side.dials() {
        socket.receive(MESSAGE)?;
    }
    if attempt.has("each") {
        return each(&socket, &message.0, &files);
    }
    let sent = attempt.number("cut", attempt.number("silent", MESSAGE));
    if sent > 0 {
        socket.send(&message.0[..sent], &files)?;
    }
    // Whoever has it now is the last to close it.
    drop(files);
    drop(file);
    if attempt.has("cut") {
        socket.shutdown(Shutdown::Write);
    }
    if attempt.has("silent") {
        println!("silent");
        orders.next();
    }
    if side.dials() { answer(&socket) } else { end(&socket) }
}

/// Sends a message byte by byte, with descriptors beside each.
fn each(socket: &Socket, message: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<String> {
    for byte in message {
        if socket.send(&[*byte], files).is_err() {
            break;
        }
    }
    answer(socket)
}

fn message(sizes: &Sizes, attempt: &Attempt) -> Message {
    let mut message = Message::of(sizes);
    let fields = [("low", 8, 2), ("high", 10, 2), ("refusal", 12, 4), ("len", 32, 8)];
    for (name, at, len) in fields {
        message.set(at, len, attempt.number(name, message.number(at, len)));
    }
    for at in 0..MESSAGE {
        message.0[at] = attempt.number(&format!("byte{at}"), message.0[at]);
    }
    message
}

/// What the other side says to a message: that it makes a link, why it does not, or nothing at all.
fn answer(socket: &Socket) -> io::Result<String> {
    let (bytes, file) = socket.receive(MESSAGE)?;
    let Ok(bytes) = <[u8; MESSAGE]>::try_from(bytes) else { return Ok("closed".to_owned()) };
    let refusal = Message(bytes).number(12, 4);
    Ok(match (refusal, file) {
        (0, Some(_)) => "linked".to_owned(),
        (0, None) => "linked without a region".to_owned(),
        (code, None) => format!("refused {code}"),
        (code, Some(_)) => format!("refused {code} with a region"),
    })
}

/// What a client does that has its answer: it goes on with its hello, which rings, or closes.
fn end(socket: &Socket) -> io::Result<String> {
    let (bytes, _) = socket.receive(1)?;
    Ok(if bytes.is_empty() { "closed" } else { "linked" }.to_owned())
}

/// A descriptor of some kind for a region of these sizes.
fn descriptor(kind: &str, sizes: &Sizes, socket: &Socket) -> io::Result<OwnedFd> {
    // Huge sizes are only said.
    let len = sizes.len().min(64 << 20);
    let memory = |flags: MemfdFlags, len: u64, seals: SealFlags| -> io::Result<OwnedFd> {
        let file = memfd_create("attacker", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING | flags)?;
        ftruncate(&file, len)?;
        fcntl_add_seals(&file, seals)?;
        Ok(file)
    };
    let plain = |len: u64, seals| memory(MemfdFlags::empty(), len, seals);
    let opened_as = |file: OwnedFd, flags: OFlags| -> io::Result<OwnedFd> {
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
        Ok(OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?.into())
    };
    let folder_file = |folder: &std::path::Path| -> io::Result<OwnedFd> {
        let flags = OFlags::TMPFILE.bits() as i32;
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(folder)?;
        file.set_len(len as u64)?;
        Ok(file.into())
    };
    Ok(match kind {
        "region" => region(len, SEALS)?.1,
        "pipe" => io::pipe()?.0.into(),
        "eventfd" => eventfd(0, EventfdFlags::empty())?,
        "zero" => File::open("/dev/zero")?.into(),
        "file" => folder_file(&std::env::temp_dir())?,
        "tmpfs-file" => folder_file("/dev/shm".as_ref())?,
        "folder" => File::open("/")?.into(),
        "unsealed" => plain(len as u64, SealFlags::empty())?,
        "may-shrink" => plain(len as u64, SEALS - SealFlags::SHRINK)?,
        "may-grow" => plain(len as u64, SEALS - SealFlags::GROW)?,
        "may-be-written" => plain(len as u64, SEALS - SealFlags::FUTURE_WRITE)?,
        "may-be-sealed" => plain(len as u64, SEALS - SealFlags::SEAL)?,
        "huge-pages" => memory(MemfdFlags::HUGETLB, (len as u64).next_multiple_of(2 << 20), SEALS)?,
        "too-small" => plain(len as u64 - 1, SEALS)?,
        "empty" => plain(0, SEALS)?,
        "too-large" => plain(len as u64 + 1, SEALS)?,
        "sparse" => plain(1 << 40, SEALS)?,
        "read-only" => opened_as(plain(len as u64, SEALS)?, OFlags::empty())?,
        "path" => opened_as(plain(len as u64, SEALS)?, OFlags::PATH)?,
        "socket" => UnixStream::pair()?.0.into(),
        "lingering" => lingering()?,
        // The very socket that the other side reads.
        "control" => socket.descriptor().try_clone_to_owned()?,
        _ => panic!("there is no descriptor `{kind}`"),
    })
}

/// A socket whose last owner waits when it closes it: for three seconds, or until somebody reads what was sent over it.
pub(crate) fn lingering() -> io::Result<OwnedFd> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut sender = TcpStream::connect(listener.local_addr()?)?;
    // Nobody ever reads it.
    mem::forget(listener.accept()?);
    sender.set_nonblocking(true)?;
    while sender.write(&[0; 1 << 16]).is_ok() {}
    set_socket_linger(&sender, Some(Duration::from_secs(3)))?;
    Ok(sender.into())
}

/// Takes a region's pages away, or its length, in whatever way there is; says which of them the system lets it do.
pub(crate) fn shrink(side: &Side, _: &Attempt, _: &Orders) -> io::Result<String> {
    let (pages, file) = region(Sizes::USUAL.len(), SEALS)?;
    let socket = side.connect()?;
    socket.send(&Message::of(&Sizes::USUAL).0, &[file.as_fd()])?;
    let linked = answer(&socket)?;
    let len = Sizes::USUAL.len() as u64;
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    let ways = [
        ("shorter", ftruncate(&file, 0).is_ok()),
        ("longer", ftruncate(&file, 2 * len).is_ok()),
        ("a hole", fallocate(&file, hole, 0, len).is_ok()),
        ("more seals", fcntl_add_seals(&file, SealFlags::WRITE).is_ok()),
        ("mapped again", Pages::map(&file, len as usize, true).is_ok()),
        ("written", rustix::io::pwrite(&file, &[1], 0).is_ok()),
    ];
    pages.word(TAKEN).store(0, Ordering::Relaxed);
    let done: Vec<&str> = ways.into_iter().filter(|(_, done)| *done).map(|(way, _)| way).collect();
    Ok(format!("{linked}, then {done:?}"))
}

/// Writes into the region that it is handed, in whatever way there is, and looks whether anything stands in it; says what it
/// could do.
pub(crate) fn trespass(side: &Side, _: &Attempt, _: &Orders) -> io::Result<String> {
    let (_pages, own) = region(Sizes::USUAL.len(), SEALS)?;
    let socket = side.connect()?;
    socket.send(&Message::of(&Sizes::USUAL).0, &[own.as_fd()])?;
    let (bytes, file) = socket.receive(MESSAGE)?;
    let message = Message(bytes.try_into().expect("an answer"));
    let (file, len) = (file.expect("a region"), message.number(32, 8));
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    let again = OpenOptions::new().read(true).write(true).open(path)?;
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    // Behind the words that its owner has of its own.
    let read = Pages::map(&file, len as usize, false)?.read(CELLS, len as usize - CELLS);
    let ways = [
        ("mapped for writing", Pages::map(&file, len as usize, true).is_ok()),
        ("mapped for writing when opened again", Pages::map(&again, len as usize, true).is_ok()),
        ("written", rustix::io::pwrite(&again, &[1], 0).is_ok()),
        ("shorter", ftruncate(&again, 0).is_ok()),
        ("a hole", fallocate(&again, hole, 0, len).is_ok()),
        ("something stands in it", read.iter().any(|byte| *byte != 0)),
    ];
    let done: Vec<&str> = ways.into_iter().filter(|(_, done)| *done).map(|(way, _)| way).collect();
    Ok(if done.is_empty() { "nothing".to_owned() } else { done.join(", ") })
}
