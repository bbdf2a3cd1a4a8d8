//! The server's half of what all that are measured have in common: it says where it listens, and ends when told.

use std::{
    env, fmt,
    future::pending,
    io::{self, BufRead, stdin},
    thread,
};

use tokio::sync::oneshot;

use crate::Heap;

/// The environment variable that makes a server end when its standard input does: whoever started it has then gone,
/// however that came.
pub const WITH_INPUT: &str = "RPC_LOAD_WITH_INPUT";

/// Says where the server listens, a line for each. Whoever started it waits for these lines.
pub fn announce(urls: impl IntoIterator<Item = impl fmt::Display>) {
    for url in urls {
        println!("listening {url}");
    }
}

/// Waits until the process is told to end: by SIGTERM or SIGINT, or with [`WITH_INPUT`] set by the end of its standard
/// input.
///
/// With that set, and in a build that counts allocations, whoever started the server can ask for the counts meanwhile:
/// for each line on standard input there is one of JSON on standard output.
///
/// # Errors
/// The system does not let the process watch for signals.
pub async fn ended() -> io::Result<()> {
    tokio::select! {
        told = signalled() => told,
        () = input_ended() => Ok(()),
    }
}

async fn signalled() -> io::Result<()> {
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

async fn input_ended() {
    if env::var_os(WITH_INPUT).is_none() {
        return pending().await;
    }
    let (sender, over) = oneshot::channel::<()>();
    thread::spawn(move || {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            if let Some(heap) = Heap::now() {
                println!("{}", serde_json::json!(heap));
            }
        }
        drop(sender);
    });
    let _ = over.await;
}
