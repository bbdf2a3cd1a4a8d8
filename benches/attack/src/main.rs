//! What a well-behaved client and the processor of a server notice of hostile peers: a canary makes 100 calls a second
//! while others do their worst, and a table says how it fared. Nothing is asserted; that no call is lost is a test's
//! business, `tests/tests/hostile`.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml -p rpc-attack
//! ```
//! Each line has a fresh server in a process of its own, on one thread, and takes two and a half seconds. It needs Linux,
//! for the processor's time.

mod attacks;
mod probe;

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use attacks::Attack;
use probe::{ProbeClient, ProbeServer, Watched};
use rpc_core::Server;
use rpc_load::{Caller, Flavour, Latency, Load, Method, Report, Run, WITH_INPUT, announce, ended};
use tokio::time::sleep;

type Failure = Box<dyn Error + Send + Sync>;

/// How long an attack is measured, in seconds.
const SECONDS: f64 = 2.0;
/// Calls of the canary per second.
const RATE: f64 = 100.0;
/// Calls of it that may be under way at once: a slow one does not hold up the next.
const IN_FLIGHT: u32 = 16;
/// Ticks of the processor's clock per second, as Linux shows them.
const TICKS: f64 = 100.0;

fn main() -> Result<(), Failure> {
    let runtime = Run { workers: None, runtime: Flavour::Current }.build()?;
    match std::env::args().nth(1).as_deref() {
        Some("serve") => runtime.block_on(serve()),
        _ => runtime.block_on(measure()),
    }
}

async fn serve() -> Result<(), Failure> {
    let server = Server::new();
    let watched = Watched(server.stats());
    let serving = server.add(ProbeServer::new(watched)).listen("tcp://127.0.0.1:0").bind().await?;
    announce(serving.urls());
    // Not drained: attackers have calls that never end.
    tokio::select! {
        () = serving.serve() => {}
        told = ended() => told?,
    }
    Ok(())
}

async fn measure() -> Result<(), Failure> {
    println!("| attack | canary's calls | failed | p50, µs | p99, µs | server's CPU | most bytes held |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for attack in Attack::ALL {
        let Noticed { report, cpu, held } = under(attack).await?;
        let (name, calls, failed) = (attack.name(), report.calls, report.errors.values().sum::<u64>());
        let Latency { p50, p99, .. } = report.latency.unwrap_or_default();
        println!("| {name} | {calls} | {failed} | {p50:.0} | {p99:.0} | {cpu:.0} % | {held} |");
    }
    Ok(())
}

/// What came of an attack.
struct Noticed {
    report: Report,
    /// The server's processor time in percent of the time of the attack, its begin and its end included.
    cpu: f64,
    held: u64,
}

async fn under(attack: Attack) -> Result<Noticed, Failure> {
    let (server, url) = Attacked::start()?;
    let client = ProbeClient::connect(&url).await?;
    let watcher = ProbeClient::connect(&url).await?;
    let (before, start) = (server.cpu()?, Instant::now());
    // On a thread of their own: how busy they are must not show in the canary's times.
    let attackers = Run { workers: Some(1), runtime: Flavour::Multi }.build()?;
    for _ in 0..attack.peers() {
        let address = url.trim_start_matches("tcp://").to_owned();
        attackers.spawn(async move { attack.go_on(&address).await });
    }
    let load = canary(url);
    let mut held = 0;
    let watch = async {
        loop {
            held = held.max(watcher.held().await.unwrap_or(0));
            sleep(Duration::from_millis(20)).await;
        }
    };
    let calls = load.each([Canary(client)]);
    let run = rpc_load::run(&load, calls, |tasks, worker| drop(tasks.spawn(worker.run())));
    let report = tokio::select! {
        report = run => report,
        () = watch => unreachable!("it watches for ever"),
    };
    attackers.shutdown_background();
    let cpu = (server.cpu()? - before) / start.elapsed().as_secs_f64() * 100.0;
    Ok(Noticed { report, cpu, held })
}

fn canary(url: String) -> Load {
    Load {
        url,
        method: Method::Add,
        size: 0,
        in_flight: IN_FLIGHT,
        connections: 1,
        seconds: SECONDS,
        calls: None,
        rate: Some(RATE),
        pause_us: 0,
        neighbour_us: None,
        json: true,
        run: Run { workers: None, runtime: Flavour::Current },
    }
}

#[derive(Clone)]
struct Canary(ProbeClient);

impl Caller for Canary {
    async fn call(&mut self) -> Result<(), String> {
        match self.0.add(40, 2).await {
            Ok(42) => Ok(()),
            Ok(_) => Err("wrong value".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A server in a process of its own, which ends with this.
struct Attacked(Child);

impl Attacked {
    /// The server, and where it listens.
    fn start() -> Result<(Self, String), Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").env(WITH_INPUT, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self(command.spawn()?);
        let mut line = String::new();
        let output = server.0.stdout.take().ok_or("the server has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening ").ok_or("the server does not say where it listens")?;
        Ok((server, url.to_owned()))
    }

    /// The processor's time that it has taken, in seconds.
    fn cpu(&self) -> Result<f64, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // What stands behind the name, which may have anything in it, begins with the third field.
        let (_, fields) = stat.rsplit_once(')').ok_or("a process without a name")?;
        let ticks: Result<Vec<f64>, _> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
        Ok(ticks?.into_iter().sum::<f64>() / TICKS)
    }
}

impl Drop for Attacked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
