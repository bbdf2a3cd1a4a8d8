//! Processes that are killed and restarted under load, and a ledger that says what has run: no call runs twice, and none
//! that is said not to have run has run. Clients are in this process, servers in others; or the other way round.

mod load;
mod post;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use load::{Counts, Ended, Load, Manner, compare};
use post::{Kind, Post};
use rpc_core::{Channel, ChannelConfig, Code, Delivery, Limits, Snapshot};
use rpc_tests::{Folder, LedgerClient, Seeded, Setup, poll_once, tidy, within};
use rustix::process::Signal;
use tokio::{process::Command, task::yield_now};

/// Times that a server is killed, or that each is told to end.
const KILLS: usize = 30;
const RESTARTS: usize = 20;
/// Calls between two of them, at most: so that one often follows the other at once, and often does not.
const CALLS: [usize; 2] = [20, 600];
/// Clients are back so long after a restart.
const BACK: Duration = Duration::from_secs(1);

/// How many calls more are answered before the next thing happens.
fn some(seeded: &mut Seeded) -> usize {
    let most = CALLS[seeded.below(CALLS.len())];
    seeded.below(most)
}

/// Kills a server again and again, and compares.
async fn killed(kind: Kind) {
    let mut seeded = Seeded::anew();
    let folder = Folder::new();
    let mut post = Post::open(kind, &folder, "post", &mut seeded).await;
    // One channel as it is by default, and one whose long messages take many frames.
    let configs = [Limits::default(), Limits::default().frame(8 << 10)].map(|it| ChannelConfig::new().limits(it));
    let clients = configs.map(|config| LedgerClient::new(config.lazy(&post.url).unwrap())).to_vec();
    let load = Load::begin(clients, Manner::Learning, &mut seeded);
    load.answered_by_all(&mut seeded).await;
    let (mut gone, mut slowest) = (None, Duration::ZERO);
    for kill in 1..=KILLS {
        // Some are killed as soon as they listen, while their clients connect.
        if gone.is_none() {
            load.progress(some(&mut seeded)).await;
        }
        let gone_at = *gone.get_or_insert_with(Instant::now);
        post.kill().await;
        post.restart().await;
        let listens = Instant::now();
        if seeded.below(6) == 0 && kill < KILLS {
            continue;
        }
        load.answered_by_all(&mut seeded).await;
        let (down, back) = (listens - gone_at, listens.elapsed());
        // A pause is at most twice as long as those before it together, and 200 ms: each doubles, at most a half of it is
        // left out, and the first may be left out. So none is longer than twice the time that the server has been down,
        // and 200 ms: within a second of a restart that takes less than 400 ms. Slower ones are the machine's.
        let longest = 2 * down + Duration::from_millis(200);
        assert!(back < BACK.max(longest), "down for {down:?}, the clients were back after {back:?}");
        (gone, slowest) = (None, slowest.max(back));
    }
    let ended = load.end().await;
    post.drain().await;
    let counts = compare(&ended, &post.entries()).unwrap();
    println!("{kind:?}: {KILLS} kills, back within {slowest:.0?}; {counts}");
    assert!(counts.unknown > 0 && counts.not_sent > 0, "no kill has come between");
    let late = ended.iter().find(|call| call.why.contains("DeadlineExceeded"));
    assert!(late.is_none(), "a process that is gone was not noticed: {late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_kills_a_server_over_tcp_no_call_runs_twice_or_against_its_outcome() {
    killed(Kind::Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_kills_a_server_over_a_unix_socket_no_call_runs_twice_or_against_its_outcome() {
    killed(Kind::Unix).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_kills_a_server_over_shared_memory_no_call_runs_twice_or_against_its_outcome() {
    killed(Kind::Shm).await;
}

/// Has servers end and restarts them in turn, under the load of clients of these URLs, in which `{0}` and `{1}` stand
/// for the servers' own. No call may fail.
async fn drained(kinds: &[Kind], urls: &[&str], manner: Manner) {
    let mut seeded = Seeded::anew();
    let folder = Folder::new();
    let mut posts = Vec::new();
    for (n, kind) in kinds.iter().enumerate() {
        posts.push(Post::open(*kind, &folder, &format!("post-{n}"), &mut seeded).await);
    }
    let mut clients = Vec::new();
    for url in urls {
        let fill = |url: String, (n, post): (usize, &Post)| url.replace(&format!("{{{n}}}"), &post.url);
        let url = posts.iter().enumerate().fold((*url).to_owned(), fill);
        clients.push(LedgerClient::new(Channel::connect(&url).await.unwrap()));
    }
    let load = Load::begin(clients, manner, &mut seeded);
    let start = Instant::now();
    for _ in 0..RESTARTS {
        for post in &mut posts {
            load.progress(some(&mut seeded)).await;
            post.drain().await;
            post.restart().await;
        }
    }
    load.progress(CALLS[1]).await;
    let took = start.elapsed();
    let ended = load.end().await;
    for post in &mut posts {
        post.drain().await;
    }
    let ledger: Vec<u64> = posts.iter().flat_map(Post::entries).collect();
    let counts = compare(&ended, &ledger).unwrap();
    let rate = ended.len() as f64 / took.as_secs_f64();
    println!("{kinds:?}, {RESTARTS} restarts of each, {rate:.0} calls/s: {counts}");
    let failed: Vec<&Ended> = ended.iter().filter(|call| call.outcome.is_err()).collect();
    assert!(
        failed.is_empty(),
        "{} of {} calls failed: {:#?}",
        failed.len(),
        ended.len(),
        &failed[..failed.len().min(9)]
    );
}

const EITHER: [&str; 3] = ["list:{0},{1}", "list:{1},{0}", "list:{0},{1}"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_two_servers_over_tcp_are_restarted_in_turn() {
    drained(&[Kind::Tcp, Kind::Tcp], &EITHER, Manner::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_two_servers_over_unix_sockets_are_restarted_in_turn() {
    drained(&[Kind::Unix, Kind::Unix], &EITHER, Manner::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_two_servers_over_shared_memory_are_restarted_in_turn() {
    drained(&[Kind::Shm, Kind::Shm], &EITHER, Manner::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_two_servers_over_different_transports_are_restarted_in_turn() {
    drained(&[Kind::Tcp, Kind::Unix], &EITHER, Manner::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_that_waits_for_ready_fails_while_the_only_server_is_restarted() {
    for kind in [Kind::Tcp, Kind::Unix, Kind::Shm] {
        drained(&[kind], &["{0}", "{0}"], Manner::Patient).await;
    }
}

#[tokio::test]
async fn a_server_that_is_killed_is_noticed_without_any_deadline() {
    for kind in [Kind::Tcp, Kind::Unix, Kind::Shm] {
        let folder = Folder::new();
        let mut post = Post::open(kind, &folder, "post", &mut Seeded::anew()).await;
        let client = LedgerClient::connect(&post.url).await.unwrap();
        let call = tokio::spawn(async move { client.stay(7).timeout(Duration::MAX).await });
        within("the handler", async {
            while post.entries() != [7] {
                yield_now().await;
            }
        })
        .await;
        post.kill().await;
        let error = within("the end of the call", call).await.unwrap().unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
    }
}

#[tokio::test]
async fn calls_to_a_server_that_is_stopped_end_at_their_deadlines_and_the_next_go_on_when_it_does() {
    for kind in [Kind::Tcp, Kind::Unix, Kind::Shm] {
        let folder = Folder::new();
        let mut post = Post::open(kind, &folder, "post", &mut Seeded::anew()).await;
        let client = LedgerClient::connect(&post.url).await.unwrap();
        client.enter(1, false, Vec::new()).await.unwrap();
        post.signal(Signal::STOP);
        let late = within("the deadline", client.enter(2, false, Vec::new()).timeout(Duration::from_millis(50))).await;
        let error = late.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown), "{error}");
        let waiting = poll_once(client.enter(3, false, Vec::new())).await;
        post.signal(Signal::CONT);
        within("a call after it", waiting).await.unwrap();
        // The same connection has served them all; whether the second one ran, nobody can know.
        let entries: Vec<u64> = post.entries().into_iter().filter(|id| *id != 2).collect();
        assert_eq!(entries, [1, 3]);
        drop(client);
        post.drain().await;
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_client_that_was_killed_with_a_thousand_calls_in_flight() {
    const IN_FLIGHT: usize = 1_000;
    for url in ["tcp://127.0.0.1:0", "unix://{tmp}/{unique}.sock", "shm://{tmp}/{unique}.sock"] {
        let setup = Setup::over(url);
        let served = setup.serve().await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_waiting-client"));
        command.arg(&served.url).arg(IN_FLIGHT.to_string()).stdin(Stdio::piped()).kill_on_drop(true);
        let mut client = command.spawn().unwrap();
        within("the handlers", served.desk.until_running(IN_FLIGHT)).await;
        let now = served.stats.snapshot();
        assert_eq!((now.connections, now.calls_in_flight, now.running_handlers), (1, IN_FLIGHT, IN_FLIGHT));
        within("the killed process", client.kill()).await.unwrap();
        let mut nothing = Snapshot::default();
        nothing.served = IN_FLIGHT as u64;
        served.until("what the client had", |now| now == nothing).await;
        assert_eq!(served.desk.running(), 0);
        // Each was told: it has written a second number.
        within("what was cancelled", served.desk.until_entries(2 * IN_FLIGHT)).await;
        within("what was left", tidy(&setup)).await;
    }
}

#[test]
fn a_call_that_ran_against_its_outcome_is_seen() {
    let ended = |id, outcome| Ended { id, outcome, why: String::new() };
    let ok = [ended(1, Ok(())), ended(2, Err(Delivery::NotSent)), ended(3, Err(Delivery::Unknown))];
    let counts = Counts { ok: 1, not_sent: 1, unknown: 1, ..Counts::default() };
    assert_eq!(compare(&ok, &[1]), Ok(counts));
    assert_eq!(compare(&ok, &[3, 1]), Ok(Counts { ran_unknown: 1, ..counts }));
    for ledger in [&[][..], &[1, 1], &[1, 2], &[1, 3, 3], &[1, 4]] {
        assert!(compare(&ok, ledger).is_err(), "{ledger:?}");
    }
    assert!(compare(&[ended(1, Err(Delivery::Refused))], &[1]).is_err());
    assert!(compare(&[ended(1, Err(Delivery::Failed))], &[1]).is_err());
}
