//! Processes that stand still while they have a ring with this one: what waits for them ends at its deadline, and when
//! they go on, so does the connection.

use std::{collections::HashSet, time::Duration};

use rpc_core::{Channel, Code, Delivery, Server};
use rpc_tests::{
    Desk, Folder, LedgerClient, LedgerFile, LedgerServer,
    deaths::{Victim, Work},
    within,
};
use rustix::process::Signal;
use tokio::task::JoinSet;

use super::{alone, program};

/// Calls to a server that stands still, and bytes of each: most find no room in its ring, and some need several frames.
const CALLS: u64 = 200;
const BYTES: u64 = 30;

#[test]
fn calls_that_wait_for_room_in_the_ring_of_a_stopped_server_end_at_their_deadlines_and_the_connection_goes_on() {
    alone(async |_| {
        let folder = Folder::new();
        let url = format!("shm://{}?size=4KiB&cells=16", folder.path().join("stands.sock").display());
        let ledger = folder.path().join("ledger");
        let work = Work::Serve { url: url.clone(), threads: 1, ledger: ledger.clone() };
        let mut server = Victim::start(&program(), &work, None).await;
        let client = LedgerClient::new(Channel::connect(&url).await.unwrap());
        client.enter(CALLS, false, Vec::new()).await.unwrap();
        server.signal(Signal::STOP);
        let mut calls = JoinSet::new();
        for id in 0..CALLS {
            let client = client.clone();
            calls.spawn(async move {
                let load = vec![0; (id * BYTES) as usize];
                (id, client.enter(id, false, load).timeout(Duration::from_millis(50)).await.unwrap_err())
            });
        }
        let ended = within("the deadlines", calls.join_all()).await;
        assert!(ended.iter().all(|(_, error)| error.code() == Some(Code::DeadlineExceeded)), "{ended:?}");
        let unsent = ended.iter().filter(|(_, error)| error.delivery() == Delivery::NotSent);
        let unsent: HashSet<u64> = unsent.map(|(id, _)| *id).collect();
        assert!(!unsent.is_empty() && unsent.len() < CALLS as usize, "{} found no room", unsent.len());
        server.signal(Signal::CONT);
        within("a call after it", client.enter(CALLS + 1, false, vec![0; 5_000])).await.unwrap();
        let entries = LedgerFile::read(&ledger).unwrap();
        assert!(entries.iter().all(|id| !unsent.contains(id)), "{unsent:?} were not sent, and {entries:?} ran");
        assert_eq!(entries.len(), entries.iter().collect::<HashSet<_>>().len(), "{entries:?}");
        drop(client);
        server.signal(Signal::TERM);
        assert!(within("the end of the server", server.death()).await.status.success());
    });
}

#[test]
fn handlers_end_at_their_deadlines_while_their_client_is_stopped_and_it_goes_on() {
    alone(async |_| {
        let folder = Folder::new();
        let url = format!("shm://{}", folder.path().join("stands.sock").display());
        let desk = Desk::default();
        let server = Server::new().add(LedgerServer::new(desk.clone())).listen(&url);
        let serving = tokio::spawn(server.bind().await.unwrap().serve());
        let mut client = Victim::start(&program(), &Work::Tarry { url }, None).await;
        within("the handler", desk.until_running(1)).await;
        client.signal(Signal::STOP);
        within("its deadline", desk.until_running(0)).await;
        client.signal(Signal::CONT);
        assert!(within("the client", client.death()).await.status.success());
        assert_eq!(desk.ledger(), [0, 1]);
        serving.abort();
    });
}
