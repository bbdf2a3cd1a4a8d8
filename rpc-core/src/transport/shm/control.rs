//! The control socket of a connection: one byte over it wakes a peer that rests, and its end is the peer's end. Whoever
//! waits on it, the receiver and perhaps a sender without room, is woken together.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use rustix::{
    io::Errno,
    net::{SendFlags, Shutdown, send, shutdown},
};
use tokio::{io::Interest, net::UnixStream};

use super::{
    faults::point,
    received::{self, Files},
    ring::Violation,
};

/// What is sent to wake a peer.
const BELL: u8 = 1;
/// Bells that may come one after the other with no frame and no room between them. A peer that keeps to the rules rings
/// once per rest.
const USELESS_BELLS: u32 = 1_024;

/// Who waits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Receiver,
    Sender,
}

/// What came of a look at the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The peer has rung, or another one who waits has heard it do so: look at the ring.
    Bell,
    /// The peer has closed, or has ended.
    End,
}

#[derive(Debug)]
pub(super) struct Control {
    socket: UnixStream,
    waiting: Arc<Waiting>,
    /// Wakes whoever waits: what the runtime is given, whoever asks.
    waker: Waker,
    ended: AtomicBool,
    /// This side has said that nothing more comes, bells included.
    shut: AtomicBool,
    /// What the peer did wrong first.
    violation: OnceLock<Violation>,
    /// Since there was any progress.
    useless: AtomicU32,
}

/// Those who wait, by role.
#[derive(Debug, Default)]
struct Waiting(Mutex<[Option<Waker>; 2]>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

impl Control {
    pub(super) fn new(socket: UnixStream) -> Self {
        let waiting = Arc::<Waiting>::default();
        let waker = Waker::from(waiting.clone());
        let (ended, shut) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { socket, waiting, waker, ended, shut, violation: OnceLock::new(), useless: AtomicU32::new(0) }
    }

    /// Wakes the peer.
    pub(super) fn ring(&self) {
        if self.shut.load(Ordering::Relaxed) {
            return;
        }
        point();
        let rung = send(&self.socket, &[BELL], SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
        point();
        match rung {
            // Bells that were not heard yet fill the socket: the peer will look.
            Ok(_) | Err(Errno::AGAIN) => {}
            Err(_) => drop(self.end()),
        }
    }

    /// Waits for a bell, or the end.
    pub(super) fn poll(&self, cx: &mut Context<'_>, role: Role) -> Poll<Heard> {
        if self.has_ended() {
            return Poll::Ready(Heard::End);
        }
        let mut waiting = self.waiting.lock();
        let place = &mut waiting[role as usize];
        if !place.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *place = Some(cx.waker().clone());
        }
        drop(waiting);
        // It may have ended while nobody was known to wait.
        if self.has_ended() {
            return Poll::Ready(Heard::End);
        }
        let mut everybody = Context::from_waker(&self.waker);
        loop {
            match self.socket.poll_read_ready(&mut everybody) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(self.end()),
            }
            let mut bells = [0; 64];
            match self.receive(&mut bells) {
                Ok(0) => return Poll::Ready(self.end()),
                Ok(got) => return Poll::Ready(self.heard(&bells[..got], role)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Also when a peer ends that has not heard all of our bells.
                Err(_) => return Poll::Ready(self.end()),
            }
        }
    }

    fn receive(&self, into: &mut [u8]) -> io::Result<usize> {
        let (mut got, mut files) = (None, Files::default());
        let read = self.socket.try_io(Interest::READABLE, || {
            // Descriptors are of no interest, but bytes behind them come on their own.
            let (read, _) = received::receive(&self.socket, into, &mut files)?;
            if read > 0 && read < into.len() && files.as_slice().is_empty() {
                // Nothing is left, so that the runtime need not ask again.
                got = Some(read);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(read)
        });
        got.map_or(read, Ok)
    }

    /// Bells have come; the other one who waits may be meant as well.
    fn heard(&self, bells: &[u8], role: Role) -> Heard {
        if let Some(wrong) = bells.iter().find(|byte| **byte != BELL) {
            let bell = u64::from(BELL);
            return self.fail(Violation { word: "bell", got: u64::from(*wrong), least: bell, most: bell });
        }
        let before = self.useless.fetch_add(bells.len() as u32, Ordering::Relaxed);
        let got = before.saturating_add(bells.len() as u32);
        if got > USELESS_BELLS {
            let most = u64::from(USELESS_BELLS);
            return self.fail(Violation { word: "bells for nothing", got: u64::from(got), least: 0, most });
        }
        let other = self.waiting.lock()[1 - role as usize].take();
        other.into_iter().for_each(Waker::wake);
        Heard::Bell
    }

    /// A frame or room has come: the bells were of use.
    pub(super) fn progress(&self) {
        if self.useless.load(Ordering::Relaxed) > 0 {
            self.useless.store(0, Ordering::Relaxed);
        }
    }

    /// The peer has broken the rules: the connection ends.
    pub(super) fn fail(&self, violation: Violation) -> Heard {
        let _ = self.violation.set(violation);
        self.end()
    }

    /// What the peer did wrong.
    pub(super) fn violation(&self) -> Option<Violation> {
        self.violation.get().copied()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Nothing more comes.
    fn end(&self) -> Heard {
        self.ended.store(true, Ordering::Release);
        self.waker.wake_by_ref();
        Heard::End
    }

    /// Tells the peer that nothing more comes.
    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::Relaxed);
        point();
        let _ = shutdown(&self.socket, Shutdown::Write);
        point();
    }
}
