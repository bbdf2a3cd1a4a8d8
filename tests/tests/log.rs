//! What stands in the log: one line for each thing that somebody who watches a service wants to know, with the peer and the
//! limit in it. The events of these tests are those of their own thread.

use std::sync::{Arc, Mutex};

use rpc_core::{
    Channel, Limits,
    wire::{Head, Kind},
};
use rpc_tests::{LinesOfLog, RawPeer, Setup, tidy, within};
use tracing::{Level, subscriber::DefaultGuard};

/// Keeps every line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    /// The events of this thread, until the guard is dropped.
    fn here() -> (Self, DefaultGuard) {
        let log = Self::default();
        let lines = log.0.clone();
        let keep = move |level, line| lines.lock().unwrap().push((level, line));
        let guard = tracing::subscriber::set_default(LinesOfLog(keep));
        (log, guard)
    }

    /// The lines of a cause.
    fn of(&self, cause: &str) -> Vec<(Level, String)> {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|(_, line)| line.contains(&format!("cause={cause} "))).cloned().collect()
    }

    /// The first line of a cause that has this in it.
    async fn until(&self, cause: &str, part: &str) -> (Level, String) {
        within(cause, async {
            loop {
                match self.of(cause).into_iter().find(|(_, line)| line.contains(part)) {
                    Some(line) => break line,
                    None => tokio::task::yield_now().await,
                }
            }
        })
        .await
    }
}

#[tokio::test]
async fn connections_that_come_and_go_and_what_is_refused_are_told_with_peer_and_limit() {
    let (log, _guard) = Log::here();
    let setup = Setup::over("tcp://127.0.0.1:0");
    let limits = Limits::default().calls_in_flight(1).connections(2).pings(1);
    let served = setup.serve_with(limits).await;
    let mut peer = RawPeer::client(&served.url).await;
    let name = format!("peer=\"tcp://{}\"", peer.io.local_addr().unwrap());
    let told = |(level, line): (Level, String), expected: Level, part: &str| {
        assert!(
            level == expected && line.contains(&name) && line.contains(part) && !line.contains('\n'),
            "{level} {line}"
        );
    };
    told(log.until("Accepted", "").await, Level::DEBUG, "connected");
    peer.send(Head::new(Kind::Request, 1).word(1), b"").await;
    told(log.until("Refused", "").await, Level::INFO, "Unimplemented: the server has no such method");

    let mut stranger = RawPeer::dial(&served.url).await;
    stranger.send_bytes(b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(stranger.receive().await, None);
    assert!(log.until("NoHello", "").await.1.contains("HTTP/1"));
    let second = RawPeer::client(&served.url).await;
    drop(within("the refusal", RawPeer::dial(&served.url)).await);
    assert!(log.until("TurnedAway", "").await.1.contains("the limit `connections` of 2"));
    drop(second);

    peer.send_bytes(&RawPeer::frame(Head::new(Kind::Ping, 0), b"").repeat(2)).await;
    peer.receive_all().await;
    told(log.until("Misbehaved", "").await, Level::WARN, "the limit `pings`");
    told(log.until("Ended", &name).await, Level::DEBUG, "1 refused");
    within("what the test left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_client_tells_whom_it_reaches_loses_and_does_not_reach() {
    let (log, _guard) = Log::here();
    let setup = Setup::over("mem://{unique}");
    let (served, client) = setup.pair().await;
    client.ping().await.unwrap();
    assert!(log.until("Connected", "").await.1.contains(&served.url));
    served.stop().await;
    let (level, lost) = log.until("Lost", "").await;
    assert!(level == Level::INFO && lost.contains(&served.url) && lost.contains("closed the connection"), "{lost}");
    Channel::connect(&served.url).await.unwrap_err();
    let (level, unreached) = log.until("Unreached", "").await;
    assert!(level == Level::WARN && unreached.contains("the next attempt is due in"), "{unreached}");
    within("what the test left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_server_that_anyone_may_reach_says_so_once() {
    let (log, _guard) = Log::here();
    let open = rpc_core::Server::new().listen("tcp://0.0.0.0:0").bind().await.unwrap();
    let closed = rpc_core::Server::new().listen("tcp://127.0.0.1:0").listen("tcp://[::1]:0").bind().await;
    let lines = log.of("Exposed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].0 == Level::WARN && lines[0].1.contains(open.urls()[0].as_str()));
    drop((open, closed));
}
