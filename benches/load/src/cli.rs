//! The command line of whatever is measured, and the runtime that it asks for. Knows no calls.

use std::{fmt, io, time::Duration};

use clap::{Args, Parser, ValueEnum};
use tokio::runtime::{Builder, Runtime};

/// Most connections: each takes a descriptor here and one at the server.
const CONNECTIONS: i64 = 10_000;
/// Most calls in flight on a connection: each is a task.
const IN_FLIGHT: i64 = 100_000;
/// Longest measurement, in seconds.
const SECONDS: f64 = 3_600.0;

/// What a program that is measured can be asked to do.
#[derive(Debug, Parser)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT.
    Serve(Serve),
    /// Make calls and measure them.
    Load(Load),
}

/// `serve`: where, and on which runtime.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen, such as tcp://127.0.0.1:0 or unix:///tmp/x.sock; may be given several times.
    #[arg(long, value_name = "URL", required = true)]
    pub listen: Vec<String>,
    /// On which runtime.
    #[command(flatten)]
    pub run: Run,
}

/// `load`: which calls to whom, for how long, on which runtime.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Whom to call.
    pub url: String,
    /// What to call.
    #[arg(long, value_enum, default_value_t = Method::Echo)]
    pub method: Method,
    /// Bytes to echo, to ask for or of an item; milliseconds to sleep or to burn, microseconds to work.
    #[arg(long, default_value_t = 64)]
    pub size: usize,
    /// Calls in flight on each connection, a task each; with 0 the connections make one call and then rest. Streams of
    /// each, where the program can have several.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=IN_FLIGHT))]
    pub in_flight: u32,
    /// Connections.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS))]
    pub connections: u32,
    /// How long to measure, in seconds; a quarter of it, half a second at most, runs before to warm up.
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    pub seconds: f64,
    /// Stop after so many calls, or items of all streams, all of them measured, even if the time is not over.
    #[arg(long)]
    pub calls: Option<u64>,
    /// Calls to begin per second, whether or not others have ended, as far as there are tasks for them. Their time
    /// runs from when they were to begin.
    #[arg(long, value_parser = rate)]
    pub rate: Option<f64>,
    /// Microseconds that each task rests after each call, so that whoever waits for the next one has time to fall asleep.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "rate")]
    pub pause_us: u64,
    /// Beside the calls, on the same runtime, a task works for so many microseconds and lets others run, again and again;
    /// its turns are counted.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub neighbour_us: Option<u64>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// On which runtime.
    #[command(flatten)]
    pub run: Run,
}

/// A tokio runtime.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// Threads of the runtime, for `multi`; as many as there are processors unless given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Kind of runtime.
    #[arg(long, value_enum, default_value_t = Flavour::Multi)]
    pub runtime: Flavour,
}

/// A kind of tokio runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flavour {
    /// Threads that share the tasks.
    Multi,
    /// One thread.
    Current,
}

/// What is called under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Adds two integers.
    Add,
    /// Sends bytes there and back.
    Echo,
    /// Waits at the server.
    Sleep,
    /// Computes at the server.
    Burn,
    /// Computes at the server, for microseconds.
    Work,
    /// Asks for bytes.
    Big,
    /// Fails.
    Fail,
    /// Takes the items that the server sends.
    Ticks,
    /// Sends items, whose bytes the server counts.
    Sink,
    /// Sends ones as items, which the server adds.
    Sum,
    /// Sends items, and takes each as it comes back.
    Relay,
}

impl Command {
    /// The command of this process. A malformed one, or a request for help, ends it with the words for that.
    #[must_use]
    pub fn of_process() -> Self {
        Self::parse()
    }
}

impl Run {
    /// The runtime.
    ///
    /// # Errors
    /// The system has no threads or descriptors left for it.
    pub fn build(&self) -> io::Result<Runtime> {
        let mut builder = match self.runtime {
            Flavour::Multi => Builder::new_multi_thread(),
            Flavour::Current => Builder::new_current_thread(),
        };
        if let Some(workers) = self.workers {
            builder.worker_threads(workers.into());
        }
        builder.enable_all().build()
    }
}

impl Load {
    /// How long the calls run before they are measured.
    pub(crate) fn warm_up(&self) -> Duration {
        match self.calls {
            Some(_) => Duration::ZERO,
            None => Duration::from_secs_f64((self.seconds / 4.0).min(0.5)),
        }
    }

    /// Connections, each as often as there are to be calls in flight on it.
    pub fn each<C: Clone>(&self, connections: impl IntoIterator<Item = C>) -> Vec<C> {
        let times = self.in_flight.max(1) as usize;
        connections.into_iter().flat_map(|connection| std::iter::repeat_n(connection, times)).collect()
    }
}

impl Method {
    /// Whether it takes or gives a stream.
    #[must_use]
    pub fn streams(self) -> bool {
        matches!(self, Self::Ticks | Self::Sink | Self::Sum | Self::Relay)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "add",
            Self::Echo => "echo",
            Self::Sleep => "sleep",
            Self::Burn => "burn",
            Self::Work => "work",
            Self::Big => "big",
            Self::Fail => "fail",
            Self::Ticks => "ticks",
            Self::Sink => "sink",
            Self::Sum => "sum",
            Self::Relay => "relay",
        })
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    positive(text, SECONDS)
}

fn rate(text: &str) -> Result<f64, String> {
    positive(text, 1e9)
}

fn positive(text: &str, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= most => Ok(number),
        _ => Err(format!("give a number above 0, and {most} at most")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The load that these arguments ask for.
    pub(crate) fn load(arguments: &str) -> Load {
        let words = ["load", "load", "mem://x"].into_iter().chain(arguments.split(' '));
        match Command::parse_from(words) {
            Command::Load(load) => load,
            Command::Serve(_) => unreachable!("the first word says load"),
        }
    }
}
