//! `lab load`: many calls, a task for each that is in flight. How they are timed and counted is `rpc-load`'s business;
//! here is one call of each method, and whether its value is right.

use std::{sync::Arc, time::Duration};

use clap::Args;
use rpc_core::{CallError, ChannelConfig, ConnectError, Limits};
use rpc_load::{Caller, Load, Method, Report};

use super::{limits::Bounds, service::LabClient, streams::Connection};
use crate::Failure;

/// What a failure is called that is none of the framework's.
pub const WRONG: &str = "wrong value";
/// Bytes of an item of `sum`.
const NUMBER: usize = size_of::<i64>();

/// `load`: what everything has that is measured, and what only the laboratory has.
#[derive(Debug, Args)]
pub struct Loading {
    #[command(flatten)]
    load: Load,
    /// Microseconds from one item of a stream to the next, at the side that sends; 0 is as fast as they are taken.
    #[arg(long, value_name = "N", default_value_t = 0)]
    interval_us: u64,
    #[command(flatten)]
    bounds: Bounds,
}

impl Loading {
    /// Makes the calls of a load, or its streams, and prints what came of them.
    ///
    /// # Errors
    /// Nobody answers. What fails then is in the report.
    pub fn run(self) -> Result<(), Failure> {
        let report = self.load.run.build()?.block_on(self.measured())?;
        report.print(self.load.json);
        Ok(())
    }

    async fn measured(&self) -> Result<Report, Failure> {
        let load = &self.load;
        let mut labs = Vec::new();
        for _ in 0..load.connections {
            labs.push(self.connected().await?);
        }
        if !load.method.streams() {
            let workers = load.each(labs.into_iter().map(|lab| Calls::new(lab, load, self.bounds.limits())));
            return Ok(rpc_load::run(load, workers, |tasks, worker| drop(tasks.spawn(worker.run()))).await);
        }
        if load.rate.is_some() || load.in_flight == 0 {
            return Err("streams have no --rate but --interval-us, and --in-flight of 1 or more".into());
        }
        let size = if load.method == Method::Sum { NUMBER } else { load.size };
        let load = Load { size, ..load.clone() };
        let streams = load.each(labs.into_iter().map(|lab| Connection::new(lab, &load, self.interval_us)));
        Ok(rpc_load::run_streams(&load, streams, |tasks, worker| drop(tasks.spawn(worker.run()))).await)
    }

    async fn connected(&self) -> Result<LabClient, ConnectError> {
        let channel = ChannelConfig::new().limits(self.bounds.limits()).connect(&self.load.url).await?;
        Ok(LabClient::new(channel))
    }
}

/// Calls of one method, one after the other. What they send is made once.
#[derive(Clone)]
struct Calls {
    lab: LabClient,
    method: Method,
    size: u64,
    bytes: Arc<[u8]>,
    made: i64,
    /// A deadline that a sleep does not reach: as long as any call has, and the sleep besides.
    longer: Duration,
}

impl Calls {
    fn new(lab: LabClient, load: &Load, limits: Limits) -> Self {
        let Load { method, size, .. } = *load;
        let bytes = if method == Method::Echo { vec![b'x'; size].into() } else { Arc::default() };
        let longer = limits.call_timeout.saturating_add(Duration::from_millis(size as u64));
        Self { lab, method, size: size as u64, bytes, made: 0, longer }
    }
}

impl Caller for Calls {
    async fn call(&mut self) -> Result<(), String> {
        self.made += 1;
        let Self { lab, size, bytes, made, longer, .. } = self;
        match self.method {
            Method::Echo => checked(lab.echo(bytes).await, |echoed| same(echoed, bytes)),
            Method::Add => checked(lab.add(*made, 1).await, |sum| *sum == *made + 1),
            Method::Sleep => checked(lab.sleep(*size).timeout(*longer).await, |()| true),
            Method::Burn => checked(lab.burn(*size).await, |()| true),
            Method::Work => checked(lab.work(*size).await, |()| true),
            Method::Big => checked(lab.big(*size).await, |big| big.len() as u64 == *size),
            Method::Fail => checked(lab.fail("as asked").await, |()| false),
            method => Err(format!("{method} is no call by itself")),
        }
    }
}

/// Whether these are most likely the same bytes: looking at all of them would take as long as copying them.
fn same(echoed: &[u8], sent: &[u8]) -> bool {
    echoed.len() == sent.len() && echoed.first() == sent.first() && echoed.last() == sent.last()
}

fn checked<T, E>(outcome: Result<T, CallError<E>>, right: impl Fn(&T) -> bool) -> Result<(), String> {
    match outcome {
        Ok(value) if right(&value) => Ok(()),
        Ok(_) => Err(WRONG.to_owned()),
        Err(error) => Err(kind(&error)),
    }
}

/// By what a failure is counted: its code, and whether the method may have run.
pub fn kind<E>(error: &CallError<E>) -> String {
    let delivery = error.delivery();
    error.code().map_or_else(|| format!("App/{delivery:?}"), |code| format!("{code:?}/{delivery:?}"))
}
