//! K-2: `accept` fails, once, in a row, for a while: no error of it ends the loop or has it spin, and who comes next is
//! served. By a clock that stands still, so that what is counted is exact.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rpc_core::{
    Address, ByteIo, Limits, Peer,
    link::Carrier,
    transport::{BoxFuture, Listener, Transport},
};
use rpc_tests::{LaboratoryClient, Seeded};
use rustix::io::Errno;
use tokio::{io::DuplexStream, sync::Notify, time::Instant};

use crate::attack::{Attack, Target, attack};

/// What the system may say for want of something, which will be so for a while.
const WANT: [Errno; 4] = [Errno::NFILE, Errno::MFILE, Errno::NOBUFS, Errno::NOMEM];
/// What it may say of one connection: of the next one it may not be so.
const ONE_PEER: [Errno; 4] = [Errno::CONNABORTED, Errno::PERM, Errno::NOTCONN, Errno::CONNRESET];
/// What is neither, and taken for the worse.
const OTHERS: [Errno; 3] = [Errno::PROTO, Errno::NETDOWN, Errno::INVAL];
/// The pause that a server makes.
const PAUSE: Duration = Duration::from_millis(50);
/// The failures of single peers in a row of which the last one costs a pause.
const PATIENCE: u32 = 64;
/// More failures than any test here gives to a server that pauses.
const SPINNING: u32 = 100_000;
/// Timers fire at whole milliseconds, rounded up.
const ROUNDING: Duration = Duration::from_millis(2);

/// A transport whose `accept` fails as a test says.
#[derive(Clone, Debug, Default)]
struct Faulty(Arc<Doorstep>);

#[derive(Debug, Default)]
struct Doorstep {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What fails before anybody is let in.
    failures: VecDeque<Errno>,
    /// What fails again and again, until when.
    lasting: Option<(Errno, Instant)>,
    /// Who stands there.
    waiting: VecDeque<DuplexStream>,
    /// Failures that were given.
    given: u32,
}

impl Faulty {
    const URL: &str = "faulty://door";

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails with these, one after the other.
    fn fail_with(&self, failures: impl IntoIterator<Item = Errno>) {
        self.state().failures.extend(failures);
        self.0.changed.notify_one();
    }

    /// Fails with this for so long.
    fn fail_for(&self, error: Errno, time: Duration) {
        self.state().lasting = Some((error, Instant::now() + time));
        self.0.changed.notify_one();
    }

    /// Failures that were given since the last look.
    fn given(&self) -> u32 {
        std::mem::take(&mut self.state().given)
    }

    /// What `accept` gives now, if anything.
    fn next(&self) -> Option<io::Result<DuplexStream>> {
        let mut state = self.state();
        let lasting = state.lasting.filter(|(_, until)| Instant::now() < *until).map(|(error, _)| error);
        if let Some(error) = lasting.or_else(|| state.failures.pop_front()) {
            state.given += 1;
            // The clock stands still for one who never waits: nothing else would end that.
            assert!(state.given < SPINNING, "the server spins");
            return Some(Err(io::Error::from_raw_os_error(error.raw_os_error())));
        }
        state.waiting.pop_front().map(Ok)
    }

    /// A client that stands at the door behind all failures, once it was let in and has made a call.
    async fn is_served(&self, target: &Target, id: u64) {
        target.expect_peers(1);
        // However long that takes.
        let limits = Limits { hello_timeout: Duration::MAX, ..Limits::default() };
        let connecting = target.setup.config().limits(limits).transport(self.clone()).connect(Self::URL);
        let client = LaboratoryClient::new(connecting.await.expect("it is let in"));
        assert_eq!(client.note(id).await.expect("it is served"), id);
    }
}

impl Transport for Faulty {
    fn scheme(&self) -> &'static str {
        "faulty"
    }

    fn dial<'a>(&'a self, _: &'a Address, _: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        let (ours, theirs) = tokio::io::duplex(1 << 10);
        self.state().waiting.push_back(theirs);
        self.0.changed.notify_one();
        Box::pin(async move { Ok(Carrier::Bytes(ByteIo::new(ours))) })
    }

    fn listen<'a>(&'a self, address: &'a Address, _: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        let door: Box<dyn Listener> = Box::new(Door { faulty: self.clone(), address: address.clone() });
        Box::pin(async move { Ok(door) })
    }
}

