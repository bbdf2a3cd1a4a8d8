//! K-9: peers and clients that come and go, thousands of them: nothing grows. In a process of its own, for descriptors and
//! memory are the whole process's.

use std::fs;

use rpc_tests::{LaboratoryClient, RawPeer, request};
use tokio::{
    runtime::Handle,
    task::{JoinSet, yield_now},
};

use crate::{
    attack::{STREAMS, Target, attack},
    own_process::in_a_process_of_its_own,
};

/// Who comes and goes over each transport.
const CYCLES: usize = 2_000;
/// Who is there at a time.
const AT_ONCE: usize = 20;

/// What must not grow: descriptors, tasks, connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    descriptors: usize,
    tasks: usize,
    connections: usize,
}

fn held(target: &Target) -> Held {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    let tasks = Handle::current().metrics().num_alive_tasks();
    Held { descriptors, tasks, connections: target.served.stats.snapshot().connections }
}

/// One who comes and goes, after nothing, in a hello, after one, after a call, in the middle of one, or as a client.
async fn come_and_go(url: String, round: usize) {
    let id = round as u64;
    let dial = async || RawPeer::over(&url).await;
    match round % 6 {
        0 => drop(dial().await),
        1 => dial().await.send_bytes(b"\xf2RPC").await,
        2 => drop(dial().await.introduced().await),
        3 => {
            let mut peer = dial().await.introduced().await;
            peer.send(request(1, "note"), &id.to_le_bytes()).await;
            assert_eq!(peer.response(1).await.0.word, 0);
        }
        4 => {
            let mut peer = dial().await.introduced().await;
            peer.send(request(1, "wait"), &id.to_le_bytes()).await;
            peer.send_bytes(&[40, 0, 0, 0, 1]).await;
        }
        _ => {
            let client = LaboratoryClient::connect(&url).await.unwrap();
            assert_eq!(client.note(id).await.unwrap(), id);
        }
    }
}

#[test]
fn k09_nothing_grows_when_thousands_come_and_go() {
    in_a_process_of_its_own(k09_nothing_grows_when_thousands_come_and_go, async {
        attack()
            .over(&STREAMS)
            .run(async |target| {
                let before = held(target);
                let mut there = JoinSet::new();
                for round in 0..CYCLES {
                    target.expect_peers(1);
                    there.spawn(come_and_go(target.served.url.clone(), round));
                    if there.len() == AT_ONCE {
                        there.join_next().await.unwrap().unwrap();
                    }
                }
                there.join_all().await;
                // The last ones are still on their way out.
                while held(target) != before {
                    yield_now().await;
                }
                // Who was answered ran, once.
                for id in (0..CYCLES as u64).filter(|id| [3, 5].contains(&(id % 6))) {
                    assert_eq!(target.desk().ran(id), 1, "note {id}");
                }
            })
            .await;
    });
}
