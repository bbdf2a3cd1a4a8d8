//! A service that writes down what it runs, in a file that outlives its process, however that ends.

use std::{
    fs::{self, File, OpenOptions},
    future::pending,
    io::{self, Write},
    path::Path,
    time::Duration,
};

use rpc_core::service;

/// Time in which a handler has run and has not answered. A server that is killed is likely to be killed there.
const BETWEEN: Duration = Duration::from_micros(300);

/// Writes down the ids of its calls.
#[service(name = "test.Ledger")]
pub trait Ledger {
    /// Writes `id` down and gives `load` back, at once or after it has lingered for a moment.
    async fn enter(&self, id: u64, linger: bool, load: Vec<u8>) -> Vec<u8>;

    /// Writes `id` down and never answers.
    async fn stay(&self, id: u64);
}

/// A ledger in a file. An entry is one write that no other comes between, of bytes that lie in one page: it is there or
/// it is not, and it stays where the process is killed.
#[derive(Debug)]
pub struct LedgerFile(File);

impl LedgerFile {
    /// Goes on with the ledger at `path`, or begins it.
    ///
    /// # Errors
    /// The file cannot be had.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    /// The ids at `path`, in the order of their entries.
    ///
    /// # Errors
    /// The file cannot be read.
    ///
    /// # Panics
    /// When an entry is not whole.
    pub fn read(path: &Path) -> io::Result<Vec<u64>> {
        let bytes = fs::read(path)?;
        let (entries, rest) = bytes.as_chunks();
        assert!(rest.is_empty(), "half an entry in `{}`", path.display());
        Ok(entries.iter().map(|entry| u64::from_le_bytes(*entry)).collect())
    }

    fn write(&self, id: u64) {
        let written = (&self.0).write(&id.to_le_bytes()).expect("a ledger can be written");
        assert_eq!(written, size_of::<u64>(), "half an entry was written");
    }
}

impl Ledger for LedgerFile {
    async fn enter(&self, id: u64, linger: bool, load: Vec<u8>) -> Vec<u8> {
        self.write(id);
        if linger {
            tokio::time::sleep(BETWEEN).await;
        }
        load
    }

    async fn stay(&self, id: u64) {
        self.write(id);
        pending().await
    }
}
