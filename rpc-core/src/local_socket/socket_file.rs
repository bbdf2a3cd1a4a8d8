//! Taking a path for a socket, with no moment at which the path is wrong, and from nobody who has it. Why it is done in
//! this way is in `docs/decisions/0013-unix-paths-are-claimed.md`. Knows files, and not who may connect.
//!
//! ```text
//!   claim ─▶ bind in the claim ─▶ chmod ─▶ link to the path ─▶ it is taken
//!                                           │           ▲
//!                             something is  ▼ there     │ a dead server's socket: remove it
//!                                         look ─────────┤
//!                                                       └ anything else: leave it as it is, and fail
//! ```

use std::{
    io,
    os::fd::{AsRawFd as _, OwnedFd},
    time::Duration,
};

use rustix::{
    fs::{AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, RawMode, Stat},
    fs::{chmodat, fchmod, flock, fstat, linkat, mkdirat, openat, statat, unlinkat},
    io::Errno,
    process::geteuid,
};
use tokio::{
    net::{UnixListener, UnixStream},
    time::{Instant, sleep},
};

use super::place::LONGEST;

/// The socket's name inside of the claim.
const PRIVATE: &str = "s";
/// How long others may be taking the same path. Each needs less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause between two looks at whether they have done so.
const PAUSE: Duration = Duration::from_millis(2);
/// How often something may appear at the path while it is being taken, from programs that know no claims.
const ATTEMPTS: u32 = 5;

/// How the folders are opened.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The file of a socket that listens. Dropping it removes the file, if the path still leads to that one.
#[derive(Debug)]
pub(super) struct SocketFile {
    folder: OwnedFd,
    name: String,
    file: Stat,
}

impl SocketFile {
    /// Listens at an absolute path.
    pub(super) async fn take(path: &str, mode: u32) -> io::Result<(UnixListener, Self)> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let opened = openat(CWD, if parent.is_empty() { "/" } else { parent }, FOLDER, Mode::empty());
        let folder = opened.map_err(|error| failed("its folder cannot be opened", error))?;
        let claim = Claim::lock(&folder, path, name).await?;
        let listener = claim.bind(mode)?;
        let file = claim.publish().await?;
        drop(claim);
        Ok((listener, Self { folder, name: name.to_owned(), file }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if look(&self.folder, &self.name).is_ok_and(|there| there.is_some_and(|there| same(&there, &self.file))) {
            let _ = unlinkat(&self.folder, &*self.name, AtFlags::empty());
        }
    }
}

/// The right to take a path: a folder beside it that only this user can enter, under an exclusive lock. Whoever has it
/// works inside of it, and removes it at the end; what a killed process has left is used again, and its lock is gone.
struct Claim<'a> {
    folder: &'a OwnedFd,
    path: &'a str,
    name: &'a str,
    claim: String,
    inside: OwnedFd,
}

