//! How an end learns that there may be something for it: it looks, or sleeps until the other rings. Knows no calls.

use std::time::Duration;

use iceoryx2::{
    port::{listener::Listener, notifier::Notifier},
    prelude::*,
};
use peers_harness::Outcome;

use crate::{Node, name, words};

/// What an end does while there is nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It looks again.
    Busy,
    /// It sleeps until an event.
    Event,
}

/// The longest sleep: who sleeps looks now and then whether it is to end.
const NAP: Duration = Duration::from_millis(50);

/// An end's way to ring at the other, and to hear it ring. Who looks all the time needs neither.
pub(crate) struct Doorbell(Option<(Notifier<ipc::Service>, Listener<ipc::Service>)>);

impl Doorbell {
    /// Of an end that rings at one service and hears another.
    pub(crate) fn new(node: &Node, url: &str, wait: Wait, [rings, hears]: [&str; 2]) -> Outcome<Self> {
        if wait == Wait::Busy {
            return Ok(Self(None));
        }
        let event = |what| node.service_builder(&name(url, what)?).event().open_or_create().map_err(words);
        let rings = event(rings)?.notifier_builder().create().map_err(words)?;
        Ok(Self(Some((rings, event(hears)?.listener_builder().create().map_err(words)?))))
    }

    /// Tells the other end that there is something for it.
    pub(crate) fn ring(&self) -> Outcome {
        self.0.as_ref().map_or(Ok(()), |(rings, _)| rings.notify().map(drop).map_err(words))
    }

    /// Waits until there may be something, or a while has passed.
    pub(crate) fn wait(&self) -> Outcome {
        match &self.0 {
            Some((_, hears)) => hears.timed_wait(|_| {}, NAP).map(drop).map_err(words),
            None => {
                std::hint::spin_loop();
                Ok(())
            }
        }
    }
}
