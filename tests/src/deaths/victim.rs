//! A process that is to die, from inside and from outside: what it does, and how it is started, told to die, and found
//! dead.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitCode, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::Subcommand;
use rpc_core::{Channel, Code, Limits, Server, service, shutdown_signal};
use rustix::{
    fd::OwnedFd,
    process::{Pid, PidfdFlags, Resource, Rlimit, Signal, pidfd_open, pidfd_send_signal, setrlimit},
};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    task::yield_now,
    time::timeout,
};

use super::load::Load;
use crate::{Desk, LaboratoryServer, LedgerClient, LedgerFile, LedgerServer, Seeded, StreamsServer};

/// Longest time that a draining victim gives to calls that nobody answers.
const DRAIN: Duration = Duration::from_millis(50);
/// Time in which a victim that tarries is stopped.
const TARRIES: Duration = Duration::from_millis(200);

/// What a victim does until it dies.
#[derive(Clone, Debug, Subcommand)]
pub enum Work {
    /// Serve at a URL, on so many threads, with the ledger at a path.
    #[command(hide = true)]
    Serve {
        /// Where.
        url: String,
        /// Of runtime.
        threads: usize,
        /// The ledger.
        ledger: PathBuf,
    },
    /// Call a URL, on so many threads, with a load of a seed whose longest messages have so many bytes.
    #[command(hide = true)]
    Call {
        /// Where.
        url: String,
        /// Of the runtime.
        threads: usize,
        /// Of the load.
        seed: u64,
        /// Bytes.
        longest: usize,
    },
    /// Call a URL with a call that nobody answers, and say which process was started meanwhile.
    #[command(hide = true)]
    Stay {
        /// Where.
        url: String,
    },
    /// Call a URL with a call whose deadline passes before it is answered, and then with one that is answered.
    #[command(hide = true)]
    Tarry {
        /// Where.
        url: String,
    },
    /// Do nothing until the input ends.
    #[command(hide = true)]
    Linger,
}

impl Work {
    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Serve { url, threads, ledger } => {
                let ledger = ledger.to_str().expect("a path of text").to_owned();
                vec!["serve".to_owned(), url.clone(), threads.to_string(), ledger]
            }
            Self::Call { url, threads, seed, longest } => {
                let numbers = [*threads as u64, *seed, *longest as u64].map(|number| number.to_string());
                ["call".to_owned(), url.clone()].into_iter().chain(numbers).collect()
            }
            Self::Stay { url } => vec!["stay".to_owned(), url.clone()],
            Self::Tarry { url } => vec!["tarry".to_owned(), url.clone()],
            Self::Linger => vec!["linger".to_owned()],
        }
    }

    fn threads(&self) -> usize {
        match self {
            Self::Serve { threads, .. } | Self::Call { threads, .. } => *threads,
            Self::Stay { .. } | Self::Tarry { .. } | Self::Linger => 1,
        }
    }
}

/// Processes of processes.
#[service(name = "test.Heirs")]
pub trait Heirs {
    /// Starts a process that lives on until the input of this one ends; its id.
    async fn start(&self) -> u32;
}

/// Starts processes of this program.
#[derive(Debug)]
struct OwnHeirs;

impl Heirs for OwnHeirs {
    async fn start(&self) -> u32 {
        let program = std::env::current_exe().expect("this program has a name");
        let mut command = Command::new(program);
        command.args(Work::Linger.arguments()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("a process can be started").id()
    }
}

/// Does the work, until it is done or the input ends. Whether it went well.
///
/// # Panics
/// When the system does not let it.
#[must_use]
pub fn be_victim(work: Work) -> ExitCode {
    let until_the_end_of_input = || io::copy(&mut io::stdin(), &mut io::sink());
    if matches!(work, Work::Linger) {
        // Nothing of its own may look like something of another's.
        let _ = until_the_end_of_input();
        return ExitCode::SUCCESS;
    }
    // One that is to abort shall leave no picture of its memory.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    thread::spawn(move || {
        let _ = until_the_end_of_input();
        std::process::exit(1);
    });
    let runtime = match work.threads() {
        1 => Builder::new_current_thread().enable_all().build(),
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    };
    let well = runtime.expect("a runtime starts").block_on(async {
        match work {
            Work::Serve { url, ledger, .. } => serve(&url, &ledger).await,
            Work::Call { url, seed, longest, .. } => call(&url, seed, longest).await,
            Work::Stay { url } => stay(&url).await,
            Work::Tarry { url } => tarry(&url).await,
            Work::Linger => true,
        }
    });
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn serve(url: &str, ledger: &Path) -> bool {
    let (desk, ledger) = (Desk::default(), LedgerFile::open(ledger).expect("a ledger can be had"));
    let server = Server::new()
        .add(LaboratoryServer::new(desk.clone()))
        .add(StreamsServer::new(desk))
        .add(LedgerServer::new(ledger))
        .add(HeirsServer::new(OwnHeirs))
        .limits(Limits::default().drain_timeout(DRAIN))
        .listen(url)
        .bind();
    let server = server.await.expect("the address can be had");
    // Whoever sees the line may send the signal: it is watched for before.
    let told_to_end = shutdown_signal();
    println!("{}", server.urls()[0]);
    server.serve_until(told_to_end).await;
    true
}

