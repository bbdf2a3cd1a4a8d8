//! Who is at the other end of a carrier. What it says on the wire is not known here.

use std::{net::IpAddr, sync::Arc};

/// Who is at the other end of a carrier, as far as its transport knows.
///
/// ```
/// use rpc_core::{Credentials, Peer};
///
/// let peer = Peer::new("unix:///run/quotes.sock (pid 7)").with_credentials(Credentials::new(1000, 1000, Some(7)));
/// assert_eq!(peer.name(), "unix:///run/quotes.sock (pid 7)");
/// assert_eq!(peer.credentials().map(|credentials| credentials.uid), Some(1000));
/// assert_eq!(peer.ip(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    name: Arc<str>,
    credentials: Option<Credentials>,
    ip: Option<IpAddr>,
}

impl Peer {
    /// A peer of whom no more is known than a name for people, such as `tcp://127.0.0.1:40000`.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), credentials: None, ip: None }
    }

    /// Adds what the kernel vouches for. What a peer says of itself does not belong here.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Adds the address that it connects from, without the port.
    #[must_use]
    pub fn with_ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }
    /// The name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the kernel vouches for: of a peer on a Unix socket, as it was when it connected. `None` elsewhere.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The address that it connects from; `None` where there is no network between.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }
}

/// As whom a process of this machine runs, as the kernel says it.
///
/// They are bound when the process connects: they stay, whatever becomes of it and whoever it hands its socket to. A
/// process that has ended leaves its id to another one, so that `pid` is for messages and `uid` and `gid` for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
    /// The process, where the system says it.
    pub pid: Option<i32>,
}

impl Credentials {
    /// Those of a user, of a group, and perhaps of a process.
    #[must_use]
    pub fn new(uid: u32, gid: u32, pid: Option<i32>) -> Self {
        Self { uid, gid, pid }
    }
}
