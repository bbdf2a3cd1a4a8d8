//! Unix sockets: who may connect, whose path it is, and what else may lie there. Tests are named after the catalogue of
//! bad inputs in the design: `u02_…` is its U-2.
//!
//! What depends on a process (its umask, its user, its streams) is done by another one: this program again, told by
//! [`child`] to run one test, which does nothing when nobody has told it.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use rpc_core::{BindError, Server, Serving, transport::Unix};
use tokio::process::Command;

mod ends;
mod modes;
mod names;
mod paths;
mod starts;
mod users;

/// A user who is not root.
const STRANGER: u32 = 65534;
/// What a child is told.
const TOLD: &str = "RPC_TESTS_UNIX";

/// A folder of a test's own, which others may enter, until it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("rpc-unix-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(unique);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn url(&self, name: &str) -> String {
        format!("unix://{}", self.path(name).to_str().expect("a path of text"))
    }

    /// What is in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn bind(url: &str) -> Result<Serving, BindError> {
    bind_with(Unix::new(), url).await
}

async fn bind_with(unix: Unix, url: &str) -> Result<Serving, BindError> {
    Server::new().transport(unix).listen(url).bind().await
}

/// Why nobody can listen there.
async fn refusal(url: &str) -> io::Error {
    match bind(url).await {
        Err(BindError::Listen { source, .. }) => source,
        other => panic!("{url}: {other:?}"),
    }
}

/// A socket that a dead server has left.
fn leave_stale(path: impl AsRef<std::path::Path>) {
    drop(std::os::unix::net::UnixListener::bind(path).unwrap());
}

/// Another process, which runs one test of this program with `told`.
fn child(test: &str, told: &str) -> Command {
    // Another user may not be able to walk to the program, but it may run it.
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", test, "--nocapture"]).env(TOLD, told).kill_on_drop(true);
    command
}

/// The same as somebody else, for which it takes root.
fn as_stranger(mut command: Command) -> Command {
    command.uid(STRANGER).gid(STRANGER);
    command
}

/// What this process was told, if it is a child.
fn told() -> Option<String> {
    env::var(TOLD).ok()
}

/// Waits for a child, in which the test must have been run, and passed.
async fn passes(mut command: Command) {
    let output = rpc_tests::within("the other process", command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{}\n{said}\n{complaint}", output.status);
}

/// Whether this process may become any user. Says so where not: a test is left out then.
fn is_root(test: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Past the harness, which shows only what a test says that has failed.
        io::stderr().write_all(format!("SKIPPED, for want of root: {test}\n").as_bytes()).unwrap();
    }
    root
}
