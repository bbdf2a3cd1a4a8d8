//! The server: a thread that answers whatever there is. Knows no client.

use std::{
    process::exit,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use peers_harness::Outcome;
use rpc_load::{Serve, announce, ended};

use crate::{Wait, calls, doorbell::doorbell, node, words};

/// Most bytes that a response has room for to begin with: as many as a load asks for.
const LONGEST: usize = 1 << 20;

pub(crate) async fn serve(Serve { mut listen, .. }: Serve, wait: Wait) -> Outcome {
    let (Some(url), true) = (listen.pop(), listen.is_empty()) else {
        return Err("this peer listens at one place".to_owned());
    };
    let over = Arc::new(AtomicBool::new(false));
    let (ready, listens) = mpsc::channel();
    let server = thread::spawn({
        let (over, url) = (over.clone(), url.clone());
        move || {
            if let Err(error) = answer(&url, wait, &over, &ready) {
                eprintln!("{error}");
                exit(1);
            }
        }
    });
    listens.recv().map_err(words)?;
    announce([url]);
    ended().await.map_err(words)?;
    over.store(true, Relaxed);
    // What it has made in the file system goes with it.
    server.join().map_err(|_| "the server has panicked".to_owned())
}

fn answer(url: &str, wait: Wait, over: &AtomicBool, ready: &mpsc::Sender<()>) -> Outcome {
    let node = node()?;
    let (bell, ear) = doorbell(&node, url, wait, ["responses", "requests"])?;
    let listening = ear.listen()?;
    let service = calls(&node, url)?;
    let server = service.server_builder().initial_max_slice_len(LONGEST).create().map_err(words)?;
    ready.send(()).map_err(words)?;
    while !over.load(Relaxed) {
        let mut answered = false;
        while let Some(request) = server.receive().map_err(words)? {
            let payload = request.payload();
            let response = request.loan_slice_uninit(payload.len()).map_err(words)?;
            response.write_from_slice(payload).send().map_err(words)?;
            answered = true;
        }
        if answered {
            bell.ring()?;
        } else {
            listening.wait()?;
        }
    }
    Ok(())
}
