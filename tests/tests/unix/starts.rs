//! Servers that start at once, one after the other, or after one that was killed; and what each leaves when it goes.

use std::{
    fs,
    io::{BufRead as _, BufReader, ErrorKind},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    sync::Barrier,
    thread,
};

use rpc_core::{BindError, Serving};
use rpc_tests::{Setup, poll_once, tidy, within};
use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};

use crate::{Scratch, bind, leave_stale, refusal};

/// Servers that start at once.
const SERVERS: usize = 4;
/// How often they do.
const ROUNDS: usize = 200;

#[test]
fn u03_of_servers_that_start_at_once_over_a_dead_ones_socket_exactly_one_gets_the_path() {
    let scratch = Scratch::new();
    let (path, url) = (scratch.path("s.sock"), scratch.url("s.sock"));
    let start = Barrier::new(SERVERS);
    let all_have_tried = Barrier::new(SERVERS);
    for round in 0..ROUNDS {
        // None is there in some rounds, and in others the claim of a killed server is too.
        if round % 3 > 0 {
            leave_stale(&path);
        }
        if round % 3 > 1 {
            claim_left_behind(&scratch);
        }
        let try_it = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            start.wait();
            let server: Result<Serving, BindError> = runtime.block_on(bind(&url));
            all_have_tried.wait();
            if server.is_ok() {
                std::os::unix::net::UnixStream::connect(&path).expect("the path leads to the one that has it");
                assert_eq!(scratch.names(), ["s.sock"], "round {round}");
            }
            server.map(|_| ())
        };
        let results = thread::scope(|scope| {
            let servers: Vec<_> = (0..SERVERS).map(|_| scope.spawn(try_it)).collect();
            servers.into_iter().map(|server| server.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "round {round}: {results:?}");
        for error in results.into_iter().filter_map(Result::err) {
            assert!(is_of_another_server(&error), "round {round}: {error}");
        }
        assert!(scratch.names().is_empty(), "round {round}: {:?}", scratch.names());
    }
}

#[test]
fn u03_servers_that_come_and_go_at_one_path_meet_nothing_but_each_other() {
    let scratch = Scratch::new();
    let url = scratch.url("s.sock");
    let come_and_go = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for _ in 0..5 * ROUNDS {
            if let Err(error) = runtime.block_on(bind(&url)) {
                assert!(is_of_another_server(&error), "{error}");
            }
        }
    };
    thread::scope(|scope| (0..SERVERS).for_each(|_| drop(scope.spawn(come_and_go))));
    assert!(scratch.names().is_empty());
}

/// Another one runs, or (on a machine that stands still) has been about to for long.
fn is_of_another_server(error: &BindError) -> bool {
    let text = error.to_string();
    text.ends_with("a server is already running there") || text.ends_with("has been starting there for a second")
}

/// As a server leaves it that is killed while it takes the path.
fn claim_left_behind(scratch: &Scratch) {
    let claim = scratch.path(".s.sock.claim");
    fs::create_dir(&claim).unwrap();
    fs::set_permissions(&claim, fs::Permissions::from_mode(0o700)).unwrap();
    leave_stale(claim.join("s"));
}

#[tokio::test]
async fn u03_the_path_of_a_killed_server_is_taken_over() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    for _ in 0..3 {
        let mut server = Command::new(env!("CARGO_BIN_EXE_marks-server"));
        let mut server =
            server.arg(scratch.url("s.sock")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), scratch.url("s.sock"));
        assert_eq!(refusal(&scratch.url("s.sock")).await.kind(), ErrorKind::AddrInUse);
        server.kill().unwrap();
        server.wait().unwrap();
        assert_eq!(scratch.names(), ["s.sock"]);
    }
    let served = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
    setup.client(&served).await.ping().await.unwrap();
    within("the end of everything", tidy(&setup)).await;
    assert!(scratch.names().is_empty());
}

#[tokio::test(start_paused = true)]
async fn u03_a_server_waits_for_another_one_that_is_starting_and_not_for_ever() {
    let scratch = Scratch::new();
    claim_left_behind(&scratch);
    let claim = openat(CWD, scratch.path(".s.sock.claim"), OFlags::RDONLY, Mode::empty()).unwrap();
    flock(&claim, FlockOperation::LockExclusive).unwrap();
    let error = refusal(&scratch.url("s.sock")).await;
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains("another server has been starting there for a second"), "{error}");
    let url = scratch.url("s.sock");
    drop(poll_once(Box::pin(bind(&url))).await);
    assert_eq!(scratch.names(), [".s.sock.claim"]);
    let waiting = poll_once(Box::pin(bind(&url))).await;
    drop(claim);
    let server = waiting.await.unwrap();
    assert_eq!(scratch.names(), ["s.sock"]);
    drop(server);
}

#[tokio::test]
async fn u03_a_server_that_goes_leaves_the_path_to_who_has_it_now() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    let first = bind(&scratch.url("s.sock")).await.unwrap();
    fs::remove_file(scratch.path("s.sock")).unwrap();
    let second = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
    drop(first);
    setup.client(&second).await.ping().await.unwrap();
    second.stop().await;
    assert!(scratch.names().is_empty());

    let third = bind(&scratch.url("s.sock")).await.unwrap();
    fs::remove_file(scratch.path("s.sock")).unwrap();
    fs::write(scratch.path("s.sock"), "precious").unwrap();
    drop(third);
    assert_eq!(fs::read_to_string(scratch.path("s.sock")).unwrap(), "precious");
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn u03_a_server_that_goes_removes_its_socket_wherever_its_folder_is_now() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("before")).unwrap();
    let server = bind(&scratch.url("before/s.sock")).await.unwrap();
    fs::rename(scratch.path("before"), scratch.path("after")).unwrap();
    fs::create_dir(scratch.path("before")).unwrap();
    leave_stale(scratch.path("before/s.sock"));
    drop(server);
    assert_eq!(fs::read_dir(scratch.path("after")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(scratch.path("before")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_server_starts_where_another_one_drains() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    let old = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
    let old_client = setup.client(&old).await;
    let waiting = poll_once(old_client.wait(1)).await;
    within("the handler", old.desk.until_running(1)).await;
    old.drain();
    // The path is free as soon as the old server accepts no more.
    let new = within("the path", async {
        loop {
            match bind(&scratch.url("s.sock")).await {
                Ok(new) => break new,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    old.desk.release(1);
    within("the call", waiting).await.unwrap();
    within("the old server", old.stop()).await;
    assert_eq!(scratch.names(), ["s.sock"]);
    drop(new);
    within("the end of everything", tidy(&setup)).await;
}
