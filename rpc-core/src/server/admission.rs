//! How many connections a server has, in all and from each peer, from when they are accepted; and how many it may have.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{limits::Limits, peer::Peer};

/// Connections that are let in.
#[derive(Debug)]
pub(super) struct Admission {
    open: Mutex<Open>,
    most: usize,
    most_per_peer: usize,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_peer: HashMap<Origin, usize>,
    refused: u64,
}

/// What counts as one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Origin {
    Ip(IpAddr),
    User(u32),
}

/// There are as many connections as may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    /// The limit's name.
    pub(super) limit: &'static str,
    /// Its value.
    pub(super) value: usize,
}

impl Admission {
    /// `descriptors` is what the process may open.
    pub(super) fn new(limits: &Limits, descriptors: Option<usize>) -> Self {
        let share = descriptors.map_or(usize::MAX, |all| all / 5 * 4);
        Self { open: Mutex::default(), most: limits.connections.min(share), most_per_peer: limits.connections_per_peer }
    }

    /// Lets a connection in, until what is given back is dropped.
    pub(super) fn admit(self: &Arc<Self>, peer: &Peer) -> Result<Admitted, TooMany> {
        let origin = origin(peer);
        let mut open = self.open();
        let of_peer = origin.and_then(|origin| open.by_peer.get(&origin)).copied().unwrap_or(0);
        let full = [("connections", open.all, self.most), ("connections_per_peer", of_peer, self.most_per_peer)];
        if let Some((limit, _, value)) = full.into_iter().find(|(_, count, most)| count >= most) {
            open.refused += 1;
            return Err(TooMany { limit, value });
        }
        open.all += 1;
        // Nobody is counted where all may come.
        let origin = origin.filter(|_| self.most_per_peer < usize::MAX);
        origin.into_iter().for_each(|origin| *open.by_peer.entry(origin).or_default() += 1);
        Ok(Admitted { admission: self.clone(), origin })
    }

    /// Connections that were not let in.
    pub(super) fn refused(&self) -> u64 {
        self.open().refused
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that was let in.
#[derive(Debug)]
pub(super) struct Admitted {
    admission: Arc<Admission>,
    origin: Option<Origin>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.all -= 1;
        let Some(origin) = self.origin else { return };
        if let Some(count) = open.by_peer.get_mut(&origin) {
            *count -= 1;
            if *count == 0 {
                open.by_peer.remove(&origin);
            }
        }
    }
}

fn origin(peer: &Peer) -> Option<Origin> {
    peer.ip().map(Origin::Ip).or_else(|| peer.credentials().map(|credentials| Origin::User(credentials.uid)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Credentials;

    #[test]
    fn connections_are_counted_in_all_and_by_address_or_user_until_they_end() {
        let limits = Limits::default().connections(3).connections_per_peer(1);
        let admission = Arc::new(Admission::new(&limits, None));
        let [one, other] = ["127.0.0.1", "::1"].map(|ip| Peer::new("tcp").with_ip(ip.parse().unwrap()));
        let user = Peer::new("unix").with_credentials(Credentials::new(7, 7, None));
        let per_peer = TooMany { limit: "connections_per_peer", value: 1 };
        let first = admission.admit(&one).unwrap();
        assert_eq!(admission.admit(&one).unwrap_err(), per_peer);
        let _second = admission.admit(&other).unwrap();
        let third = admission.admit(&user).unwrap();
        assert_eq!(admission.admit(&Peer::new("mem")).unwrap_err(), TooMany { limit: "connections", value: 3 });
        drop(third);
        let _nobody = admission.admit(&Peer::new("mem")).unwrap();
        drop(first);
        let _first = admission.admit(&one).unwrap();
        assert_eq!((admission.refused(), admission.open().by_peer.len()), (2, 2));
    }

    #[test]
    fn the_program_keeps_a_fifth_of_its_descriptors() {
        let most = |limits: Limits, descriptors| Admission::new(&limits, descriptors).most;
        assert_eq!(most(Limits::default(), Some(1_024)), 816);
        assert_eq!(most(Limits::default().connections(100), Some(1_024)), 100);
        assert_eq!(most(Limits::default().connections(1_000), Some(1_024)), 816);
        assert_eq!(most(Limits::default(), None), usize::MAX);
    }
}
