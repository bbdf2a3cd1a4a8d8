//! What a server says of itself in numbers.

use std::sync::Arc;

use rpc_core::{Limits, Server, Snapshot, Stats, service};
use rpc_tests::{Desk, RawPeer, Served, Setup, poll_once, request, tidy, within};
use rustix::process::Signal;
use serde_json::json;

use crate::process::Lab;

/// Serves a desk, and looks at it.
async fn watched(setup: &Setup, limits: Limits) -> (Served, Stats) {
    let served = setup.serve_with(limits).await;
    let stats = served.stats.clone();
    (served, stats)
}

#[tokio::test]
async fn a_handler_that_waits_is_counted_until_it_has_ended_and_its_connection_with_it() {
    for url in ["tcp://127.0.0.1:0", "unix://@{unique}", "mem://{unique}"] {
        let setup = Setup::over(url);
        let (served, stats) = watched(&setup, Limits::default()).await;
        assert_eq!(stats.snapshot(), Snapshot::default());
        let client = setup.client(&served).await;
        let waiting = poll_once(client.wait(1)).await;
        served.until("the handler", |now| now.running_handlers == 1).await;
        let now = stats.snapshot();
        assert_eq!((now.connections, now.calls_in_flight, now.served), (1, 1, 1));
        assert_eq!(client.add(1, 2).await.unwrap(), 3);
        assert_eq!(stats.snapshot().served, 2);
        served.desk.release(1);
        assert_eq!(within("the call", waiting).await.unwrap(), 1);
        served.until("the handler's end", |now| now.running_handlers == 0).await;
        assert_eq!((stats.snapshot().calls_in_flight, stats.snapshot().connections), (0, 1));
        drop(client);
        served.until("the connection's end", |now| now.connections == 0).await;
        let now = stats.snapshot();
        assert_eq!((now.calls_in_flight, now.running_handlers, now.buffered_bytes, now.served), (0, 0, 0, 2));
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn a_oneway_that_outlives_its_connection_is_counted_until_it_has_ended() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, stats) = watched(&setup, Limits::default()).await;
    let client = setup.client(&served).await;
    client.linger(1).await.unwrap();
    served.until("the oneway", |now| now.running_handlers == 1).await;
    assert_eq!(stats.snapshot().calls_in_flight, 0, "a oneway has no response to wait for");
    drop(client);
    served.until("the connection's end", |now| now.connections == 0).await;
    assert_eq!(stats.snapshot().running_handlers, 1);
    served.desk.release(1);
    served.until("the oneway's end", |now| now.running_handlers == 0).await;
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_cancelled_call_is_counted_until_it_was_answered() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, stats) = watched(&setup, Limits::default()).await;
    let client = setup.client(&served).await;
    let waiting = poll_once(client.wait(1)).await;
    served.until("the handler", |now| now.running_handlers == 1).await;
    drop(waiting);
    served.until("its end", |now| now.running_handlers == 0 && now.calls_in_flight == 0).await;
    assert_eq!(stats.snapshot().connections, 1);
    drop(client);
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn what_a_peer_does_not_read_shows_in_the_bytes_that_are_buffered() {
    const CALLS: u32 = 30;
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, stats) = watched(&setup, Limits { send_buffer: 64 << 10, ..Limits::default() }).await;
    let mut peer = RawPeer::client(&served.url).await;
    peer.send(request(1, "no such method"), b"").await;
    peer.receive().await.expect("a refusal");
    assert_eq!(stats.snapshot().served, 0, "no handler was given what was refused");
    // 60 MB of answers are more than the system takes.
    for call in 0..CALLS {
        peer.send(request(2 * call + 1, "big"), &2_000_000_u32.to_le_bytes()).await;
    }
    served.until("what is buffered", |now| now.buffered_bytes > 0 && now.calls_in_flight > 0).await;
    for _ in 0..CALLS {
        assert_eq!(peer.receive().await.expect("an answer").1.len(), 2_000_000 + size_of::<u64>());
    }
    served.until("nothing is left", |now| now.buffered_bytes == 0 && now.calls_in_flight == 0).await;
    assert_eq!(stats.snapshot().served, u64::from(CALLS));
    drop(peer);
    within("what was left", tidy(&setup)).await;
}

/// A service that looks at its own server.
#[service]
trait Mirror {
    /// Connections, and calls in flight.
    async fn look(&self) -> (u64, u64);
}

/// Dropped, it is not in `kept` any more.
struct Glass {
    stats: Stats,
    _kept: Arc<()>,
}

impl Mirror for Glass {
    async fn look(&self) -> (u64, u64) {
        let now = self.stats.snapshot();
        (now.connections as u64, now.calls_in_flight as u64)
    }
}

#[tokio::test]
async fn a_service_that_looks_at_its_own_server_goes_with_it() {
    for url in ["tcp://127.0.0.1:0", "mem://{unique}"] {
        let setup = Setup::over(url);
        let server = Server::new();
        let (stats, kept) = (server.stats(), Arc::new(()));
        let glass = Glass { stats: stats.clone(), _kept: kept.clone() };
        assert_eq!(glass.look().await, (0, 0), "it is not bound");
        let server = server.add(MirrorServer::new(glass)).listen(setup.address());
        let served = setup.start(server, Desk::default()).await;
        let client = MirrorClient::new(setup.channel(&served).await);
        assert_eq!(client.look().await.unwrap(), (1, 1), "the one that asks");
        drop(client);
        within("what was left", tidy(&setup)).await;
        assert_eq!(Arc::strong_count(&kept), 1, "the service is still there");
        assert_eq!(stats.snapshot(), Snapshot::default());
    }
}

#[tokio::test]
async fn a_laboratory_counts_what_it_does_and_forgets_who_has_gone() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    lab.load(&["--calls", "100", "--connections", "3", "--seconds", "60"]).await;
    let counters = within("the end of all other connections", async {
        loop {
            let counters = lab.value(&["counters"]).await;
            if counters["connections"] == 1 {
                return counters;
            }
        }
    })
    .await;
    assert!(counters["served"].as_u64().unwrap() >= 100, "{counters}");
    assert!(counters["tasks"].as_u64().unwrap() >= 1, "{counters}");
    assert_eq!(counters["calls_in_flight"], 1, "the one that asks");
    assert_eq!((&counters["running_handlers"], &counters["buffered_bytes"]), (&json!(0), &json!(0)));
    assert_eq!(counters["open_files"].is_u64(), cfg!(target_os = "linux"));
    lab.end(Signal::TERM).await;
}
