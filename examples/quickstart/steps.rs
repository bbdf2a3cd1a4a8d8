//! Where the time of a call goes: both processes mark when each step begins, and the client puts the marks together.

use std::{error::Error, time::Duration};

use rpc_core::{
    service,
    step::{self, Mark, Step},
};

use crate::stock::StockClient;

/// Calls before the one that is looked at, so that it finds warm caches and buffers.
const WARM_UP: usize = 2_000;

/// The marks of the server's process, as a service beside the shop's.
#[service]
pub trait Steps {
    /// Begins to record marks, or ends it.
    async fn record(&self, on: bool);

    /// What was recorded.
    async fn recorded(&self) -> Vec<Mark>;
}

/// Serves this process's marks.
pub struct Recorder;

impl Steps for Recorder {
    async fn record(&self, on: bool) {
        step::record(on);
    }

    async fn recorded(&self) -> Vec<Mark> {
        step::recorded()
    }
}

/// When the steps of one call began, and when its caller had the value.
pub struct CallTimes {
    url: String,
    began: [Duration; Step::ALL.len()],
    end: Duration,
}

/// Makes one call and times its steps in both processes.
pub async fn record(url: &str, stock: &StockClient, server: &StepsClient) -> Result<CallTimes, Box<dyn Error>> {
    for _ in 0..WARM_UP {
        stock.count("lamp").await?;
    }
    server.record(true).await?;
    step::record(true);
    stock.count("lamp").await?;
    let end = step::now();
    step::record(false);
    let theirs = server.recorded().await?;
    server.record(false).await?;
    CallTimes::new(url, &step::recorded(), &theirs, end)
}

impl CallTimes {
    /// Puts the marks of both processes together. The server's begin with the end of the call that turned recording
    /// on, and end with the beginning of the one that asks for them: the call's own run from its arrival on.
    fn new(url: &str, ours: &[Mark], theirs: &[Mark], end: Duration) -> Result<Self, Box<dyn Error>> {
        let arrived = theirs.iter().position(|mark| mark.step == Step::ReceiveRequest as u8);
        let theirs = &theirs[arrived.ok_or("the server marked no request")?..];
        let mut began = [Duration::ZERO; Step::ALL.len()];
        for step in Step::ALL {
            let mark = ours.iter().chain(theirs).find(|mark| mark.step == step as u8);
            began[step as usize] = mark.ok_or_else(|| format!("nobody marked that {}", step.name()))?.at;
        }
        Ok(Self { url: url.to_owned(), began, end })
    }

    /// How long the steps of a number took, both ends together.
    fn took(&self, number: u8) -> Duration {
        let first = Step::ALL.iter().find(|step| step.number() == number);
        let next = Step::ALL.iter().find(|step| step.number() == number + 1);
        let from = first.map_or(self.end, |step| self.began[*step as usize]);
        let to = next.map_or(self.end, |step| self.began[*step as usize]);
        to.saturating_sub(from)
    }

    /// Prints the calls side by side.
    pub fn print(calls: &[Self]) {
        println!(
            "\nOne call of `count`, in microseconds. Steps 1 to 3 and 8 to 10 are the client's, 3 to 8 the server's.\n"
        );
        let scheme = |url: &str| url.split("://").next().unwrap_or_default().to_owned();
        let heads: Vec<String> = calls.iter().map(|call| format!("{:>8}", scheme(&call.url))).collect();
        println!("  step {:44}{}", "", heads.join(""));
        let names = [
            "client calls the function",
            "client stub encodes the request",
            "client transport sends, server's receives",
            "server stub decodes the request",
            "the method runs",
            "the result goes to the server stub",
            "server stub encodes the response",
            "server transport sends, client's receives",
            "client transport hands over to the stub",
            "client stub decodes the return value",
        ];
        for (number, name) in (1..).zip(names) {
            let times: Vec<String> = calls.iter().map(|call| micros(call.took(number))).collect();
            println!("  {number:>4} {name:44}{}", times.join(""));
        }
        let totals: Vec<String> = calls.iter().map(|call| micros(call.end - call.began[0])).collect();
        println!("       {:44}{}", "together, as the caller sees it", totals.join(""));
    }
}

fn micros(time: Duration) -> String {
    format!("{:>8.2}", time.as_nanos() as f64 / 1_000.0)
}
