//! K-1 and K-3: no descriptors are left, to accept with or to connect with. Each test has a process of its own, for what
//! is used up is the whole process's.

use std::{
    cell::Cell,
    fs::{self, File},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rpc_core::{Code, Delivery, Limits, Snapshot, wire::Hello};
use rpc_tests::{LaboratoryClient, LinesOfLog, within};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use crate::{
    attack::{STREAMS, Target, attack},
    own_process::in_a_process_of_its_own,
};

/// Descriptors that a process may have.
const FEW: u64 = 64;
/// Peers that connect.
const CROWD: usize = 200;
/// The pause of a server that cannot accept.
const PAUSE: Duration = Duration::from_millis(50);

/// Bounds the descriptors from now on, and gives the bound before. Those that are open stay, above the bound too.
fn bound_descriptors(most: u64) -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum }).expect("it is not above the hard one");
    current.expect("there is one")
}

fn any_file() -> std::io::Result<File> {
    File::open("/dev/null")
}

/// Every descriptor that is left.
fn all_that_is_left() -> Vec<File> {
    std::iter::from_fn(|| any_file().ok()).collect()
}

/// Descriptors that this process has, which has one more for it.
fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("there is one left").count()
}

/// Sockets whose descriptors lie above the few that there will be: to connect takes none of those.
fn crowd() -> Vec<TcpSocket> {
    let below: Vec<File> = (0..FEW).map(|_| any_file().unwrap()).collect();
    let crowd = (0..CROWD).map(|_| TcpSocket::new_v4().unwrap()).collect();
    drop(below);
    crowd
}

/// All of them connect and say hello at once; each gives its connection once it has the server's, or none when it was
/// closed instead.
fn connect(crowd: Vec<TcpSocket>, target: &Target) -> JoinSet<Option<TcpStream>> {
    let address = target.served.url.strip_prefix("tcp://").expect("TCP").parse().unwrap();
    target.expect_peers(crowd.len());
    let connect = |socket: TcpSocket| async move {
        let mut stream = socket.connect(address).await.ok()?;
        stream.write_all(&Hello::default().encode()).await.ok()?;
        stream.read_exact(&mut [0]).await.ok()?;
        Some(stream)
    };
    crowd.into_iter().map(connect).collect()
}

/// When lines that say that a listener cannot accept came.
#[derive(Clone, Default)]
struct NotAccepting(Arc<Mutex<Vec<Instant>>>);

impl NotAccepting {
    /// Those of this thread from now on, until the guard is dropped.
    fn here() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let lines = log.0.clone();
        let note = move |_, line: String| {
            if line.contains("cause=NotAccepting ") {
                lines.lock().unwrap().push(Instant::now());
            }
        };
        let guard = tracing::subscriber::set_default(LinesOfLog(note));
        (log, guard)
    }

    fn lines(&self) -> Vec<Instant> {
        self.0.lock().unwrap().clone()
    }
}

#[test]
fn k01_a_server_without_descriptors_serves_whom_it_has_pauses_and_goes_on_when_there_are_some() {
    in_a_process_of_its_own(
        k01_a_server_without_descriptors_serves_whom_it_has_pauses_and_goes_on_when_there_are_some,
        async {
            let (log, _here) = NotAccepting::here();
            attack()
                .over(&STREAMS[..1])
                .run(async |target| {
                    let client = target.client().await;
                    let crowd = crowd();
                    // The server was bound with more: its own bound does not protect it.
                    let many = bound_descriptors(FEW);
                    let mut files = all_that_is_left();
                    files.truncate(files.len() - 10);
                    let crowd = connect(crowd, target);
                    let mut called = 0;
                    while log.lines().len() < 8 {
                        assert_eq!(client.note(called).await.unwrap(), called);
                        called += 1;
                    }
                    assert!(any_file().is_err(), "there are descriptors");
                    // It does not spin.
                    let took = log.lines()[7] - log.lines()[0];
                    assert!(took >= 7 * PAUSE, "eight failures in {took:?}");
                    let (start, few) = (Instant::now(), target.served.stats.snapshot().connections);
                    drop(files);
                    bound_descriptors(many);
                    target.served.until("a descriptor", |now| now.connections > few).await;
                    let took = start.elapsed();
                    assert!(took < Duration::from_secs(2), "it takes {took:?} to go on");
                    let crowd = within("everybody", crowd.join_all()).await;
                    assert!(crowd.iter().all(Option::is_some), "one was turned away");
                    assert!(target.desk().ledger().into_iter().eq(0..called));
                })
                .await;
        },
    );
}

#[test]
fn k01_a_server_leaves_the_program_a_fifth_of_its_descriptors() {
    in_a_process_of_its_own(k01_a_server_leaves_the_program_a_fifth_of_its_descriptors, async {
        let crowd = Cell::new(crowd());
        bound_descriptors(FEW);
        attack()
            .over(&STREAMS[..1])
            .run(async |target| {
                const MOST: usize = FEW as usize / 5 * 4;
                // The canary is one of those that may be there.
                let mut crowd = connect(crowd.take(), target);
                let too_many = CROWD - (MOST - 1);
                let all = |now: Snapshot| now.connections == MOST && now.connections_refused as usize == too_many;
                target.served.until("everybody", all).await;
                assert!(any_file().is_ok(), "the program has none");
                let mut let_in = Vec::new();
                while let Some(peer) = crowd.join_next().await {
                    let_in.extend(peer.unwrap());
                }
                assert_eq!(let_in.len(), MOST - 1);
                drop(let_in.pop());
                target.served.until("a place", |now| now.connections == MOST - 1).await;
                let client = target.client().await;
                assert_eq!(client.note(1).await.unwrap(), 1);
            })
            .await;
    });
}

#[test]
fn k03_a_client_without_descriptors_says_so_leaks_none_and_connects_when_there_are_some() {
    in_a_process_of_its_own(
        k03_a_client_without_descriptors_says_so_leaks_none_and_connects_when_there_are_some,
        async {
            bound_descriptors(FEW);
            let hasty = Limits { backoff_max: Duration::from_millis(1), ..Limits::default() };
            attack()
                .run(async |target| {
                    target.expect_peers(1);
                    let config = target.setup.config().limits(hasty.clone());
                    let client = LaboratoryClient::new(config.clone().lazy(&target.served.url).unwrap());
                    let nameless = LaboratoryClient::new(config.clone().lazy("tcp://localhost:1").unwrap());
                    let mut files = all_that_is_left();
                    drop(files.pop());
                    let before = open_descriptors();
                    files.extend(any_file());
                    for id in 0..50 {
                        let error = client.note(id).await.unwrap_err();
                        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent));
                        assert!(error.to_string().contains("Too many open files"), "{error}");
                        let error = config.clone().connect(&target.served.url).await.unwrap_err();
                        assert!(error.to_string().contains("Too many open files"), "{error}");
                    }
                    let error = nameless.note(0).await.unwrap_err();
                    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent));
                    drop(files.pop());
                    assert_eq!(open_descriptors(), before, "descriptors are left");
                    drop(files);
                    assert_eq!(client.note(100).wait_for_ready().await.unwrap(), 100);
                    assert_eq!(target.desk().ledger(), [100]);
                })
                .await;
        },
    );
}
