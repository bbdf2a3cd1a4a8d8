//! When this process is asked to stop, where there are no signals of Unix.

/// Waits until this process is asked to stop, by Ctrl-C.
///
/// # Panics
/// Outside of a tokio runtime with I/O.
pub async fn shutdown_signal() {
    // Where it cannot be watched for, nobody can ask.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