impl<'a> Claim<'a> {
    async fn lock(folder: &'a OwnedFd, path: &'a str, name: &'a str) -> io::Result<Self> {
        let claim = format!(".{name}.claim");
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(inside) = try_lock(folder, &claim)? {
                return Ok(Self { folder, path, name, claim, inside });
            }
            if Instant::now() >= until {
                return Err(in_use("another server has been starting there for a second"));
            }
            sleep(PAUSE).await;
        }
    }

    /// Listens at a place that nobody else can reach.
    fn bind(&self, mode: u32) -> io::Result<UnixListener> {
        // A claim that was used before may have it.
        let _ = unlinkat(&self.inside, PRIVATE, AtFlags::empty());
        let parent = self.path.strip_suffix(self.name).unwrap_or_default();
        let near = format!("{parent}{}/{PRIVATE}", self.claim);
        // Tools such as `ss` show the name that was bound, so that it says as much as fits.
        let listener = if near.len() <= LONGEST {
            UnixListener::bind(near)
        } else {
            UnixListener::bind(format!("/proc/self/fd/{}/{PRIVATE}", self.inside.as_raw_fd()))
        };
        let listener = listener.map_err(|error| failed("the socket cannot be made", error))?;
        chmodat(&self.inside, PRIVATE, Mode::from_raw_mode(mode as RawMode), AtFlags::empty())
            .map_err(|error| failed("its mode cannot be set", error))?;
        Ok(listener)
    }

    /// Makes the path lead to the socket. A link never takes the place of anything.
    async fn publish(&self) -> io::Result<Stat> {
        let file = statat(&self.inside, PRIVATE, AtFlags::SYMLINK_NOFOLLOW)?;
        for _ in 0..ATTEMPTS {
            match linkat(&self.inside, PRIVATE, self.folder, self.name, AtFlags::empty()) {
                Ok(()) => return Ok(file),
                Err(Errno::EXIST) => self.clear().await?,
                Err(error) => return Err(failed("the socket cannot be put there", error)),
            }
        }
        Err(in_use("others take it again and again"))
    }

    /// Removes what a dead server of this user has left, and nothing else.
    async fn clear(&self) -> io::Result<()> {
        let Some(there) = look(self.folder, self.name)? else { return Ok(()) };
        if FileType::from_raw_mode(there.st_mode) != FileType::Socket {
            let what = match FileType::from_raw_mode(there.st_mode) {
                FileType::RegularFile => "a file",
                FileType::Directory => "a folder",
                FileType::Symlink => "a symbolic link",
                _ => "something",
            };
            let why = format!("{what} that is no socket is there, and stays as it is");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
        if there.st_uid != geteuid().as_raw() {
            let why = format!("a socket of uid {} is there, and only that user may replace it", there.st_uid);
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        match UnixStream::connect(self.path).await.map_err(|error| (error.kind(), error)) {
            Err((io::ErrorKind::ConnectionRefused, _)) => {}
            // It went just now, and takes its socket with it.
            Err((io::ErrorKind::NotFound | io::ErrorKind::ConnectionReset, _)) => return Ok(()),
            // Without room for another connection it runs as well.
            Ok(_) | Err((io::ErrorKind::WouldBlock, _)) => return Err(in_use("a server is already running there")),
            Err((_, error)) => {
                return Err(in_use(&format!("nobody can tell whether a server is running there: {error}")));
            }
        }
        if look(self.folder, self.name)?.is_some_and(|now| same(&now, &there)) {
            let removed = unlinkat(self.folder, self.name, AtFlags::empty());
            removed.map_err(|error| failed("a dead server's socket cannot be removed", error))?;
        }
        Ok(())
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        // The lock goes last, with its descriptor.
        let _ = unlinkat(&self.inside, PRIVATE, AtFlags::empty());
        let _ = unlinkat(self.folder, &*self.claim, AtFlags::REMOVEDIR);
    }
}

/// Makes a claim, or takes the one that is there; `None` while somebody else has it.
fn try_lock(folder: &OwnedFd, claim: &str) -> io::Result<Option<OwnedFd>> {
    match mkdirat(folder, claim, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(failed(&format!("the folder `{claim}` cannot be made beside it"), error)),
    }
    let inside = match openat(folder, claim, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
        Ok(inside) => inside,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(failed(&format!("`{claim}` beside it is in the way"), error)),
    };
    let locked = fstat(&inside)?;
    let private = !Mode::from_raw_mode(locked.st_mode).intersects(Mode::RWXG | Mode::RWXO);
    if !private || locked.st_uid != geteuid().as_raw() {
        let why = format!("`{claim}` beside it is in the way: it is no private folder of uid {}", geteuid().as_raw());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    // A umask may have taken something from the owner too.
    fchmod(&inside, Mode::RWXU)?;
    match flock(&inside, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(failed(&format!("`{claim}` beside it cannot be locked"), error)),
    }
    // Whoever had the lock may have removed the folder before it was given.
    Ok(look(folder, claim)?.filter(|now| same(now, &locked)).map(|_| inside))
}

/// What a name leads to, if anything; of a link, the link.
fn look(folder: &OwnedFd, name: &str) -> io::Result<Option<Stat>> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => Ok(Some(there)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

fn failed(what: &str, error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

fn in_use(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, why)
}
