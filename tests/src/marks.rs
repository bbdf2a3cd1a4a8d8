//! A service that shows the marks of its own process, for the tests that look at both ends of a call.

use rpc_core::{
    service,
    step::{self, Mark},
};

/// The marks of the server's process.
#[service]
pub trait Marks {
    /// Begins to record, or ends it.
    async fn record(&self, on: bool);

    /// The call whose steps are looked at.
    async fn double(&self, number: u64) -> u64;

    /// What was recorded.
    async fn recorded(&self) -> Vec<Mark>;
}

/// Serves this process's marks.
#[derive(Debug)]
pub struct OwnMarks;

impl Marks for OwnMarks {
    async fn record(&self, on: bool) {
        step::record(on);
    }

    async fn double(&self, number: u64) -> u64 {
        2 * number
    }

    async fn recorded(&self) -> Vec<Mark> {
        step::recorded()
    }
}
