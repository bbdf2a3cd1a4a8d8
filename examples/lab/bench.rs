//! The laboratory at work: an ordinary struct, behind the trait of `service`. Knows no connections but as numbers.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use rpc_core::{Stats, Stream, Streaming};
use tokio::{runtime::Handle, time::sleep};

use super::{
    items::{Paced, item},
    service::{Counters, Lab, LabError},
    tier::Tier,
};

/// Most bytes that `big` gives, and an item of `ticks`: twice the largest message that a client takes unless told otherwise, so that this refusal
/// can be seen too.
const BIG_BYTES: u64 = 8 << 20;
/// Longest time that `burn` computes, in milliseconds: a thread is lost to everybody else for so long.
const BURN_MS: u64 = 10_000;
/// Most keys that `count` keeps, one for each call of a long test.
const KEYS: usize = 100_000;
/// Longest key, in bytes: with all keys it is 25 MB.
const KEY_BYTES: usize = 256;

/// A laboratory at work.
#[derive(Debug)]
pub struct Bench {
    stats: Stats,
    counts: Mutex<HashMap<String, u64>>,
    next: Option<Tier>,
}

impl Bench {
    /// A laboratory on a server that `stats` looks at. What it is asked to add and to relay goes on to the `next` one, if
    /// there is one.
    pub fn new(stats: Stats, next: Option<Tier>) -> Self {
        Self { stats, counts: Mutex::default(), next }
    }
}

impl Lab for Bench {
    async fn echo(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    async fn add(&self, a: i64, b: i64) -> Result<i64, LabError> {
        match &self.next {
            None => Ok(a.wrapping_add(b)),
            Some(next) => Box::pin(next.add(a, b)).await, // in a box, so that no other call carries the room for it
        }
    }

    async fn sleep(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
    }

    async fn count(&self, key: &str) -> Result<u64, LabError> {
        within(key.len() as u64, "bytes of a key", "KEY_BYTES", KEY_BYTES as u64)?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(key) {
            *count += 1;
            return Ok(*count);
        }
        within(counts.len() as u64 + 1, "keys", "KEYS", KEYS as u64)?;
        counts.insert(key.to_owned(), 1);
        Ok(1)
    }

    async fn fail(&self, text: &str) -> Result<(), LabError> {
        Err(LabError::Failed(text.to_owned()))
    }

    async fn panic(&self, text: &str) {
        panic!("{text}");
    }

    async fn big(&self, n: u64) -> Result<Vec<u8>, LabError> {
        within(n, "bytes", "BIG_BYTES", BIG_BYTES)?;
        Ok(vec![b'x'; n as usize])
    }

    async fn burn(&self, ms: u64) -> Result<(), LabError> {
        within(ms, "milliseconds", "BURN_MS", BURN_MS)?;
        compute(Duration::from_millis(ms));
        Ok(())
    }

    async fn work(&self, us: u64) -> Result<(), LabError> {
        within(us.div_ceil(1_000), "milliseconds", "BURN_MS", BURN_MS)?;
        compute(Duration::from_micros(us));
        Ok(())
    }

    async fn ticks(&self, n: u64, interval_us: u64, size: u32) -> Result<impl Stream<Item = Vec<u8>>, LabError> {
        within(size.into(), "bytes", "BIG_BYTES", BIG_BYTES)?;
        let numbers = 0..if n == 0 { u64::MAX } else { n };
        let items = numbers.map(move |number| item(number, size as usize));
        Ok(Paced::new(items, Duration::from_micros(interval_us)))
    }

    async fn sum(&self, mut items: Streaming<i64>) -> Result<i64, LabError> {
        let mut sum = 0_i64;
        while let Some(item) = items.next().await {
            sum = sum.wrapping_add(item.map_err(LabError::ended)?);
        }
        Ok(sum)
    }

    async fn relay(
        &self,
        items: Streaming<Vec<u8>>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError> {
        Ok(match &self.next {
            None => items.map(|item| item.map_err(LabError::ended)).left_stream(),
            Some(next) => Box::pin(next.relay(items)).await?.boxed().right_stream(),
        })
    }

    async fn sink(&self, mut items: Streaming<Vec<u8>>) -> Result<u64, LabError> {
        let mut bytes = 0;
        while let Some(item) = items.next().await {
            bytes += item.map_err(LabError::ended)?.len() as u64;
        }
        Ok(bytes)
    }

    async fn counters(&self) -> Counters {
        let stats = self.stats.snapshot();
        Counters {
            connections: stats.connections as u64,
            calls_in_flight: stats.calls_in_flight as u64,
            running_handlers: stats.running_handlers as u64,
            buffered_bytes: stats.buffered_bytes as u64,
            held_bytes: stats.held_bytes as u64,
            streams: stats.streams as u64,
            untaken_bytes: stats.untaken_bytes as u64,
            served: stats.served,
            refused: stats.refused,
            tasks: Handle::current().metrics().num_alive_tasks() as u64,
            open_files: open_files(),
        }
    }
}

/// Keeps the thread for so long.
fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn within(got: u64, unit: &str, bound: &str, limit: u64) -> Result<(), LabError> {
    if got <= limit {
        return Ok(());
    }
    Err(LabError::TooMuch { got, unit: unit.to_owned(), bound: bound.to_owned(), limit })
}

/// Files that this process has open, but for the folder that says so. Reading that folder waits for no disk.
fn open_files() -> Option<u64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?;
    Some((files.count() as u64).saturating_sub(1))
}