async fn call(url: &str, seed: u64, longest: usize) -> bool {
    let Ok(channel) = Channel::connect(url).await else { return false };
    let well = Load::new(&channel, longest).run(Seeded::new(seed)).await;
    drop(channel);
    // The connection ends in an orderly way.
    let metrics = Handle::current().metrics();
    while metrics.num_alive_tasks() > 0 {
        yield_now().await;
    }
    well
}

async fn stay(url: &str) -> bool {
    let client = LedgerClient::connect(url).await.expect("somebody serves");
    println!("{}", OwnHeirs.start().await);
    client.stay(0).timeout(Duration::MAX).await.is_ok()
}

async fn tarry(url: &str) -> bool {
    let client = LedgerClient::connect(url).await.expect("somebody serves");
    let late = client.stay(0).timeout(TARRIES).await.is_err_and(|error| error.code() == Some(Code::DeadlineExceeded));
    late && client.enter(1, false, vec![1; 1_000]).await.is_ok()
}

/// A victim, from outside. It is killed when this is dropped.
#[derive(Debug)]
pub struct Victim {
    /// Of the process.
    pub id: u32,
    /// What it has said first, if its work is to serve or to stay.
    pub line: String,
    handle: OwnedFd,
    input: Option<ChildStdin>,
    death: oneshot::Receiver<Death>,
}

/// A victim that is dead.
#[derive(Debug)]
pub struct Death {
    /// When the system said so.
    pub at: Instant,
    /// How.
    pub status: ExitStatus,
    /// What it has said on its error output.
    pub said: String,
}

impl Victim {
    /// Starts one, of this program, which is to die at a point. One that says something has said it when this returns, or
    /// is dead.
    ///
    /// # Panics
    /// When no process can be started.
    pub async fn start(program: &Path, work: &Work, point: Option<&str>) -> Self {
        let mut command = Command::new(program);
        command.args(work.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(point.map(|point| ("RPC_FAULT_AT", point)));
        let mut process = command.spawn().expect("a process can be started");
        let handle = pidfd_open(Pid::from_child(&process), PidfdFlags::empty()).expect("it is not reaped yet");
        let input = process.stdin.take();
        let (dead, death) = oneshot::channel();
        let (says, said) = oneshot::channel();
        let speaks = matches!(work, Work::Serve { .. } | Work::Stay { .. });
        let id = process.id();
        // A thread of its own, which is late for nobody.
        thread::spawn(move || drop(dead.send(watch(process, speaks.then_some(says)))));
        let line = said.await.unwrap_or_default();
        Self { id, line, handle, input, death }
    }

    /// Sends it a signal, if it lives.
    pub fn signal(&self, signal: Signal) {
        let _ = pidfd_send_signal(&self.handle, signal);
    }

    /// Ends its input, so that it exits, and those it has started.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Stops it and lets it go on, again and again, each for so long, until it is dead.
    pub(super) async fn death_after_pauses(&mut self, long: Duration) -> Death {
        let mut signals = [Signal::STOP, Signal::CONT].into_iter().cycle();
        loop {
            let Ok(death) = timeout(long, self.death()).await else {
                self.signal(signals.next().expect("they go round"));
                continue;
            };
            return death;
        }
    }

    /// Waits for its death.
    ///
    /// # Panics
    /// When that was waited for before.
    pub async fn death(&mut self) -> Death {
        (&mut self.death).await.expect("it is watched")
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Waits for the first line of a process, then until it is dead.
fn watch(mut process: Child, says: Option<oneshot::Sender<String>>) -> Death {
    let (mut line, mut said) = (String::new(), String::new());
    let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
    if let Some(says) = says {
        output.read_line(&mut line).expect("it says text");
        let _ = says.send(line.trim().to_owned());
    }
    process.stderr.take().expect("it is piped").read_to_string(&mut said).expect("it says text");
    let status = process.wait().expect("it can be waited for");
    Death { at: Instant::now(), status, said }
}
