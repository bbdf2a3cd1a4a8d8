//! Whether spinning can be of use: where both processes share one processor, the peer cannot run while this one spins.
//! Asked once per connection.

use std::fs;

use rustix::{
    process::Pid,
    thread::{CpuSet, sched_getaffinity},
};

/// Whether two processors are there for this process and the one with this id, and this one's share of them is not less
/// than one.
pub(super) fn may_spin(peer: Option<i32>) -> bool {
    let Ok(own) = sched_getaffinity(None) else { return false };
    // Of a peer in another namespace nothing is known: then this process alone must have two.
    let peer = peer.and_then(Pid::from_raw).and_then(|pid| sched_getaffinity(Some(pid)).ok());
    either(&own, peer.as_ref()) >= 2 && quota().is_none_or(|processors| processors >= 1.0)
}

/// Processors that are in one of the masks at least.
fn either(own: &CpuSet, peer: Option<&CpuSet>) -> usize {
    (0..CpuSet::MAX_CPU).filter(|cpu| own.is_set(*cpu) || peer.is_some_and(|peer| peer.is_set(*cpu))).count()
}

/// How many processors' time the process may use, if that is bounded: the least that its control groups say.
fn quota() -> Option<f64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mut least = None::<f64>;
    let mut path = group.trim_end_matches('/');
    loop {
        let bound = fs::read_to_string(format!("/sys/fs/cgroup{path}/cpu.max")).ok();
        if let Some(share) = bound.as_deref().and_then(share) {
            least = Some(least.map_or(share, |least| least.min(share)));
        }
        path = match path.rsplit_once('/') {
            Some((parent, _)) => parent,
            None => return least,
        };
    }
}

/// What `cpu.max` says: time per period, or `max`.
fn share(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (period > 0.0).then_some(quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cpus: &[usize]) -> CpuSet {
        let mut set = CpuSet::new();
        cpus.iter().for_each(|cpu| set.set(*cpu));
        set
    }

    #[test]
    fn two_processes_that_are_pinned_to_different_processors_may_spin_and_two_on_one_may_not() {
        assert_eq!(either(&set(&[0]), Some(&set(&[1]))), 2);
        assert_eq!(either(&set(&[1]), Some(&set(&[1]))), 1);
        assert_eq!(either(&set(&[1]), None), 1);
        assert_eq!(either(&set(&[0, 1]), None), 2);
    }

    #[test]
    fn a_quota_is_read_as_a_share_of_processors() {
        assert_eq!(share("max 100000\n"), None);
        assert_eq!(share("50000 100000\n"), Some(0.5));
        assert_eq!(share("400000 100000"), Some(4.0));
        assert_eq!(share(""), None);
        assert_eq!(share("1 0"), None);
    }
}
