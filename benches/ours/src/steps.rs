//! Where the time of a call goes: both processes mark when each step of many calls begins, and the client puts the
//! marks together. `load` prints the medians, one call in flight, as JSON.

use std::{error::Error, time::Duration};

use rpc_core::{
    Channel, Server, service,
    step::{self, Mark, Step},
};
use rpc_load::{Command, Load, Serve, announce, ended};
use serde::Serialize;

/// Calls before those that are looked at, so that they find warm caches and buffers.
const WARM_UP: usize = 20_000;
/// Calls whose marks are recorded at a time: as many as the marks kept allow for.
const CALLS: usize = 500;
/// How often.
const TIMES: usize = 10;
/// Marks of a call in one process.
const MARKS: usize = Step::ALL.len() / 2;

/// What is called, and the marks of the server's process.
#[service]
trait Steps {
    async fn add(&self, a: i64, b: i64) -> i64;

    /// Begins to record marks, or ends it.
    async fn record(&self, on: bool);

    /// What was recorded.
    async fn recorded(&self) -> Vec<Mark>;
}

struct Recorder;

impl Steps for Recorder {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn record(&self, on: bool) {
        step::record(on);
    }

    async fn recorded(&self) -> Vec<Mark> {
        step::recorded()
    }
}

/// What is printed.
#[derive(Serialize)]
struct Medians {
    /// Microseconds of each of the ten steps.
    steps: Vec<f64>,
    /// Microseconds of the whole call.
    whole: f64,
}

/// When the steps of one call began, and its end.
type Times = [Duration; Step::ALL.len() + 1];

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(Serve { listen, run }) => run.build()?.block_on(serve(listen)),
        Command::Load(load) => {
            let runtime = load.run.build()?;
            let calls = runtime.block_on(async { tokio::spawn(record(load)).await? })?;
            println!("{}", serde_json::json!(medians(&calls)));
            Ok(())
        }
    }
}

async fn serve(listen: Vec<String>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = listen.into_iter().fold(Server::new().add(StepsServer::new(Recorder)), Server::listen);
    let server = server.bind().await?;
    announce(server.urls());
    server.serve_until(async { drop(ended().await) }).await;
    Ok(())
}

async fn record(load: Load) -> Result<Vec<Times>, Box<dyn Error + Send + Sync>> {
    let client = StepsClient::new(Channel::connect(&load.url).await?);
    for _ in 0..WARM_UP {
        client.add(1, 2).await?;
    }
    let mut calls = Vec::new();
    for _ in 0..TIMES {
        client.record(true).await?;
        step::record(true);
        let mut ends = Vec::new();
        for _ in 0..CALLS {
            client.add(1, 2).await?;
            ends.push(step::now());
        }
        step::record(false);
        let (ours, theirs) = (step::recorded(), client.recorded().await?);
        client.record(false).await?;
        calls.extend(together(&ours, &theirs, &ends)?);
    }
    Ok(calls)
}

/// Puts the marks of both processes together. The server's begin with the end of the call that turned recording on, and
/// end with the beginning of the one that asks for them.
fn together(ours: &[Mark], theirs: &[Mark], ends: &[Duration]) -> Result<Vec<Times>, String> {
    let first = theirs.iter().position(|mark| mark.step == Step::ReceiveRequest as u8);
    let theirs = &theirs[first.ok_or("the server marked no request")?..];
    let calls = ours.chunks_exact(MARKS).zip(theirs.chunks_exact(MARKS)).zip(ends);
    calls
        .map(|((ours, theirs), end)| {
            let mut times = [Duration::ZERO; Step::ALL.len() + 1];
            for step in Step::ALL {
                let mark = ours.iter().chain(theirs).find(|mark| mark.step == step as u8);
                times[step as usize] = mark.ok_or_else(|| format!("nobody marked that {}", step.name()))?.at;
            }
            times[Step::ALL.len()] = *end;
            Ok(times)
        })
        .collect()
}

fn medians(calls: &[Times]) -> Medians {
    let took = |number: u8| {
        let step = |times: &Times| {
            let marks = Step::ALL.iter().filter(|step| step.number() == number);
            marks.map(|step| times[*step as usize + 1].saturating_sub(times[*step as usize])).sum()
        };
        median(calls.iter().map(step).collect())
    };
    let whole = median(calls.iter().map(|times| times[Step::ALL.len()].saturating_sub(times[0])).collect());
    Medians { steps: (1..=10).map(took).collect(), whole }
}

/// The middle one, in microseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}
