//! Keeps a channel connected: which connection its calls use, who is dialled next, and when. Calls that need a
//! connection share one attempt, which runs in a task of its own, so that none of them has to live as long as it.
//!
//! ```text
//!            a call needs one            an address answers
//!     idle ───────────────────▶ dialling ─────────────────▶ connected
//!      ▲ ▲                        │   ▲                        │ lost, or the server drains
//!      │ └──── none answers, ─────┘   └── a call needs one ────┘
//!      │       nobody is patient  │   ▲
//!      │                          ▼   │ the pause is over
//!      └── the patient give up ─ pausing      calls that are not patient fail at once meanwhile
//! ```
//! Nothing here knows calls, but that they wait.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{
    backoff::pause,
    dial::{self, ConnectError, Place},
    session::Session,
};
use crate::{
    codec::CodecId,
    events::{Cause, say},
    limits::Limits,
    status::{Code, Delivery, Status},
};

/// A connection that lasted this long was a good one, whether or not it was used.
const PROVEN: Duration = Duration::from_secs(1);

/// Keeps a channel connected.
pub(super) struct Connector {
    /// What the channel was made for, for people.
    pub(super) target: Arc<str>,
    /// The addresses, at least one.
    places: Vec<Place>,
    codecs: Vec<CodecId>,
    pub(super) limits: Arc<Limits>,
    state: Mutex<State>,
    /// Sent to whenever those who wait should look again.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    connected: Option<Connected>,
    /// The address that is dialled next.
    next: usize,
    /// Addresses that failed one after the other since a connection has proven good.
    failed: usize,
    /// None of the addresses could be reached: nobody is dialled before this time.
    pause: Option<Instant>,
    /// What the last one of them gave, until a connection is made.
    last_error: Option<ConnectError>,
    /// The task that dials, or sleeps through a pause for those who are patient.
    dialling: Option<AbortHandle>,
    /// Calls that wait, and those of them that wait through pauses.
    waiting: usize,
    patient: usize,
    /// No channel is left.
    closed: bool,
}

struct Connected {
    session: Arc<Session>,
    place: usize,
    since: Instant,
}

/// Why a call has no connection.
pub(super) enum Unconnected {
    /// Nobody answers; and for how long nobody is asked again.
    Failed(ConnectError, Duration),
    /// So many calls wait for a connection, as many as may.
    TooManyWait(usize),
}

impl Unconnected {
    pub(super) fn into_status(self) -> Status {
        let (code, message, source) = match self {
            Self::TooManyWait(limit) => {
                let message = format!("{limit} calls wait for a connection, the limit `waiting_calls`");
                (Code::ResourceExhausted, message, None)
            }
            Self::Failed(error, left) if left.is_zero() => (Code::Unavailable, error.to_string(), Some(error)),
            Self::Failed(error, left) => {
                let message = format!("{error}; the next attempt is due in {} ms", left.as_millis().max(1));
                (Code::Unavailable, message, Some(error))
            }
        };
        let status = Status::new(code, message).delivered(Delivery::NotSent);
        source.into_iter().fold(status, |status, error| status.sourced(error.source()))
    }
}

impl Connector {
    pub(super) fn new(target: &str, places: Vec<Place>, codecs: Vec<CodecId>, limits: Arc<Limits>) -> Self {
        let (state, changed) = (Mutex::default(), watch::Sender::default());
        Self { target: target.into(), places, codecs, limits, state, changed }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if there is one; it may have ended.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.state().connected.as_ref().map(|connected| connected.session.clone())
    }

    /// A connection that takes calls: the one there is, or the one that comes of the attempt under way, or of a new one.
    /// Who is patient waits through pauses, and for as many attempts as it takes.
    pub(super) async fn connect(self: &Arc<Self>, patient: bool) -> Result<Arc<Session>, Unconnected> {
        let mut changed = self.changed.subscribe();
        let mut waiting = None;
        loop {
            changed.mark_unchanged();
            if let Some(found) = self.look(patient, &mut waiting) {
                return found;
            }
            // The sender is in `self`: it cannot be gone.
            let _ = changed.changed().await;
        }
    }

    /// What there is for a call, unless it has to wait.
    fn look(
        self: &Arc<Self>,
        patient: bool,
        waiting: &mut Option<Waiting>,
    ) -> Option<Result<Arc<Session>, Unconnected>> {
        let now = Instant::now();
        let mut state = self.state();
        state.settle(self, now);
        if let Some(connected) = &state.connected {
            return Some(Ok(connected.session.clone()));
        }
        if let (Some(until), Some(error)) = (state.pause, &state.last_error) {
            let left = until.saturating_duration_since(now);
            // Who has waited has waited for one attempt, which failed.
            let over = left.is_zero() && waiting.is_none();
            if error.is_address() || !patient && !over {
                return Some(Err(Unconnected::Failed(error.clone(), left)));
            }
        }
        if waiting.is_none() {
            // One always may: somebody has to ask for the connection.
            if state.waiting >= self.limits.waiting_calls.max(1) {
                return Some(Err(Unconnected::TooManyWait(state.waiting)));
            }
            state.waiting += 1;
            state.patient += usize::from(patient);
            *waiting = Some(Waiting { connector: self.clone(), patient });
        }
        if state.dialling.is_none() {
            state.dialling = Some(tokio::spawn(Attempt(self.clone()).run()).abort_handle());
        }
        None
    }