#[derive(Debug)]
struct Door {
    faulty: Faulty,
    address: Address,
}

impl Listener for Door {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            loop {
                if let Some(accepted) = self.faulty.next() {
                    return accepted.map(|io| (Carrier::Bytes(ByteIo::new(io)), Peer::new(self.address.as_str())));
                }
                self.faulty.0.changed.notified().await;
            }
        })
    }
}

/// An attack on a server that listens at a faulty door as well.
fn faulty() -> (Faulty, Attack) {
    let faulty = Faulty::default();
    let door = faulty.clone();
    let attack = attack().over(&["mem://{unique}"]).by_a_still_clock();
    (faulty, attack.serving(move |server| server.transport(door.clone()).listen(Faulty::URL)))
}

#[tokio::test(start_paused = true)]
async fn k02_an_accept_that_fails_once_costs_a_pause_or_nothing_and_the_next_peer_is_served() {
    let (door, attack) = faulty();
    attack
        .run(async |target| {
            let pauses = [(&WANT[..], PAUSE), (&ONE_PEER[..], Duration::ZERO), (&OTHERS[..], PAUSE)];
            let errors = pauses.iter().flat_map(|(errors, pause)| errors.iter().map(move |error| (*error, *pause)));
            for (id, (error, pause)) in (0..).zip(errors) {
                let start = Instant::now();
                door.fail_with([error]);
                door.is_served(target, id).await;
                let took = start.elapsed();
                assert!((pause..=pause + ROUNDING).contains(&took), "{error}: {took:?}");
                assert_eq!(door.given(), 1, "{error}");
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn k02_an_accept_that_fails_for_a_while_is_tried_now_and_then_and_the_next_peer_is_served() {
    const WHILE: Duration = Duration::from_secs(10);
    let pauses = (WHILE.as_millis() / PAUSE.as_millis()) as u32;
    let (door, attack) = faulty();
    attack
        .run(async |target| {
            let most = [(&WANT[..], pauses), (&ONE_PEER[..], (pauses + 1) * PATIENCE), (&OTHERS[..], pauses)];
            let errors = most.iter().flat_map(|(errors, most)| errors.iter().map(move |error| (*error, *most)));
            for (id, (error, most)) in (0..).zip(errors) {
                let start = Instant::now();
                door.fail_for(error, WHILE);
                door.is_served(target, id).await;
                let (took, given) = (start.elapsed(), door.given());
                assert!((WHILE..=WHILE + PAUSE + ROUNDING).contains(&took), "{error}: {took:?}");
                // It does not give up either: pauses do not grow.
                assert!((most * 9 / 10..=most).contains(&given), "{error}: {given} accepts, at most {most} are due");
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn k02_peers_that_fail_one_after_the_other_do_not_hold_up_who_comes_behind_them() {
    let (door, attack) = faulty();
    attack
        .run(async |target| {
            for (id, error) in (0..).zip(ONE_PEER) {
                let start = Instant::now();
                door.fail_with([error; PATIENCE as usize - 1]);
                door.is_served(target, id).await;
                assert!(start.elapsed() <= ROUNDING, "{error}: {:?}", start.elapsed());
                assert_eq!(door.given(), PATIENCE - 1);
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn k02_failures_of_all_kinds_in_any_order_end_no_server() {
    let mut seeded = Seeded::anew();
    let kinds = [&WANT[..], &ONE_PEER, &OTHERS].concat();
    let rounds: Vec<Vec<Errno>> =
        (0..200).map(|_| (0..seeded.below(20)).map(|_| kinds[seeded.below(kinds.len())]).collect()).collect();
    let (door, attack) = faulty();
    attack
        .run(async |target| {
            for (id, round) in (0..).zip(&rounds) {
                let start = Instant::now();
                door.fail_with(round.iter().copied());
                door.is_served(target, id).await;
                let pauses = round.iter().filter(|error| !ONE_PEER.contains(error)).count() as u32;
                let took = start.elapsed();
                let expected = PAUSE * pauses..=(PAUSE + ROUNDING) * pauses + ROUNDING;
                assert!(expected.contains(&took), "{took:?} for {round:?}");
                assert_eq!(door.given() as usize, round.len());
            }
        })
        .await;
}
