//! Many trials, some at a time; after each round nothing of them may be left in this process.

use tokio::task::JoinSet;

use super::{
    leftovers::Leftovers,
    means::Means,
    tally::Tally,
    trial::{Trial, try_once},
};

/// Trials at a time, and between two looks at what is left.
const AT_A_TIME: usize = 4;
const ROUND: usize = 24;

/// The places of all points that a victim passes, in this order, with the load of a trial, whose means are of no interest.
///
/// # Panics
/// When it does not do its work.
pub async fn points(trial: &Trial) -> Vec<String> {
    let verdict = try_once(Trial { means: Means::Point("0".to_owned()), ..trial.clone() }).await;
    assert!(!verdict.amid && verdict.wrong.is_empty(), "{:?}", verdict.wrong);
    verdict.places
}

/// Tries all, until anything is wrong. `before` is what there was before any trial.
pub async fn rounds(before: Leftovers, trials: Vec<Trial>) -> Tally {
    let mut tally = Tally::default();
    for round in trials.chunks(ROUND) {
        let mut waiting = round.iter().cloned();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_A_TIME
                && let Some(trial) = waiting.next()
            {
                under_way.spawn(async move { (trial.side, trial.means.name(), try_once(trial).await) });
            }
            let Some(ended) = under_way.join_next().await else { break };
            let (side, means, verdict) = ended.expect("no trial panics");
            tally.add(side, means, verdict);
        }
        tally.left.extend(before.until_equal().await.err());
        if !tally.is_well() {
            break;
        }
    }
    tally
}
