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

/// So many connections more may end in a row, each with calls that run on it, before there is a pause.
const RUNNING: usize = 16;

/// As good as never, where a pause ends later than a clock can say.
const FAR: Duration = Duration::from_secs(1 << 30);

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
    attempt: Attempting,
    /// The address that is dialled next.
    next: usize,
    /// None of the addresses could be reached: nobody is dialled before this time.
    pause: Option<Instant>,
    /// What the last one of them gave, until a connection is made.
    last_error: Option<ConnectError>,
    /// Pauses, and connections of no use, one after the other since a connection has proven good.
    pauses: usize,
    useless: usize,
    /// Calls that wait, and those of them that wait through pauses.
    waiting: usize,
    patient: usize,
    /// No channel is left.
    closed: bool,
    /// The runtime on which an attempt was to run does not take tasks any more.
    homeless: bool,
}

/// The task that dials, or sleeps through a pause for those who are patient.
#[derive(Default)]
enum Attempting {
    #[default]
    No,
    /// It is about to be spawned.
    Soon,
    Now(AbortHandle),
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
        let news = state.settle(self, now);
        let found = state.find(patient, waiting.is_some(), now);
        if found.is_some() {
            drop(state);
            self.tell(news);
            return found;
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
        let begin = matches!(state.attempt, Attempting::No);
        if begin {
            (state.attempt, state.homeless) = (Attempting::Soon, false);
        }
        drop(state);
        self.tell(news);
        if begin { self.begin() } else { None }
    }

    /// Spawns the task that dials. Not under the lock: what is not spawned, because there is no runtime any more, is
    /// dropped at once, and then no patience helps.
    fn begin(self: &Arc<Self>) -> Option<Result<Arc<Session>, Unconnected>> {
        let handle = tokio::spawn(Attempt { connector: self.clone(), begun: false }.run()).abort_handle();
        let mut state = self.state();
        if state.homeless {
            return state.last_error.clone().map(|error| Err(Unconnected::Failed(error, Duration::ZERO)));
        }
        if state.closed {
            drop(state);
            handle.abort();
        } else if matches!(state.attempt, Attempting::Soon) {
            state.attempt = Attempting::Now(handle);
        }
        None
    }

    /// Says in the log that nobody is reached. Not under the lock: a log may call.
    fn tell(&self, news: Option<String>) {
        if let Some(news) = news {
            say(Cause::Unreached, &self.target, || news);
        }
    }

    /// Why nobody was reached the last time, during a pause or an attempt that follows it.
    pub(super) fn last_error(&self) -> Option<ConnectError> {
        self.state().last_error.clone()
    }

    /// A connection has ended: what it holds is let go before the next call asks.
    pub(super) fn ended(self: &Arc<Self>, session: &Arc<Session>) {
        let mut state = self.state();
        let current = state.connected.as_ref().is_some_and(|connected| Arc::ptr_eq(&connected.session, session));
        let news = if current { state.settle(self, Instant::now()) } else { None };
        drop(state);
        self.tell(news);
    }

    /// No channel is left.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let (connected, attempt) = (state.connected.take(), std::mem::take(&mut state.attempt));
        drop(state);
        if let Attempting::Now(task) = attempt {
            task.abort();
        }
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
    /// A connection, or why there will be none for this call; `None` where it has to wait.
    fn find(&self, patient: bool, waited: bool, now: Instant) -> Option<Result<Arc<Session>, Unconnected>> {
        if let Some(connected) = &self.connected {
            return Some(Ok(connected.session.clone()));
        }
        let (until, error) = (self.pause?, self.last_error.as_ref()?);
        let left = until.saturating_duration_since(now);
        // Who has waited has waited for one attempt, which failed. Where the address is wrong, no other will do better.
        let over = left.is_zero() && !waited;
        (!over && (!patient || error.is_address())).then(|| Err(Unconnected::Failed(error.clone(), left)))
    }

    /// Lets go of a connection that takes no more calls: those that run on it end first. The next attempt begins with
    /// the next address, and after a pause where too many in a row have come to nothing. What is to be said of that.
    fn settle(&mut self, connector: &Connector, now: Instant) -> Option<String> {
        let connected = self.connected.take_if(|connected| !connected.session.is_open())?;
        connected.session.retire();
        self.next = (connected.place + 1) % connector.places.len();
        if connected.session.has_answered() || now.duration_since(connected.since) >= PROVEN {
            (self.pauses, self.useless) = (0, 0);
            return None;
        }
        self.useless += 1;
        // Once for each address may be chance: the server was about to go. More often it may be where calls run that are
        // yet to be answered.
        let may_be = connector.places.len() + if connected.session.has_calls() { RUNNING } else { 0 };
        (self.useless > may_be).then(|| {
            let why = connected.session.why_lost();
            let why = io::Error::other(format!("the connection ended before it was of any use: {why}"));
            self.rest(connector, ConnectError::new(&connector.places[connected.place].name, why), now)
        })
    }

    /// Begins a pause, and says so.
    fn rest(&mut self, connector: &Connector, error: ConnectError, now: Instant) -> String {
        self.pauses += 1;
        let pause = pause(&connector.limits, self.pauses);
        let news = format!("{error}; the next attempt is due in {pause:?}");
        let until = now.checked_add(pause).unwrap_or_else(|| now + FAR);
        (self.pause, self.last_error) = (Some(until), Some(error));
        news
    }
}

/// The task that dials for all who wait.
struct Attempt {
    connector: Arc<Connector>,
    begun: bool,
}

impl Attempt {
    async fn run(mut self) {
        self.begun = true;
        loop {
            let until = self.connector.state().pause;
            if let Some(until) = until {
                sleep_until(until).await;
            }
            if self.round().await || self.connector.state().patient == 0 {
                return;
            }
            self.connector.changed.send_replace(());
        }
    }

    /// Dials each address once, until one answers; else a pause begins. Whether one has answered.
    async fn round(&self) -> bool {
        let connector = &self.connector;
        connector.state().pause = None;
        let places = connector.places.len();
        for left in (0..places).rev() {
            let place = connector.state().next;
            let dialled = connector.dial(&connector.places[place]).await;
            let mut state = connector.state();
            let error = match dialled {
                Ok(session) if state.closed => {
                    drop(state);
                    session.close();
                    return true;
                }
                Ok(session) => {
                    state.connected = Some(Connected { session, place, since: Instant::now() });
                    state.last_error = None;
                    return true;
                }
                Err(error) => error,
            };
            state.next = (place + 1) % places;
            if left == 0 {
                let error = if places == 1 { error } else { error.last_of(&connector.target, places) };
                let news = state.rest(connector, error, Instant::now());
                drop(state);
                connector.tell(Some(news));
            }
        }
        false
    }
}

impl Drop for Attempt {
    /// Also where the runtime ends that it ran on: somebody else may go on with it.
    fn drop(&mut self) {
        let connector = &self.connector;
        let mut state = connector.state();
        state.attempt = Attempting::No;
        // Neither would go better if it were tried again at once.
        let broken = match std::thread::panicking() {
            true => Some("the attempt to connect has panicked"),
            false => (!self.begun).then_some("the runtime does not take tasks any more"),
        };
        state.homeless = !self.begun;
        let news = broken.map(|why| {
            let error = ConnectError::new(&connector.target, io::Error::other(why));
            state.rest(connector, error, Instant::now())
        });
        drop(state);
        connector.tell(news);
        connector.changed.send_replace(());
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
