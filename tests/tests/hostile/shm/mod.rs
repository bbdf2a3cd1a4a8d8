//! M and U-7: hostile peers of `shm://`, which are processes of their own: the program `shm-attacker` says and does what the
//! tests tell it, towards a server or a client of this process.
//!
//! Each test has a process to itself: what the attack leaves of descriptors and mappings is counted, memory is bounded, and
//! a crash is its own.

use std::{
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rpc_core::{Limits, Server};
use rpc_tests::{LaboratoryClient, LinesOfLog, Setup, within};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::yield_now,
};
use tracing::{Level, subscriber::DefaultGuard};

use crate::{
    attack::{Target, attack},
    own_process::{in_a_process_of_its_own, limit_memory},
};

mod bells;
mod ends;
mod floods;
mod frames;
mod setup;
mod words;

/// What is attacked, and where the second canary sits.
const SHM: &str = "shm://{tmp}/{unique}.sock";
const UNIX: &str = "unix://{tmp}/{unique}.sock";
/// Memory that an attack may cost the process.
const MEMORY: u64 = 256 << 20;

/// Time in which the log has said all that there is to be said.
const SOON: Duration = Duration::from_secs(10);

/// What a process holds of connections: descriptors of sockets and of memory files, and mappings of these.
fn held() -> [usize; 3] {
    let descriptors = fs::read_dir("/proc/self/fd").expect("there is one left");
    let links: Vec<_> = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect();
    let of_kind = |kind: &str| links.iter().filter(|link| link.to_string_lossy().starts_with(kind)).count();
    let maps = fs::read_to_string("/proc/self/maps").expect("they can be read");
    [of_kind("socket:"), of_kind("/memfd:"), maps.lines().filter(|line| line.contains("/memfd:")).count()]
}

/// A server under attack, with all that it says in its log.
struct Field<'a> {
    target: &'a Target,
    log: Log,
}

