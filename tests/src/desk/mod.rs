//! The laboratory at work: keeps a ledger of what has run, counts what runs, and lets handlers wait until the test
//! releases them. Nothing here knows how it is called.

mod ledger;
mod streams;

use std::{
    fmt::Debug,
    future::pending,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rpc_core::{Context, Delivery};
use tokio::sync::{Semaphore, watch};

use crate::laboratory::{Breakdown, LabError, Laboratory, Measured, Sample, Seen};

/// The laboratory at work, shared with the test.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Every id that a handler was called with, in the order of their beginnings.
    ledger: watch::Sender<Vec<u64>>,
    /// Handlers that have begun and not ended.
    running: watch::Sender<usize>,
    /// A permit lets one waiting handler go; closed, it lets all.
    gate: Semaphore,
    /// How long handlers compute; threads wait for it, not tasks.
    computing: Mutex<Duration>,
}

impl Default for Desk {
    fn default() -> Self {
        Self(Arc::new(Inner {
            ledger: watch::Sender::default(),
            running: watch::Sender::default(),
            gate: Semaphore::new(0),
            computing: Mutex::new(Duration::MAX),
        }))
    }
}

impl Desk {
    /// Lets `count` waiting handlers go, now or when they come to wait.
    pub fn release(&self, count: usize) {
        self.0.gate.add_permits(count);
    }

    /// Lets every handler go, those that wait, those that compute and those that come later.
    pub fn release_all(&self) {
        self.0.gate.close();
        self.compute_for(Duration::ZERO);
    }

    /// Has handlers compute for this long; without it, until they are released.
    pub fn compute_for(&self, time: Duration) {
        *self.computing() = time;
    }

    /// How often a handler was called with `id`.
    #[must_use]
    pub fn ran(&self, id: u64) -> usize {
        self.0.ledger.borrow().iter().filter(|ran| **ran == id).count()
    }

    /// Fails unless a call ran as often as its outcome says; `None` is the outcome of one that was given up.
    ///
    /// # Panics
    /// When it ran more often, or less.
    pub fn assert_honest<T: Debug>(&self, id: u64, outcome: Option<Result<T, Delivery>>) {
        let ran = self.ran(id);
        let honest = match &outcome {
            Some(Ok(_) | Err(Delivery::Failed)) => ran == 1,
            Some(Err(Delivery::NotSent | Delivery::Refused)) => ran == 0,
            Some(Err(Delivery::Unknown)) | None => ran <= 1,
        };
        assert!(honest, "call {id} ended with {outcome:?} and ran {ran} times");
    }

    /// Every id in the ledger, in the order of the calls' beginnings.
    #[must_use]
    pub fn ledger(&self) -> Vec<u64> {
        self.0.ledger.borrow().clone()
    }

    /// Handlers that have begun and not ended.
    #[must_use]
    pub fn running(&self) -> usize {
        *self.0.running.borrow()
    }

    /// Waits until exactly `count` handlers run.
    pub async fn until_running(&self, count: usize) {
        let _ = self.0.running.subscribe().wait_for(|running| *running == count).await;
    }

    /// Waits until a handler was called with `id`.
    pub async fn until_ran(&self, id: u64) {
        let _ = self.0.ledger.subscribe().wait_for(|ledger| ledger.contains(&id)).await;
    }

    /// Waits until the ledger has `count` entries.
    pub async fn until_entries(&self, count: usize) {
        let _ = self.0.ledger.subscribe().wait_for(|ledger| ledger.len() >= count).await;
    }

    /// Writes into the ledger.
    pub fn enter(&self, id: u64) {
        self.0.ledger.send_modify(|ledger| ledger.push(id));
    }

    /// Empties the ledger.
    pub fn clear(&self) {
        self.0.ledger.send_modify(Vec::clear);
    }

    fn computing(&self) -> MutexGuard<'_, Duration> {
        self.0.computing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Begun<'_> {
        self.0.running.send_modify(|running| *running += 1);
        Begun(self)
    }

    async fn released(&self) {
        if let Ok(permit) = self.0.gate.acquire().await {
            permit.forget();
        }
    }
}

