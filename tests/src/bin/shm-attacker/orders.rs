//! What the attacker is told while it is at work: lines of its input, whose end is its own.

use std::{
    io::stdin,
    process,
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::socket::PATIENCE;

/// Lines, one by one.
#[derive(Debug)]
pub(crate) struct Orders(Receiver<()>);

impl Orders {
    pub(crate) fn new() -> Self {
        let (to, orders) = channel();
        thread::spawn(move || {
            for _ in stdin().lines().map_while(Result::ok) {
                let _ = to.send(());
            }
            // Who started this has gone: it must not outlive that.
            process::exit(1);
        });
        Self(orders)
    }

    /// Waits for the next one.
    pub(crate) fn next(&self) {
        self.0.recv_timeout(PATIENCE).expect("an order comes");
    }
}