/// An attack on a server with these limits, in a process of its own.
fn siege<T>(test: T, limits: Limits, attackers: impl AsyncFn(&Field<'_>)) {
    siege_of(test, limits, |server| server, attackers);
}

/// The same, on a server that has more services.
fn siege_of<T>(
    test: T,
    limits: Limits,
    more: impl Fn(Server) -> Server + 'static,
    attackers: impl AsyncFn(&Field<'_>),
) {
    in_a_process_of_its_own(test, async {
        limit_memory(MEMORY);
        let (log, _guard) = Log::here();
        let before = held();
        let attack = attack().over(&[SHM]).beside(UNIX).limits(limits).serving(more);
        attack.run(async |target| attackers(&Field { target, log: log.clone() }).await).await;
        assert_eq!(held(), before, "sockets, memory files and mappings of them are left");
    });
}

impl Field<'_> {
    /// Attacks the server, and gives what the attackers say: a line per attempt.
    async fn attacked<A: AsRef<str>>(&self, attack: &str, attempts: impl IntoIterator<Item = A>) -> Vec<String> {
        within("the attackers", self.attackers(attack, attempts).end()).await
    }

    /// Attacks the server with each of these attempts, after which the attacker says what stands behind it, and the log why.
    /// There are ten lines of a kind in a second: what was left out is tried again.
    async fn provokes(&self, attack: &str, mut cases: Vec<Case>) {
        let start = Instant::now();
        let all_of_them = async {
            while !cases.is_empty() {
                let said = self.attacked(attack, cases.iter().map(|case| &case.attempt)).await;
                for (case, said) in cases.iter().zip(said) {
                    assert!(said.starts_with(&case.said), "{}: {said}, and not {}", case.attempt, case.said);
                }
                // What there is to be said was said before.
                self.target.served.until("their end", |now| now.connections == 2).await;
                cases.retain(|case| !self.log.has(&case.why));
                assert!(start.elapsed() < SOON, "nobody says why: {:?}, {:?}", cases.first(), self.log);
            }
        };
        within("what is said", all_of_them).await;
    }

    /// Attackers of the server.
    fn attackers<A: AsRef<str>>(&self, attack: &str, attempts: impl IntoIterator<Item = A>) -> Attacker {
        let attempts = attempts.into_iter().inspect(|_| self.target.expect_peers(1));
        let path = self.target.served.url.strip_prefix("shm://").expect("shared memory");
        Attacker::start("dials", path, attack, attempts)
    }

    /// A server that attacks its clients, one per attempt, and its URL.
    async fn hostile_server<A: AsRef<str>>(
        &self,
        attack: &str,
        attempts: impl IntoIterator<Item = A>,
    ) -> (Attacker, String) {
        let url = Setup::over(SHM).address();
        let path = url.strip_prefix("shm://").expect("shared memory");
        let mut server = Attacker::start("serves", path, attack, attempts.into_iter());
        server.socket = Some(path.to_owned());
        assert_eq!(server.line().await, "serves");
        (server, url)
    }

    /// A client that dials `url` when it first calls, and again at once when it has lost it.
    fn client_of(&self, url: &str) -> LaboratoryClient {
        let hasty = Limits { backoff_max: Duration::from_millis(1), ..Limits::default() };
        LaboratoryClient::new(self.target.setup.config().limits(hasty).lazy(url).expect("a URL"))
    }
}

/// An attempt, what the attacker says of it, and why in the log.
#[derive(Debug)]
struct Case {
    attempt: String,
    said: String,
    why: String,
}

/// A hostile process.
struct Attacker {
    process: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// The path of its own socket.
    socket: Option<String>,
}

impl Attacker {
    fn start(side: &str, path: &str, attack: &str, attempts: impl Iterator<Item: AsRef<str>>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shm-attacker"));
        command.args([side, path, attack]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        for attempt in attempts {
            command.arg(attempt.as_ref());
        }
        let mut process = command.spawn().expect("the attacker starts");
        let orders = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Self { process, orders, lines, socket: None }
    }

    /// The next line that it says.
    async fn line(&mut self) -> String {
        let line = within("the attacker's next line", self.lines.next_line()).await;
        line.expect("lines of text").expect("the attacker goes on")
    }

    /// Lets it go on.
    async fn order(&mut self) {
        self.orders.write_all(b"\n").await.expect("the attacker listens");
    }

    /// What it still says.
    async fn end(mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(line) = self.lines.next_line().await.expect("lines of text") {
            said.push(line);
        }
        let ended = self.process.wait().await.expect("it ends");
        assert!(ended.success(), "the attacker fails: {said:?}");
        if let Some(path) = &self.socket {
            fs::remove_file(path).expect("its socket is there");
        }
        said
    }

    /// Ends it at once.
    async fn kill(mut self) {
        self.process.kill().await.expect("it is this process's own");
        if let Some(path) = &self.socket {
            fs::remove_file(path).expect("its socket is there");
        }
    }

    fn signal(&self, signal: Signal) {
        let id = self.process.id().expect("it runs") as i32;
        kill_process(Pid::from_raw(id).expect("not 0"), signal).expect("it is this process's own");
    }
}

/// What the framework says in its log.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    /// The events of this thread, until the guard is dropped.
    fn here() -> (Self, DefaultGuard) {
        let log = Self::default();
        let lines = log.0.clone();
        let keep = move |level, line| lines.lock().unwrap().push((level, line));
        let guard = tracing::subscriber::set_default(LinesOfLog(keep));
        (log, guard)
    }

    /// Whether it tells of this.
    fn has(&self, part: &str) -> bool {
        self.0.lock().unwrap().iter().any(|(level, line)| *level <= Level::INFO && line.contains(part))
    }

    /// Waits until it tells of this.
    async fn tells(&self, part: &str) {
        let told = async {
            while !self.has(part) {
                yield_now().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(10), told).await.is_err() {
            panic!("nobody says `{part}`: {self:?}");
        }
    }
}
