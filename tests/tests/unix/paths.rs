//! What may lie at a path before a server listens there. What it is not the server's to remove is left as it is.

use std::{
    fs::{self, Permissions},
    io::ErrorKind,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
};

use rpc_tests::{Setup, tidy, within};

use crate::{Scratch, bind, is_root, leave_stale, refusal};

/// What can be told of a file that nobody has touched: which it is, its mode, owner, and length, and when it changed.
fn state(path: &Path) -> (u64, u32, u32, u64, i64, i64) {
    let file = fs::symlink_metadata(path).unwrap();
    (file.ino(), file.mode(), file.uid(), file.len(), file.ctime(), file.ctime_nsec())
}

/// Nobody can listen at `name`, and everything in the folder stays what it was.
async fn stays(scratch: &Scratch, name: &str, kind: ErrorKind, why: &str) {
    let state = || scratch.names().into_iter().map(|name| (state(&scratch.path(&name)), name)).collect::<Vec<_>>();
    let before = state();
    let error = refusal(&scratch.url(name)).await;
    assert_eq!(error.kind(), kind, "{name}: {error}");
    assert!(error.to_string().contains(why), "{name}: {error}");
    assert_eq!(state(), before, "{name}");
}

#[tokio::test]
async fn u02_a_symbolic_link_is_not_followed_and_its_target_not_touched() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    let served = setup.serve_at(&scratch.url("live"), |server| server).await;
    let victim = scratch.path("victim");
    fs::write(&victim, "precious").unwrap();
    fs::set_permissions(&victim, Permissions::from_mode(0o644)).unwrap();
    leave_stale(scratch.path("stale"));
    for target in ["victim", "live", "stale", "nothing", "link to itself"] {
        let name = format!("link to {}", if target.starts_with("link") { "itself" } else { target });
        symlink(scratch.path(target), scratch.path(&name)).unwrap();
        stays(&scratch, &name, ErrorKind::AlreadyExists, "a symbolic link").await;
        assert_eq!(fs::read_link(scratch.path(&name)).unwrap(), scratch.path(target));
    }
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    setup.client(&served).await.ping().await.unwrap();
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn u02_a_folder_may_be_reached_through_a_symbolic_link() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("folder")).unwrap();
    symlink(scratch.path("folder"), scratch.path("link")).unwrap();
    let server = bind(&scratch.url("link/s.sock")).await.unwrap();
    assert!(scratch.path("folder/s.sock").exists());
    drop(server);
    assert_eq!(fs::read_dir(scratch.path("folder")).unwrap().count(), 0);
}

#[tokio::test]
async fn u03_what_is_no_socket_stays() {
    let scratch = Scratch::new();
    fs::write(scratch.path("file"), "precious").unwrap();
    fs::create_dir(scratch.path("folder")).unwrap();
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, scratch.path("pipe"), pipe, 0o600.into(), 0).unwrap();
    for (name, why) in [("file", "a file"), ("folder", "a folder"), ("pipe", "something that is no socket")] {
        stays(&scratch, name, ErrorKind::AlreadyExists, why).await;
    }
    assert_eq!(fs::read_to_string(scratch.path("file")).unwrap(), "precious");
}

#[tokio::test]
async fn u03_a_server_that_runs_keeps_its_path() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    let served = setup.serve_at(&scratch.url("ours"), |server| server).await;
    // One that knows nothing of claims, and has no time to accept.
    let _theirs = std::os::unix::net::UnixListener::bind(scratch.path("theirs")).unwrap();
    for name in ["ours", "theirs"] {
        stays(&scratch, name, ErrorKind::AddrInUse, "a server is already running there").await;
    }
    setup.client(&served).await.ping().await.unwrap();
    within("the end of everything", tidy(&setup)).await;
    assert_eq!(scratch.names(), ["theirs"]);
}

#[tokio::test]
async fn u03_a_server_that_is_too_busy_to_be_connected_to_runs() {
    let scratch = Scratch::new();
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    socket.bind(&socket2::SockAddr::unix(scratch.path("busy")).unwrap()).unwrap();
    socket.listen(0).unwrap();
    let _waiting = std::os::unix::net::UnixStream::connect(scratch.path("busy")).unwrap();
    stays(&scratch, "busy", ErrorKind::AddrInUse, "a server is already running there").await;
}

#[tokio::test]
async fn u03_a_socket_that_cannot_be_tried_stays() {
    let scratch = Scratch::new();
    let _datagrams = std::os::unix::net::UnixDatagram::bind(scratch.path("datagrams")).unwrap();
    stays(&scratch, "datagrams", ErrorKind::AddrInUse, "nobody can tell").await;
}

#[tokio::test]
async fn u03_the_socket_of_a_dead_server_is_replaced() {
    let scratch = Scratch::new();
    leave_stale(scratch.path("s.sock"));
    let before = state(&scratch.path("s.sock"));
    let setup = Setup::over("");
    let served = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
    assert_ne!(state(&scratch.path("s.sock")), before);
    assert_eq!(scratch.names(), ["s.sock"]);
    setup.client(&served).await.ping().await.unwrap();
    within("the end of everything", tidy(&setup)).await;
    assert!(scratch.names().is_empty());
}

#[tokio::test]
async fn u03_another_users_socket_stays_though_nobody_listens() {
    if !is_root("u03_another_users_socket_stays_though_nobody_listens") {
        return;
    }
    let scratch = Scratch::new();
    leave_stale(scratch.path("s.sock"));
    chown(scratch.path("s.sock"), Some(65534), None).unwrap();
    stays(&scratch, "s.sock", ErrorKind::PermissionDenied, "a socket of uid 65534").await;
}

#[tokio::test]
async fn u06_a_claim_that_somebody_else_has_made_is_not_used() {
    let scratch = Scratch::new();
    let claim = |name: &str| scratch.path(&format!(".{name}.claim"));
    fs::create_dir(claim("open")).unwrap();
    fs::set_permissions(claim("open"), Permissions::from_mode(0o777)).unwrap();
    stays(&scratch, "open", ErrorKind::PermissionDenied, "no private folder").await;
    fs::create_dir(scratch.path("target")).unwrap();
    fs::set_permissions(scratch.path("target"), Permissions::from_mode(0o700)).unwrap();
    symlink(scratch.path("target"), claim("link")).unwrap();
    fs::write(claim("file"), "precious").unwrap();
    for name in ["link", "file"] {
        let error = refusal(&scratch.url(name)).await;
        assert!(error.to_string().contains(&format!("`.{name}.claim` beside it is in the way")), "{error}");
    }
    assert_eq!(fs::read_to_string(claim("file")).unwrap(), "precious");
    if is_root("u06_a_claim_that_somebody_else_has_made_is_not_used, with another user") {
        fs::create_dir(claim("theirs")).unwrap();
        fs::set_permissions(claim("theirs"), Permissions::from_mode(0o700)).unwrap();
        chown(claim("theirs"), Some(65534), None).unwrap();
        stays(&scratch, "theirs", ErrorKind::PermissionDenied, "no private folder of uid 0").await;
    }
}

#[tokio::test]
async fn u06_a_folder_that_is_missing_is_said_to_be() {
    let scratch = Scratch::new();
    let error = refusal(&scratch.url("nowhere/s.sock")).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("its folder cannot be opened"), "{error}");
}
