//! `lab load`: many calls, a task for each that is in flight. How they are timed and counted is `rpc-load`'s business;
//! here is one call of each method, and whether its value is right.

use std::{sync::Arc, time::Duration};

use rpc_core::{CallError, Limits};
use rpc_load::{Caller, Load, Method, Report};

use super::{service::LabClient, streams::Connection};
use crate::Failure;

/// What a failure is called that is none of the framework's.
pub const WRONG: &str = "wrong value";

/// Makes the calls of a load, or its stream.
///
/// # Errors
/// Nobody answers. What fails then is in the report.
///
/// # Cancel safety
/// Dropping the future ends the calls.
pub async fn make(load: &Load) -> Result<Report, Failure> {
    if load.method.streams() {
        let streams = Connection::new(LabClient::connect(&load.url).await?, load);
        return Ok(rpc_load::run_stream(load, streams, |tasks, worker| drop(tasks.spawn(worker.run()))).await);
    }
    let bytes: Arc<[u8]> = if load.method == Method::Echo { vec![b'x'; load.size].into() } else { Arc::default() };
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let lab = LabClient::connect(&load.url).await?;
        connections.push(Calls { lab, method: load.method, size: load.size as u64, bytes: bytes.clone(), made: 0 });
    }
    let workers = load.each(connections);
    Ok(rpc_load::run(load, workers, |tasks, worker| drop(tasks.spawn(worker.run()))).await)
}

/// Calls of one method, one after the other. What they send is made once.
#[derive(Clone)]
struct Calls {
    lab: LabClient,
    method: Method,
    size: u64,
    bytes: Arc<[u8]>,
    made: i64,
}

impl Caller for Calls {
    async fn call(&mut self) -> Result<(), String> {
        self.made += 1;
        let Self { lab, size, bytes, made, .. } = self;
        match self.method {
            Method::Echo => checked(lab.echo(bytes).await, |echoed| same(echoed, bytes)),
            Method::Add => checked(lab.add(*made, 1).await, |sum| *sum == *made + 1),
            Method::Sleep => checked(lab.sleep(*size).timeout(longer_than(*size)).await, |()| true),
            Method::Burn => checked(lab.burn(*size).await, |()| true),
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

/// A deadline that a sleep does not reach: as long as any call has, and the sleep besides.
fn longer_than(ms: u64) -> Duration {
    Limits::default().call_timeout.saturating_add(Duration::from_millis(ms))
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
