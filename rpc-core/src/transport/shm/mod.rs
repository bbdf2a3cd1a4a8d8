//! `shm:///path` and `shm://@name`: shared memory, on Linux. A Unix socket makes the connection; then frames go through two
//! rings in memory that both processes have mapped, and the socket only wakes who rests and tells of the end.
//!
//! # Layout
//! Each process owns one region. It alone can write it; its peer has it mapped for reading.
//! ```text
//!   0x0000  taken      how many cells of the peer's ring it has taken         ┐ each in 128 bytes of its own:
//!   0x0080  wake at    the cell of the peer's ring that it rests for, or 0    │ processors fetch lines in pairs
//!   0x0100  space at   how many of its cells must be taken before it goes on  ┘
//!   0x1000  cells      128 bytes each, 16 to 65,536 of them:
//!                        +0  number   1, 2, 3, …: the cell is committed when it says the number whose turn it is
//!                        +8  length of the frame in the low half; in the high one, its place if it is longer
//!                       +16  a frame of up to 112 bytes
//!           area       4 KiB to 1 GiB: longer frames, each in one piece, from a multiple of 64 bytes on
//! ```
//! The number stands in the line of the frame: what says that there is one brings it too. Numbers only grow, so that what
//! an earlier lap has left is never taken for new, and nothing has to be cleared.
//!
//! # One frame
//! ```text
//!   sender                                     receiver
//!   payload, length into cell n                number of cell n? ── not n: nothing is there
//!   ── filled ──                               ── seen ──
//!   number n into cell n                       length, place: read once, checked
//!   ── committed ──                            copy out; parse the copy
//!   peer's `wake at` is n? ring                every quarter of the ring: ── copied out ── `taken` ── published ──
//!                                              peer's `space at` is reached? ring
//! ```
//! Who rests says so and looks once more; who commits does so and looks whether the other rests: between the two halves of
//! each stands a full fence, so that at least one sees the other (`ring` has the fences, its model tries every order).
//!
//! # Rules
//! 1. A mapping lives as long as its value, and no pointer into it leaves `memory`.
//! 2. An access is checked to be within the mapping where it is made, whoever asks for it.
//! 3. There is no reference to shared bytes but to atomics. The own region has atomic stores, the peer's relaxed atomic
//!    loads of at most eight bytes alone, which are sound on memory that is mapped for reading only.
//! 4. Bytes are copied between shared and private memory, each read once and written once. The private side is nobody
//!    else's.
//! 5. A word of the peer is read once, into a variable, and checked before it is used. Where its rings begin and how large
//!    they are was agreed over the socket, and is never read from its region.
//! 6. A cell whose number is not the one whose turn it is, is not there. What it says instead is of no interest.
//! 7. What is parsed is the private copy.
//! 8. `wake at` and `space at` are compared and nothing else: whatever they say, the worst is a bell too much, or none for
//!    a peer that has not asked for one.
//! 9. The size of a region is sealed, and it lies in memory: no page of it can be taken away.

use std::{fmt, io, time::Duration};

use self::control::Control;
use super::{BoxFuture, Listener, Transport};
use crate::{
    address::Address,
    limits::Limits,
    link::Carrier,
    local_socket::{self, Access, Listening},
    peer::Peer,
};

mod control;
mod cpus;
#[cfg(feature = "faults")]
mod faults;
#[cfg(not(feature = "faults"))]
#[path = "no_faults.rs"]
mod faults;
mod geometry;
mod link;
mod memory;
mod options;
mod received;
mod region;
mod ring;
mod setup;
mod spin;
#[cfg(test)]
mod two_ends;

use options::Options;

/// Longest time that a client looks for a reply before it rests: more than 64 KiB there and back take.
const CLIENT_LOOKS: Duration = Duration::from_micros(40);
/// Longest time that a server looks for the next request before it rests.
const SERVER_LOOKS: Duration = Duration::from_micros(50);

/// Shared memory: `shm:///absolute/path` and `shm://@name`, on Linux. Says who may connect, as [`Unix`](super::Unix) does
/// and with the same rules for paths.
///
/// Behind a `?` stand options, for the own side of the connection alone: `shm:///run/quotes.sock?size=4MiB&cells=4096`.
///
/// | option | default | what it is |
/// |---|---|---|
/// | `size` | `1MiB` | bytes for frames of more than 112 bytes that the peer has not taken: a power of two from `4KiB` to `1GiB`; the longest frame is a quarter of it, and 33 KiB at most |
/// | `cells` | `1024` | frames that the peer has not taken: a power of two from 16 to 65,536, each of 128 bytes |
/// | `spin` | `auto` | `off`: never look for a frame in a loop, rest at once |
///
/// A connection costs each side one region of `size` and 128 bytes per cell and 4 KiB, of which the system has given only the
/// pages that were used; one socket; and no other descriptor. A peer's region is bounded by the limit
/// [`shared_memory`](crate::Limits::shared_memory).
///
/// # Safety against the peer
/// A peer can neither write nor truncate what is read here, and what it writes is copied before it is looked at: the worst it
/// can do is to end its own connection.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Shm {
    access: Access,
}

impl Shm {
    /// Rings for this process's own user, and root.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the mode of sockets at paths, as [`Unix::mode`](super::Unix::mode) does.
    pub fn mode(mut self, mode: u32) -> Self {
        self.access.mode = mode;
        self
    }

    /// Lets in these users and nobody else, as [`Unix::allow_uids`](super::Unix::allow_uids) does.
    pub fn allow_uids(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.access.uids = Some(uids.into_iter().collect());
        self
    }
}

impl Transport for Shm {
    fn scheme(&self) -> &'static str {
        "shm"
    }

    fn dial<'a>(&'a self, address: &'a Address, limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move {
            let (place, options) = options::split(address)?;
            let stream = local_socket::connect(address, place).await?;
            let peer = stream.peer_cred().ok().and_then(|known| known.pid());
            let regions = setup::ask(&stream, options.geometry, limits.shared_memory).await?;
            Ok(link::link(regions, Control::new(stream), options.looks(CLIENT_LOOKS, peer), limits))
        })
    }

    fn listen<'a>(&'a self, address: &'a Address, limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let (place, options) = options::split(address)?;
            // What peers dial has their own options.
            let listening = Listening::at(&Address::new(self.scheme(), place), place, &self.access).await?;
            Ok(Box::new(Accepting { listening, options, limits: limits.clone() }) as Box<dyn Listener>)
        })
    }
}

struct Accepting {
    listening: Listening,
    options: Options,
    limits: Limits,
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        self.listening.address()
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let (stream, peer) = self.listening.accept().await?;
            let (options, limits) = (self.options, self.limits.clone());
            let pid = peer.credentials().and_then(|credentials| credentials.pid);
            let opening = async move {
                let regions = setup::answer(&stream, options.geometry, limits.shared_memory).await?;
                Ok(link::link(regions, Control::new(stream), options.looks(SERVER_LOOKS, pid), &limits))
            };
            // A peer that is slow with it must not hold up the others.
            Ok((Carrier::Opening(Box::pin(opening)), peer))
        })
    }
}

impl fmt::Debug for Accepting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepting").field("listening", &self.listening).finish_non_exhaustive()
    }
}
