//! The two ends of a connection in the model: each sends and takes frames that can be told apart, rests, and waits, as the
//! link does it.

use std::{
    iter,
    rc::Rc,
    sync::atomic::Ordering::{Acquire, Release},
};

use loom::sync::{Notify, atomic::AtomicBool};

use super::memory::{Fences, Shared, Without};
use crate::transport::shm::{
    geometry::Geometry,
    ring::{Consumer, Producer, Refused},
};

/// What the control socket does for one end.
#[derive(Debug, Default)]
struct Socket {
    /// A bell stays until it is heard. One may come that nobody has rung.
    bell: Notify,
    ended: AtomicBool,
}

/// One end.
#[derive(Debug)]
pub(super) struct End {
    producer: Producer<Shared, Shared>,
    consumer: Consumer<Shared, Shared>,
    own: Rc<Socket>,
    peer: Rc<Socket>,
    /// The lengths of the frames that it sends, in turn, and of those that it gets.
    sends: &'static [usize],
    gets: &'static [usize],
    sent: usize,
    pub(super) taken: usize,
}

/// Both ends of a connection: each sends frames of such lengths.
pub(super) fn ends(without: Without, sends: [&'static [usize]; 2]) -> [End; 2] {
    let (geometry, fences) = (Geometry::tiny(), Fences::new(without));
    let [one, other] = [(); 2].map(|()| (Shared::new(geometry, &fences), Rc::new(Socket::default())));
    let end = |(own, socket): (Shared, Rc<Socket>), (peer, peers_socket): (Shared, Rc<Socket>), sends, gets| End {
        producer: Producer::new(own.clone(), peer.clone(), geometry),
        consumer: Consumer::new(own, peer, geometry),
        own: socket,
        peer: peers_socket,
        sends,
        gets,
        sent: 0,
        taken: 0,
    };
    [end(one.clone(), other.clone(), sends[0], sends[1]), end(other, one, sends[1], sends[0])]
}

impl End {
    /// Sends the next frame, and rings where it is waited for. Whether there was room.
    pub(super) fn send(&mut self) -> bool {
        let frame = frame(self.sent, self.sends[self.sent]);
        match self.producer.push(frame.len(), iter::once(&frame[..])) {
            Ok(rests) => {
                self.sent += 1;
                if rests {
                    self.ring();
                }
                true
            }
            Err(Refused::Full) => false,
            Err(Refused::Violation(violation)) => panic!("frames: {violation}"),
        }
    }

    /// Sends them all, and sleeps where there is no room.
    pub(super) fn send_all(&mut self) {
        while !self.has_sent_all() {
            if !self.send() {
                while self.must_wait() {
                    self.sleep();
                }
            }
        }
    }

    pub(super) fn must_wait(&mut self) -> bool {
        self.producer.must_wait().unwrap_or_else(|violation| panic!("frames: {violation}"))
    }

    /// Takes the next frame, if it is there: whether it was. Tells nobody.
    pub(super) fn take(&mut self) -> bool {
        let found = self.consumer.peek().unwrap_or_else(|violation| panic!("frames: {violation}"));
        let Some(next) = found else { return false };
        let mut got = Vec::new();
        self.consumer.take(next, &mut got);
        assert!(got == frame(self.taken, self.gets[self.taken]), "frames: number {} is {got:?}", self.taken);
        self.taken += 1;
        true
    }

    /// Tells what was taken, and rings where that is waited for.
    pub(super) fn tell(&mut self) {
        if self.consumer.publish_if_due() {
            self.ring();
        }
    }

    /// Whether it rests for the next frame from now on.
    pub(super) fn rest(&mut self) -> bool {
        if self.consumer.is_resting() {
            return true;
        }
        let rest = self.consumer.rest();
        if rest.rings {
            self.ring();
        }
        !rest.ready
    }

    /// Takes them all and tells of each, or of all before a rest; rests where none is there.
    pub(super) fn take_all(&mut self, tells: bool) {
        while !self.has_taken_all() {
            while self.take() {
                if tells {
                    self.tell();
                }
            }
            if self.rest() && !self.has_taken_all() {
                self.sleep();
            }
        }
    }

    pub(super) fn sleep(&self) {
        self.own.bell.wait();
    }

    fn ring(&self) {
        self.peer.bell.notify();
    }

    /// Sends nothing more, and takes nothing.
    pub(super) fn close(self) {
        self.peer.ended.store(true, Release);
        self.ring();
    }

    /// Whether the peer has closed.
    pub(super) fn has_ended(&self) -> bool {
        self.own.ended.load(Acquire)
    }

    pub(super) fn has_sent_all(&self) -> bool {
        self.sent == self.sends.len()
    }

    pub(super) fn has_taken_all(&self) -> bool {
        self.taken == self.gets.len()
    }
}

fn frame(number: usize, len: usize) -> Vec<u8> {
    vec![number as u8 + 1; len]
}
