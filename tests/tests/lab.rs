//! The laboratory of the examples, as processes of its own and on the command line; and the counters of a server, which
//! it shows.

use std::{
    process::{Output, Stdio},
    sync::Arc,
};

use rpc_core::{Limits, Server, Snapshot, Stats, service};
use rpc_tests::{Desk, RawPeer, Served, Setup, poll_once, request, tidy, within};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

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

/// A laboratory that serves, in a process of its own.
struct Lab {
    process: Child,
    urls: Vec<String>,
}

impl Lab {
    /// Starts one and waits until it has said where it listens.
    async fn serve(listen: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.arg("serve").args(listen.iter().flat_map(|url| ["--listen", url]));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut urls = Vec::new();
        for _ in listen {
            let line = within("where it listens", lines.next_line()).await.unwrap().expect("a line");
            urls.push(line.strip_prefix("listening ").expect("it listens").to_owned());
        }
        Self { process, urls }
    }

    async fn call(&self, arguments: &[&str]) -> Output {
        lab(&[&["call", &self.urls[0]], arguments].concat()).await
    }

    /// The value of a call that goes well.
    async fn value(&self, arguments: &[&str]) -> Value {
        let output = self.call(arguments).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The one line of a call that does not.
    async fn error(&self, arguments: &[&str]) -> String {
        failure(self.call(arguments).await)
    }

    /// Makes calls, and gives the report.
    async fn load(&self, arguments: &[&str]) -> Value {
        let output = lab(&[&["load", &self.urls[0], "--json"], arguments].concat()).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Tells it to end; it does so of its own will, and well.
    async fn end(mut self, signal: Signal) {
        let id = self.process.id().expect("it serves").try_into().unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
        let status = within("the laboratory's end", self.process.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
    }
}

/// What came of one command.
async fn lab(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    within("the laboratory", command.output()).await.unwrap()
}

/// The one line of a command that failed.
fn failure(output: Output) -> String {
    assert!(!output.status.success(), "it went well");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((error.lines().count(), error.ends_with('\n')), (1, true), "{error}");
    error.trim_end().to_owned()
}

#[tokio::test]
async fn a_laboratory_serves_where_it_says_until_it_is_told_to_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let lab = Lab::serve(&["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"]).await;
        assert_ne!(lab.urls[0], lab.urls[1], "each has a port of its own");
        for url in &lab.urls {
            assert!(url.starts_with("tcp://127.0.0.1:") && !url.ends_with(":0"), "{url}");
            let output = self::lab(&["call", url, "add", "[2,3]"]).await;
            assert_eq!(String::from_utf8_lossy(&output.stdout), "5\n");
        }
        lab.end(signal).await;
        // One that was told as soon as it had said where it listens.
        Lab::serve(&["tcp://127.0.0.1:0"]).await.end(signal).await;
    }
}

#[tokio::test]
async fn a_call_prints_its_value_as_json() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (arguments, value) in [
        (&["add", "[2, -3]"][..], json!(-1)),
        (&["echo", r#""ü\n""#], json!("ü\n")),
        (&["echo", r#"["a"]"#], json!("a")),
        (&["echo", "[[104, 105]]"], json!("hi")),
        (&["echo", "[[255, 0]]"], json!([255, 0])),
        (&["sleep", "1"], json!(null)),
        (&["sleep", "[1]", "--timeout-ms", "15000", "--metadata", "a=b", "--metadata", "c=d=e"], json!(null)),
        (&["burn", "1"], json!(null)),
        (&["count", r#""key""#], json!(1)),
        (&["count", r#""key""#], json!(2)),
        (&["count", r#""other""#], json!(1)),
        (&["big", "3"], json!("xxx")),
    ] {
        assert_eq!(lab.value(arguments).await, value, "{arguments:?}");
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn what_fails_is_one_line_and_a_status() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (arguments, parts) in [
        (&["fail", r#""a\nb""#][..], &["Lab/fail at tcp://", "its own error: a\\nb"][..]),
        (&["panic", r#""the secret""#], &["Lab/panic at tcp://", "Internal: the handler panicked"]),
        (&["sleep", "60000", "--timeout-ms", "1"], &["Lab/sleep at", "DeadlineExceeded"]),
        (&["big", "9999999"], &["its own error: 9999999 bytes", "`BIG_BYTES`", "8388608"]),
        (&["big", "5000000"], &["ResourceExhausted", "the client's limit `message`"]),
        (&["burn", "10001"], &["its own error: 10001 milliseconds", "`BURN_MS`", "10000"]),
        (&["divide", "[1, 0]"], &["no method `divide`", "Methods: echo [bytes], add [a, b], sleep [ms]"]),
        (&["add", "[1]"], &["`add` takes [a, b] in JSON", "Methods: echo [bytes]"]),
        (&["add", r#"[1, "2"]"#], &["`add` takes [a, b] in JSON", "expected i64"]),
        (&["add", "1, 2"], &["`add` takes [a, b] in JSON"]),
        (&["counters", "1"], &["`counters` takes [] in JSON"]),
        (&["echo", "[[256]]"], &["`echo` takes [bytes] in JSON", "numbers from 0 to 255"]),
        (&["sleep", "-1"], &["`sleep` takes [ms] in JSON"]),
        (&["add", "[1, 2]", "--metadata", "word"], &["give KEY=VALUE"]),
        (&[], &["<METHOD>"]),
    ] {
        let error = lab.error(arguments).await;
        assert!(parts.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    }
    let url = lab.urls[0].clone();
    assert_eq!(lab.value(&["add", "[1, 2]"]).await, json!(3), "it serves on");
    lab.end(Signal::TERM).await;
    let error = failure(self::lab(&["call", &url, "add", "[1, 2]"]).await);
    assert!(error.contains("Unavailable") && error.contains("not sent"), "{error}");
    let error = failure(self::lab(&["load", &url]).await);
    assert!(error.starts_with("cannot connect to `tcp://"), "{error}");
    let error = failure(self::lab(&["serve", "--listen", "nowhere"]).await);
    assert!(error.contains("`nowhere` is no address"), "{error}");
}

#[tokio::test]
async fn a_load_makes_as_many_calls_as_it_was_asked_for() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for method in ["echo", "add", "sleep", "burn", "big", "fail"] {
        let arguments = ["--size", "2", "--calls", "24", "--in-flight", "4", "--connections", "2", "--seconds", "60"];
        let report = lab.load(&[&["--method", method], &arguments[..]].concat()).await;
        let (calls, errors) = if method == "fail" { (0, json!({"App/Failed": 24})) } else { (24, json!({})) };
        assert_eq!((&report["calls"], &report["errors"]), (&json!(calls), &errors), "{method}");
        assert_eq!(report["method"], method);
    }
    for method in ["ticks", "sink", "sum", "relay"] {
        let arguments = ["--size", "100", "--calls", "1000", "--seconds", "60"];
        let report = lab.load(&[&["--method", method], &arguments[..]].concat()).await;
        assert_eq!((&report["calls"], &report["errors"]), (&json!(1_000), &json!({})), "{method}");
    }
    let refused = lab.load(&["--method", "big", "--size", "5000000", "--calls", "3", "--in-flight", "1"]).await;
    assert_eq!(refused["errors"], json!({"ResourceExhausted/Failed": 3}));
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_load_with_a_rate_begins_no_more_calls_than_its_time_has_room_for() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    let report = lab.load(&["--rate", "200", "--seconds", "1", "--in-flight", "4"]).await;
    let calls = report["calls"].as_u64().unwrap();
    // Those of the time before that were late may be among them; without a rate there are thousands.
    assert!((1..=400).contains(&calls), "{calls} calls");
    assert_eq!((&report["rate"], &report["errors"]), (&json!(200.0), &json!({})));
    lab.end(Signal::TERM).await;
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

#[tokio::test]
async fn without_a_command_there_is_help() {
    let output = lab(&[]).await;
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(["serve", "call", "load"].iter().all(|command| help.contains(command)), "{help}");
    let output = lab(&["call", "--help"]).await;
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("count [key]"));
}
