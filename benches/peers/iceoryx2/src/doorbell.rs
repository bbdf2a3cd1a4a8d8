//! How an end learns that there may be something for it: it looks, or sleeps until the other rings. Knows no calls.

use std::time::Duration;

use iceoryx2::{
    port::{listener::Listener, notifier::Notifier},
    prelude::*,
    waitset::WaitSetGuard,
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

/// Tells the other end that there is something for it. Who looks all the time is not told.
pub(crate) struct Bell(Option<Notifier<ipc::Service>>);

/// What hears the other end's bell.
pub(crate) struct Ear(Option<(Listener<ipc::Service>, WaitSet<ipc::Service>)>);

/// An ear that listens.
pub(crate) struct Listening<'a>(Option<(&'a Ear, WaitSetGuard<'a, 'a, ipc::Service>)>);

/// The bell of an end, which rings at one service, and its ear, which hears another.
pub(crate) fn doorbell(node: &Node, url: &str, wait: Wait, [rings, hears]: [&str; 2]) -> Outcome<(Bell, Ear)> {
    if wait == Wait::Busy {
        return Ok((Bell(None), Ear(None)));
    }
    let event = |what| node.service_builder(&name(url, what)?).event().open_or_create().map_err(words);
    let bell = event(rings)?.notifier_builder().create().map_err(words)?;
    let listener = event(hears)?.listener_builder().create().map_err(words)?;
    let set = WaitSetBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled);
    Ok((Bell(Some(bell)), Ear(Some((listener, set.create().map_err(words)?)))))
}

impl Bell {
    pub(crate) fn ring(&self) -> Outcome {
        self.0.as_ref().map_or(Ok(()), |bell| bell.notify().map(drop).map_err(words))
    }
}

impl Ear {
    pub(crate) fn listen(&self) -> Outcome<Listening<'_>> {
        let guard = self.0.as_ref().map(|(listener, set)| set.attach_notification(listener).map_err(words));
        Ok(Listening(guard.transpose()?.map(|guard| (self, guard))))
    }
}

impl Listening<'_> {
    /// Waits until there may be something, or a while has passed.
    pub(crate) fn wait(&self) -> Outcome {
        let Some((Ear(Some((listener, set))), _)) = &self.0 else {
            std::hint::spin_loop();
            return Ok(());
        };
        set.wait_and_process_once_with_timeout(|_| CallbackProgression::Continue, NAP).map_err(words)?;
        // What was heard stays until it is taken.
        listener.try_wait(|_| {}).map(drop).map_err(words)
    }
}
