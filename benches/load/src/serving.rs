//! The server's half of what all that are measured have in common: it says where it listens, and ends when told.

use std::{fmt, io};

use crate::heap;

/// Says where the server listens, a line for each. Whoever started it waits for these lines.
pub fn announce(urls: impl IntoIterator<Item = impl fmt::Display>) {
    for url in urls {
        println!("listening {url}");
    }
}

/// Waits until the process is told to end, by SIGTERM or SIGINT.
///
/// In a build that counts allocations, whoever started the server can ask for the counts meanwhile: for each line on
/// standard input there is one of JSON on standard output.
///
/// # Errors
/// The system does not let the process watch for signals.
pub async fn ended() -> io::Result<()> {
    heap::answer();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminated.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