/// A handler that has begun, until it is dropped.
struct Begun<'a>(&'a Desk);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.0.running.send_modify(|running| *running -= 1);
    }
}

/// Panics without a line on the test's output.
fn break_down() -> ! {
    resume_unwind(Box::new("the secret"))
}

struct Breaks;

impl Drop for Breaks {
    fn drop(&mut self) {
        break_down();
    }
}

impl Laboratory for Desk {
    async fn ping(&self) {
        let _begun = self.begin();
    }

    async fn add(&self, a: i64, b: i64) -> i64 {
        let _begun = self.begin();
        a.wrapping_add(b)
    }

    async fn echo(&self, sample: Sample) -> Sample {
        let _begun = self.begin();
        sample
    }

    async fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let _begun = self.begin();
        bytes
    }

    async fn measure(&self, text: &str, blob: &[u8], sample: &Sample, numbers: &[u32]) -> Measured {
        let _begun = self.begin();
        // Borrowed arguments live across an await, in whatever task the handler goes on.
        tokio::task::yield_now().await;
        Measured {
            text: text.to_owned(),
            blob_sum: blob.iter().map(|byte| u64::from(*byte)).sum(),
            sample_is_full: *sample == Sample::full(),
            numbers: numbers.to_vec(),
        }
    }

    async fn big(&self, len: u32) -> Vec<u8> {
        let _begun = self.begin();
        vec![7; len as usize]
    }

    async fn check(&self, number: Option<u32>) -> Result<u32, LabError> {
        let _begun = self.begin();
        number.ok_or_else(|| LabError::Missing { what: "number".into() })
    }

    async fn panic(&self, how: Breakdown) {
        let _begun = self.begin();
        match how {
            Breakdown::AtOnce => break_down(),
            Breakdown::Later => {
                tokio::task::yield_now().await;
                break_down()
            }
            Breakdown::InDrop => drop(Breaks),
            Breakdown::WhenStopped => {
                let _breaks = Breaks;
                pending().await
            }
            Breakdown::Twice => resume_unwind(Box::new(Breaks)),
        }
    }

    async fn note(&self, id: u64) -> u64 {
        let _begun = self.begin();
        self.enter(id);
        id
    }

    async fn wait(&self, id: u64) -> u64 {
        let _begun = self.begin();
        self.enter(id);
        self.released().await;
        id
    }

    async fn hold(&self, id: u64, load: Vec<u8>) -> Vec<u8> {
        self.wait(id).await;
        load
    }

    async fn hasty(&self, id: u64) -> u64 {
        self.wait(id).await
    }

    async fn compute(&self, id: u64) -> u64 {
        let _begun = self.begin();
        self.enter(id);
        let start = Instant::now();
        while start.elapsed() < *self.computing() {
            std::thread::yield_now();
        }
        id
    }

    async fn watch(&self, id: u64) -> u64 {
        let (desk, context) = (self.clone(), Context::current().expect("a handler has a context"));
        tokio::spawn(async move {
            context.cancelled().await;
            assert!(context.is_cancelled());
            desk.enter(id + 1);
        });
        self.wait(id).await
    }

    async fn context(&self) -> Seen {
        let _begun = self.begin();
        let context = Context::current().expect("a handler has a context");
        for (key, value) in context.metadata().iter() {
            Context::respond_with(key, value).expect("what came as metadata goes as metadata");
        }
        Seen::of(&context)
    }

    async fn answer_with(&self, key: &str, len: u32) -> bool {
        let _begun = self.begin();
        Context::respond_with(key, vec![b'x'; len as usize]).is_ok()
    }

    async fn log(&self, id: u64, _load: Vec<u8>) {
        let _begun = self.begin();
        self.enter(id);
    }

    async fn linger(&self, id: u64) {
        self.wait(id).await;
    }

    async fn watch_silently(&self, id: u64) {
        self.watch(id).await;
    }

    async fn panic_silently(&self, how: Breakdown) {
        self.panic(how).await;
    }
}