    /// Why nobody was reached the last time, during a pause or an attempt that follows it.
    pub(super) fn last_error(&self) -> Option<ConnectError> {
        self.state().last_error.clone()
    }

    /// A connection has ended: what it holds is let go before the next call asks.
    pub(super) fn ended(self: &Arc<Self>, session: &Arc<Session>) {
        let mut state = self.state();
        if state.connected.as_ref().is_some_and(|connected| Arc::ptr_eq(&connected.session, session)) {
            state.settle(self, Instant::now());
        }
    }

    /// No channel is left.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let (connected, dialling) = (state.connected.take(), state.dialling.take());
        drop(state);
        dialling.iter().for_each(AbortHandle::abort);
        connected.iter().for_each(|connected| connected.session.close());
    }

    /// Dials one address within its time.
    async fn dial(self: &Arc<Self>, place: &Place) -> Result<Arc<Session>, ConnectError> {
        let limit = self.limits.dial_timeout;
        let dialled = timeout(limit, place.dialler.dial()).await;
        let carrier = dialled.unwrap_or_else(|_| {
            let why = format!("nobody answered within {limit:?}, the limit `dial_timeout`");
            Err(ConnectError::new(&place.name, io::Error::new(io::ErrorKind::TimedOut, why)))
        })?;
        dial::open(carrier, &place.name, &self.codecs, self).await
    }
}

impl State {
    /// Lets go of a connection that takes no more calls: those that run on it end first. The next attempt begins with
    /// the next address, and after a pause if this one has come to nothing again.
    fn settle(&mut self, connector: &Connector, now: Instant) {
        let Some(connected) = self.connected.take_if(|connected| !connected.session.is_open()) else { return };
        connected.session.retire();
        self.next = (connected.place + 1) % connector.places.len();
        if connected.session.has_answered() || now.duration_since(connected.since) >= PROVEN {
            self.failed = 0;
            return;
        }
        self.failed += 1;
        // Once in a row may be chance: the server was about to go.
        if self.failed > connector.places.len() {
            let why = connected.session.why_lost();
            let why = io::Error::other(format!("the connection ended before it was of any use: {why}"));
            let error = ConnectError::new(&connector.places[connected.place].name, why);
            self.rest(connector, error, now);
        }
    }

    /// An address could not be reached.
    fn fail(&mut self, connector: &Connector, place: usize, error: ConnectError, now: Instant) {
        let places = connector.places.len();
        self.next = (place + 1) % places;
        self.failed += 1;
        if self.failed.is_multiple_of(places) {
            let error = if places == 1 { error } else { error.last_of(&connector.target, places) };
            self.rest(connector, error, now);
        }
    }

    /// Begins a pause.
    fn rest(&mut self, connector: &Connector, error: ConnectError, now: Instant) {
        let pause = pause(&connector.limits, self.failed / connector.places.len());
        let until = now.checked_add(pause).unwrap_or_else(|| now + Duration::from_secs(1 << 30));
        say(Cause::Unreached, &connector.target, || format!("{error}; the next attempt is due in {pause:?}"));
        (self.pause, self.last_error) = (Some(until), Some(error));
    }
}

/// The task that dials for all who wait.
struct Attempt(Arc<Connector>);

impl Attempt {
    async fn run(self) {
        loop {
            let until = self.0.state().pause;
            if let Some(until) = until {
                sleep_until(until).await;
            }
            if self.round().await || self.0.state().patient == 0 {
                return;
            }
            self.0.changed.send_replace(());
        }
    }

    /// Dials one address after the other, until one answers or it is time for a pause. Whether one has answered.
    async fn round(&self) -> bool {
        let connector = &self.0;
        connector.state().pause = None;
        loop {
            let place = connector.state().next;
            let dialled = connector.dial(&connector.places[place]).await;
            let mut state = connector.state();
            match dialled {
                Ok(session) if state.closed => {
                    session.close();
                    return true;
                }
                Ok(session) => {
                    state.connected = Some(Connected { session, place, since: Instant::now() });
                    state.last_error = None;
                    return true;
                }
                Err(error) => state.fail(connector, place, error, Instant::now()),
            }
            if state.pause.is_some() {
                return false;
            }
        }
    }
}

impl Drop for Attempt {
    /// Also where the runtime ends that it ran on: somebody else may go on with it.
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.dialling = None;
        drop(state);
        self.0.changed.send_replace(());
    }
}

/// A call that waits for a connection, until it is dropped.
struct Waiting {
    connector: Arc<Connector>,
    patient: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.connector.state();
        state.waiting -= 1;
        state.patient -= usize::from(self.patient);
    }
}
