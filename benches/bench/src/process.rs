//! Processes that are measured: started on their processor, asked, and ended whatever happens.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use rpc_load::{Heap, Report, WITH_INPUT};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;

use crate::{
    case::Case,
    machine::{Processors, start_on},
    subject::{Subject, Transport},
};

/// How long a process may take to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a line of a process may take to come: the longest load, under the slowest wrapper, with much to spare.
const SILENCE: Duration = Duration::from_secs(120);

/// Programs that were built, and where they run.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
    pub(crate) processors: Processors,
    /// What is asked of shared memory beside its path.
    pub(crate) query: &'static str,
}

/// A server that listens. It ends with this.
#[derive(Debug)]
pub(crate) struct Served {
    process: Running,
    output: Lines,
    pub(crate) url: String,
}

/// The socket that the servers have in turn.
fn socket() -> PathBuf {
    std::env::temp_dir().join(format!("bench-{}.sock", std::process::id()))
}

impl Drop for Served {
    fn drop(&mut self) {
        // Not every program takes it away itself.
        let _ = fs::remove_file(socket());
    }
}

/// A process that ends with this.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process prints, line by line.
#[derive(Debug)]
struct Lines(Receiver<String>);

impl Lines {
    fn of(child: &mut Child) -> Self {
        let (sender, receiver) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self(receiver)
    }

    fn next(&self) -> Result<String, Box<dyn Error>> {
        self.0.recv_timeout(SILENCE).map_err(|_| "the process printed nothing".into())
    }
}

impl Programs {
    /// The same, as a case wants them.
    pub(crate) fn as_in(&self, case: &Case) -> Self {
        let Processors { server, client } = self.processors;
        let server = if case.one_processor { client } else { server };
        Self { processors: Processors { server, client }, query: case.query, ..self.clone() }
    }

    /// Starts a server, under `wrapper` if one is given.
    pub(crate) fn serve(
        &self,
        subject: &Subject,
        transport: Transport,
        wrapper: &[String],
    ) -> Result<Served, Box<dyn Error>> {
        let url = match transport {
            Transport::Tcp => "tcp://127.0.0.1:0".to_owned(),
            Transport::Unix => {
                let _ = fs::remove_file(socket());
                format!("unix://{}", socket().display())
            }
            Transport::Shm => {
                let _ = fs::remove_file(socket());
                format!("shm://{}{}", socket().display(), self.query)
            }
        };
        let mut command = self.command(subject, wrapper);
        command.args(["serve", "--listen", &url, "--runtime", subject.runtime, "--workers", "1"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(quiet(wrapper)).env(WITH_INPUT, "");
        let mut child = start_on(self.processors.server, &mut command).map_err(|error| not_started(subject, &error))?;
        let output = Lines::of(&mut child);
        let mut served = Served { process: Running(child), output, url };
        let line = served.output.next()?;
        served.url = line.strip_prefix("listening ").ok_or("the server does not say where it listens")?.to_owned();
        if transport == Transport::Shm && !served.url.contains('?') {
            served.url += self.query;
        }
        Ok(served)
    }

    /// Runs a load to its end, under `wrapper` if one is given.
    pub(crate) fn load(
        &self,
        subject: &Subject,
        url: &str,
        arguments: &[String],
        wrapper: &[String],
    ) -> Result<Report, Box<dyn Error>> {
        self.begin_load(subject, url, arguments, wrapper)?.end()
    }

    /// Starts a load.
    pub(crate) fn begin_load(
        &self,
        subject: &Subject,
        url: &str,
        arguments: &[String],
        wrapper: &[String],
    ) -> Result<Loading, Box<dyn Error>> {
        let mut command = self.command(subject, wrapper);
        command.args(["load", url, "--json", "--runtime", subject.runtime, "--workers", "1"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(quiet(wrapper));
        let mut child = start_on(self.processors.client, &mut command).map_err(|error| not_started(subject, &error))?;
        let output = Lines::of(&mut child);
        Ok(Loading { process: Running(child), output })
    }

    fn command(&self, subject: &Subject, wrapper: &[String]) -> Command {
        let program = self.folder.join(subject.program);
        match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        }
    }
}

/// What a wrapper says of itself goes to a file of its own; its noise is not ours.
fn quiet(wrapper: &[String]) -> Stdio {
    if wrapper.is_empty() { Stdio::inherit() } else { Stdio::null() }
}

fn not_started(subject: &Subject, error: &std::io::Error) -> String {
    format!("{} was not started: {error}", subject.program)
}

impl Served {
    /// The process, as the system names it.
    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// What it has taken from the heap. Only a program that counts answers.
    pub(crate) fn heap(&mut self) -> Result<Heap, Box<dyn Error>> {
        self.process.0.stdin.as_mut().ok_or("the server has no input")?.write_all(b"\n")?;
        Ok(serde_json::from_str(&self.output.next()?)?)
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn end(mut self) -> Result<(), Box<dyn Error>> {
        let id = self.id();
        // A tracer keeps signals for itself: what it traces is its child.
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let traced = children.split_whitespace().next().and_then(|child| Pid::from_raw(child.parse().ok()?));
        kill_process(traced.unwrap_or(Pid::from_child(&self.process.0)), Signal::TERM)?;
        let late = Instant::now() + PATIENCE;
        while self.process.0.try_wait()?.is_none() {
            if Instant::now() > late {
                return Err(format!("the server did not end within {PATIENCE:?}").into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// A load that runs. It ends with this.
#[derive(Debug)]
pub(crate) struct Loading {
    process: Running,
    output: Lines,
}

impl Loading {
    /// The process, as the system names it.
    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Waits for its end, and for what it prints.
    pub(crate) fn end<T: DeserializeOwned>(mut self) -> Result<T, Box<dyn Error>> {
        let line = self.output.next().map_err(|error| format!("the load ended without a report: {error}"))?;
        let status = self.process.0.wait()?;
        if !status.success() {
            return Err(format!("the load failed: {status}").into());
        }
        serde_json::from_str(&line).map_err(|error| format!("the load printed something else: {error}").into())
    }
}

/// What a process has taken so far: all of its threads that live.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    pub(crate) cpu: Duration,
    /// How often a thread gave the processor up because it had nothing to do.
    pub(crate) waits: u64,
}

impl Taken {
    pub(crate) fn by(process: u32) -> Result<Self, Box<dyn Error>> {
        let mut taken = Self::default();
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let thread = thread?.path();
            let (Ok(times), Ok(status)) = (read(&thread, "schedstat"), read(&thread, "status")) else {
                continue; // It has ended meanwhile.
            };
            let nanos: u64 = times.split_whitespace().next().unwrap_or_default().parse()?;
            taken.cpu += Duration::from_nanos(nanos);
            let waits = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            taken.waits += waits.unwrap_or_default().trim().parse::<u64>().unwrap_or_default();
        }
        Ok(taken)
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(before.cpu), waits: self.waits.saturating_sub(before.waits) }
    }
}

fn read(thread: &Path, file: &str) -> std::io::Result<String> {
    fs::read_to_string(thread.join(file))
}
