//! A place where one process after the other serves, with one ledger for all of them. Processes are told to end, or
//! killed; what they serve is not known here.

use std::{
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use rpc_tests::{Folder, LedgerFile, Seeded, within};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
};

/// How a place is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Tcp,
    /// A Unix socket by path.
    Unix,
    /// Shared memory, by path.
    Shm,
}

/// A place where one process after the other serves.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) url: String,
    ledger: PathBuf,
    serving: Serving,
}

/// A process that serves, and its input, which ends it when it is dropped; waiting for the process would drop it.
#[derive(Debug)]
struct Serving(Child, #[expect(dead_code, reason = "held for its end")] ChildStdin);

impl Post {
    /// Begins to serve at a place of its own.
    pub(crate) async fn open(kind: Kind, folder: &Folder, name: &str, seeded: &mut Seeded) -> Self {
        let ledger = folder.path().join(format!("{name}.ledger"));
        within("a place to serve at", async {
            loop {
                let url = match kind {
                    // Any port that the system gives to nobody by itself: it must be free again after each restart, and
                    // a client that dials a port of the others while nobody listens may be given it, and reach itself.
                    Kind::Tcp => format!("tcp://127.0.0.1:{}", 10_000 + seeded.below(20_000)),
                    Kind::Unix => format!("unix://{}", folder.path().join(format!("{name}.sock")).display()),
                    Kind::Shm => format!("shm://{}", folder.path().join(format!("{name}.sock")).display()),
                };
                if let Some(serving) = serve(&url, &ledger).await {
                    return Self { url, ledger: ledger.clone(), serving };
                }
            }
        })
        .await
    }

    /// Kills the process. When this returns, the system has closed all that it had.
    pub(crate) async fn kill(&mut self) {
        within("the killed process", self.serving.0.kill()).await.expect("it can be killed");
    }

    /// Tells the process to end, and waits until it has let its calls end and has ended well.
    pub(crate) async fn drain(&mut self) {
        self.signal(Signal::TERM);
        let status: ExitStatus = within("the draining process", self.serving.0.wait()).await.expect("it ends");
        assert_eq!(status.code(), Some(0), "{status}");
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.serving.0.id().expect("it serves").try_into().expect("an id of a process");
        kill_process(Pid::from_raw(id).expect("it is not 0"), signal).expect("it can be told");
    }

    /// Serves again, by another process. When this returns, it listens.
    pub(crate) async fn restart(&mut self) {
        within("the place to serve at", async {
            loop {
                // Somebody else may have the port for a moment.
                if let Some(serving) = serve(&self.url, &self.ledger).await {
                    return self.serving = serving;
                }
            }
        })
        .await;
    }

    /// What all its processes have written down.
    pub(crate) fn entries(&self) -> Vec<u64> {
        LedgerFile::read(&self.ledger).expect("there is a ledger")
    }
}

/// A process that listens, unless the address cannot be had.
async fn serve(url: &str, ledger: &PathBuf) -> Option<Serving> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledger-server"));
    command.arg(url).arg(ledger).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().expect("a process can be started");
    let input = process.stdin.take().expect("it is piped");
    let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
    let line = lines.next_line().await.expect("its output can be read");
    if line.is_none() {
        let _ = process.wait().await;
    }
    line.map(|_| Serving(process, input))
}
