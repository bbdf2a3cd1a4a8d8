//! The machine: its processors, which are kept awake, and the files a process may open. Knows nothing of what runs.

use std::{
    error::Error,
    fs, io,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};
use serde::{Deserialize, Serialize};
use thread_priority::{
    NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy::Normal, set_thread_priority_and_policy,
    thread_native_id,
};

/// Descriptors that 1,000 connections and some more need.
const FILES: u64 = 8_192;

/// The processors that servers and clients run on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processors {
    pub(crate) server: usize,
    pub(crate) client: usize,
}

impl Processors {
    /// Two of those that this process may use.
    pub(crate) fn find() -> Result<Self, Box<dyn Error>> {
        let allowed = sched_getaffinity(None)?;
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        match (allowed.next(), allowed.next()) {
            (Some(server), Some(client)) => Ok(Self { server, client }),
            _ => Err("two processors are needed, one for the server and one for the client".into()),
        }
    }
}

/// Starts a process on one processor. It inherits where this thread may run, which is put back afterwards.
pub(crate) fn start_on(processor: usize, command: &mut Command) -> io::Result<std::process::Child> {
    let before = sched_getaffinity(None)?;
    let mut only = CpuSet::new();
    only.set(processor);
    sched_setaffinity(None, &only)?;
    let child = command.spawn();
    sched_setaffinity(None, &before)?;
    child
}

/// Keeps processors from halting while it lives: a virtual one that halts is woken by the host, which takes as long as
/// it likes. The threads run only when nothing else wants to.
#[derive(Debug)]
pub(crate) struct Awake {
    over: Arc<AtomicBool>,
}

impl Awake {
    pub(crate) fn keep(processors: Processors) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        for processor in [processors.server, processors.client] {
            let over = over.clone();
            thread::spawn(move || {
                let mut only = CpuSet::new();
                only.set(processor);
                let idle = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, Normal(Idle));
                if sched_setaffinity(None, &only).is_err() || idle.is_err() {
                    eprintln!("the processor {processor} cannot be kept awake: figures will vary more");
                    return;
                }
                while !over.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self { over }
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}

/// Lets this process, and those that it starts, open as many files as they need.
pub(crate) fn allow_files() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(FILES).min(FILES);
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum })?;
    }
    Ok(())
}

/// What the figures were taken on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    processor: String,
    processors: usize,
    kernel: String,
    compiler: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| cpuinfo.lines().find(|line| line.starts_with(name))?.split(": ").nth(1);
        let compiler = Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
        Self {
            processor: field("model name").unwrap_or("unknown").to_owned(),
            processors: thread::available_parallelism().map_or(0, usize::from),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            compiler: String::from_utf8_lossy(&compiler).trim().to_owned(),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { processor, processors, kernel, compiler } = self;
        write!(f, "{processor}, {processors} processors, Linux {kernel}, {compiler}")
    }
}
