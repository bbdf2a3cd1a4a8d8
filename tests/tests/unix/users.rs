//! Who may connect, and what the server knows of them.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    os::linux::net::SocketAddrExt as _,
    os::unix::net::{SocketAddr, UnixStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rpc_core::{
    Address, Context, Limits, Server, Serving, service,
    transport::{Transport, Unix},
};
use rpc_tests::within;
use rustix::process::{getegid, geteuid, getpid};
use tokio::{io::AsyncReadExt as _, task::JoinHandle};

use crate::{STRANGER, Scratch, as_stranger, child, is_root, passes, told};

type Known = Option<(u32, u32, Option<i32>)>;

/// Says who calls, and counts the calls.
#[service]
trait Porter {
    /// Uid, gid and pid.
    async fn who(&self) -> Known;
}

#[derive(Clone, Default)]
struct Counting(Arc<AtomicU32>);

impl Porter for Counting {
    async fn who(&self) -> Known {
        self.0.fetch_add(1, Ordering::Relaxed);
        let context = Context::current()?;
        context.credentials().map(|known| (known.uid, known.gid, known.pid))
    }
}

/// A porter at `url`, and how many calls it has had.
async fn porter(unix: Unix, url: &str) -> (JoinHandle<()>, Counting) {
    let counting = Counting::default();
    let server = Server::new().transport(unix).add(PorterServer::new(counting.clone())).listen(url);
    let serving: Serving = server.bind().await.unwrap();
    (tokio::spawn(serving.serve()), counting)
}

fn abstract_name(what: &str) -> String {
    format!("unix://@rpc-tests-{}-{what}", std::process::id())
}

/// Connects as this user, and is turned away before a byte of what it sent is read.
async fn is_turned_away(url: &str) {
    let error = within("the call", PorterClient::connect(url)).await.unwrap_err();
    assert!(!error.is_address(), "{error}");
    let path = url.strip_prefix("unix://").unwrap();
    let mut peer = match path.strip_prefix('@') {
        Some(name) => {
            let address = SocketAddr::from_abstract_name(name).unwrap();
            UnixStream::connect_addr(&address).unwrap()
        }
        None => UnixStream::connect(path).unwrap(),
    };
    // It may have been turned away already.
    let _ = peer.write_all(b"something");
    peer.set_nonblocking(true).unwrap();
    let mut peer = tokio::net::UnixStream::from_std(peer).unwrap();
    let got = within("the end", peer.read(&mut [0])).await;
    assert!(got.as_ref().is_ok_and(|len| *len == 0) || got.is_err(), "the server says something: {got:?}");
}

#[tokio::test]
async fn u01_another_user_is_stopped_by_the_mode() {
    if !is_root("u01_another_user_is_stopped_by_the_mode") {
        return;
    }
    let scratch = Scratch::new();
    let (serving, counting) = porter(Unix::new(), &scratch.url("s.sock")).await;
    let path = scratch.path("s.sock");
    passes(as_stranger(child("users::child_is_stopped_by_the_mode", path.to_str().unwrap()))).await;
    assert_eq!(counting.0.load(Ordering::Relaxed), 0);
    serving.abort();
}

#[test]
fn child_is_stopped_by_the_mode() {
    let Some(path) = told() else { return };
    assert_eq!(geteuid().as_raw(), STRANGER);
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    assert_eq!(UnixStream::connect(path).unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn u01_another_user_is_turned_away_by_the_list_and_from_abstract_names() {
    if !is_root("u01_another_user_is_turned_away_by_the_list_and_from_abstract_names") {
        return;
    }
    let scratch = Scratch::new();
    let unix = || Unix::new().mode(0o666).allow_uids([0, 1]);
    for (unix, url) in [(unix(), scratch.url("s.sock")), (Unix::new(), abstract_name("stranger"))] {
        let (serving, counting) = porter(unix, &url).await;
        passes(as_stranger(child("users::child_is_turned_away", &url))).await;
        assert_eq!(counting.0.load(Ordering::Relaxed), 0);
        // Nobody else is the worse for it.
        PorterClient::connect(&url).await.unwrap().who().await.unwrap();
        serving.abort();
    }
}

#[tokio::test]
async fn child_is_turned_away() {
    let Some(url) = told() else { return };
    assert_eq!(geteuid().as_raw(), STRANGER);
    is_turned_away(&url).await;
}

#[tokio::test]
async fn u01_another_user_on_the_list_is_served_and_the_handler_knows_who_it_is() {
    if !is_root("u01_another_user_on_the_list_is_served_and_the_handler_knows_who_it_is") {
        return;
    }
    let scratch = Scratch::new();
    let list = || Unix::new().allow_uids([STRANGER]);
    for (unix, url) in [
        (list().mode(0o666), scratch.url("s.sock")),
        (list(), abstract_name("guest")),
        (Unix::new().mode(0o666), scratch.url("open.sock")),
    ] {
        let (serving, counting) = porter(unix, &url).await;
        passes(as_stranger(child("users::child_is_served", &url))).await;
        assert_eq!(counting.0.load(Ordering::Relaxed), 1);
        serving.abort();
    }
}

#[tokio::test]
async fn child_is_served() {
    let Some(url) = told() else { return };
    let own = i32::try_from(std::process::id()).unwrap();
    let known = PorterClient::connect(&url).await.unwrap().who().await.unwrap();
    assert_eq!(known, Some((STRANGER, STRANGER, Some(own))));
}

#[tokio::test]
async fn u01_a_list_without_this_user_turns_it_away_too() {
    let scratch = Scratch::new();
    let others = || Unix::new().allow_uids([geteuid().as_raw() + 1]);
    for url in [scratch.url("s.sock"), abstract_name("others")] {
        let (serving, counting) = porter(others(), &url).await;
        is_turned_away(&url).await;
        assert_eq!(counting.0.load(Ordering::Relaxed), 0);
        serving.abort();
    }
}

#[tokio::test]
async fn u01_the_error_names_the_user_and_nothing_was_read() {
    let scratch = Scratch::new();
    let own = geteuid().as_raw();
    let address: Address = scratch.url("s.sock").parse().unwrap();
    let unix = Unix::new().allow_uids([own + 1]);
    let mut listener = unix.listen(&address, &Limits::default()).await.unwrap();
    let mut peer = tokio::net::UnixStream::connect(scratch.path("s.sock")).await.unwrap();
    peer.try_write(b"something").unwrap();
    let error = within("the peer", listener.accept()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().starts_with(&format!("uid {own} is not among those who may connect")), "{error}");
    // Had the bytes been read, this were an end and no reset.
    let end = within("the end", peer.read(&mut [0])).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_handler_sees_as_whom_its_caller_runs_and_over_unix_sockets_only() {
    let scratch = Scratch::new();
    let own = (geteuid().as_raw(), getegid().as_raw(), Some(getpid().as_raw_nonzero().get()));
    let mem = format!("mem://rpc-tests-porter-{}", std::process::id());
    for (url, known) in [
        (scratch.url("s.sock"), Some(own)),
        (abstract_name("own"), Some(own)),
        ("tcp://127.0.0.1:0".to_owned(), None),
        (mem, None),
    ] {
        let server = Server::new().add(PorterServer::new(Counting::default())).listen(&url);
        let serving = server.bind().await.unwrap();
        let url = serving.urls()[0].to_string();
        let serving = tokio::spawn(serving.serve());
        assert_eq!(PorterClient::connect(&url).await.unwrap().who().await.unwrap(), known, "{url}");
        serving.abort();
    }
    assert_eq!(PorterClient::in_process(Counting::default()).who().await.unwrap(), None);
}
