//! Processes that die with a ring of `shm://` between them, at every point and at any time, in hundreds: a small part of
//! what `deaths run` does. Here are also those that only stand still, and those whose children live on.

mod heirs;
mod standstill;

use std::{path::PathBuf, time::Duration};

use rpc_tests::{
    Folder, Seeded,
    deaths::{Leftovers, Means, Outcome, Shape, Side, Tally, Trial, points, rounds},
};
use tokio::runtime::Builder;

/// Deaths at points of each ring, and at any time.
const AT_POINTS: usize = 100;
const AT_ANY_TIME: usize = 40;
/// A load takes this long where nobody dies, more often than not.
const LONGEST: Duration = Duration::from_millis(40);
/// From a death to the last outcome. It takes well below a millisecond, and longer only where others have the processor.
const SOON: Duration = Duration::from_secs(2);

fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_deaths").into()
}

/// Runs a test while no other of this program runs, in a runtime of its own: what it counts is the whole process's.
fn alone(body: impl AsyncFnOnce(Leftovers)) {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body(Leftovers::now()));
}

/// Says what came of it, and fails if anything of that is wrong.
fn look(what: &str, tally: &Tally) {
    println!("{what}\n{tally}");
    assert!(
        tally.is_well(),
        "{what}: {} calls twice, {} never, {:#?} {:#?}",
        tally.twice,
        tally.never,
        tally.wrong,
        tally.left
    );
    assert!(tally.slowest() < SOON, "{what}: the last outcome came {:?} after a death", tally.slowest());
}

fn dies_at_points(side: Side) {
    alone(async |before| {
        let (folder, mut seeded, mut all) = (Folder::new(), Seeded::anew(), Tally::default());
        for shape in Shape::ALL {
            let trial = Trial::new(program(), &folder, side, shape);
            let places = points(&trial).await;
            assert!(places.len() > 1_000, "there are {} points", places.len());
            let tally = rounds(before, trial.with_points(&places, AT_POINTS, &mut seeded)).await;
            look(&format!("{side}, {shape:?}"), &tally);
            let missed = places.iter().filter(|place| !tally.places.contains_key(*place)).count();
            assert!(missed < places.len() / 10, "nobody has died at the places of {missed} points");
            all = all.and(tally);
        }
        assert!(all.dead() > AT_POINTS, "{} deaths", all.dead());
    });
}

#[test]
fn wherever_a_server_dies_its_client_has_each_outcome_once_and_soon_and_nothing_is_left() {
    dies_at_points(Side::Server);
}

#[test]
fn wherever_a_client_dies_its_server_ends_each_handler_once_and_soon_and_nothing_is_left() {
    dies_at_points(Side::Client);
}

#[test]
fn whenever_and_however_a_process_dies_its_peer_has_each_outcome_once_and_soon_and_nothing_is_left() {
    alone(async |before| {
        let (folder, mut seeded) = (Folder::new(), Seeded::anew());
        for side in Side::ALL {
            let mut trials = Vec::new();
            for shape in Shape::ALL {
                let trial = Trial::new(program(), &folder, side, shape);
                trials.extend((0..AT_ANY_TIME).map(|_| trial.with(Means::any(&mut seeded, LONGEST), &mut seeded)));
            }
            let tally = rounds(before, trials).await;
            look(&side.to_string(), &tally);
            assert!(tally.dead() > AT_ANY_TIME, "{} deaths", tally.dead());
            let [answered, unknown] = [Outcome::Answered, Outcome::Unknown].map(|it| tally.outcomes.contains_key(&it));
            assert!(tally.served > 0 || answered && unknown, "no death has come between");
        }
    });
}

#[test]
fn no_call_fails_while_either_process_is_stopped_and_goes_on_again_and_again() {
    alone(async |before| {
        let (folder, mut seeded) = (Folder::new(), Seeded::anew());
        let kinds = Side::ALL.into_iter().flat_map(|side| Shape::ALL.map(|shape| (side, shape)));
        let trials =
            kinds.map(|(side, shape)| Trial::new(program(), &folder, side, shape).with(Means::Pauses, &mut seeded));
        let tally = rounds(before, trials.collect()).await;
        look("pauses", &tally);
        assert_eq!(tally.dead(), 0);
    });
}
