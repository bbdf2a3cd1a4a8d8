//! The mode of a socket file, under any umask, from the moment at which the file is there.

use std::{fs, io::ErrorKind, mem::MaybeUninit, os::fd::OwnedFd, os::unix::fs::PermissionsExt, path::Path};

use rpc_core::{BindError, transport::Unix};
use rustix::fs::{
    Mode,
    inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init},
};

use crate::{Scratch, as_stranger, bind_with, child, leave_stale, passes, told};

/// What happens in a folder.
struct Watch(OwnedFd);

impl Watch {
    fn new(folder: &Path) -> Self {
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        add_watch(&watch, folder, WatchFlags::ALL_EVENTS).unwrap();
        Self(watch)
    }

    /// What has happened to `name` since the last look.
    fn events(&self, name: &str) -> Vec<ReadFlags> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut events = Vec::new();
        while let Ok(event) = reader.next() {
            if event.file_name().is_some_and(|file| file.to_bytes() == name.as_bytes()) {
                events.push(event.events());
            }
        }
        events
    }
}

/// Takes a path with several modes, and sees that it has had no other one: the file comes, and nothing happens to it.
async fn no_window() {
    let scratch = Scratch::new();
    let path = scratch.path("s.sock");
    for stale in [false, true] {
        for mode in [0o600, 0o660, 0o666, 0o777, 0o700, 0o200] {
            let mut expected = vec![ReadFlags::CREATE];
            if stale {
                leave_stale(&path);
                expected.insert(0, ReadFlags::DELETE);
            }
            let watch = Watch::new(&scratch.0);
            let server = bind_with(Unix::new().mode(mode), &scratch.url("s.sock")).await.unwrap();
            assert_eq!(watch.events("s.sock"), expected, "{mode:o}");
            assert_eq!(fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
            drop(server);
            assert_eq!(watch.events("s.sock"), [ReadFlags::DELETE]);
            assert!(scratch.names().is_empty());
        }
    }
}

#[tokio::test]
async fn u04_the_mode_is_right_from_the_beginning() {
    no_window().await;
}

#[tokio::test]
async fn u04_the_mode_is_right_under_any_umask() {
    let of_root = rustix::process::geteuid().is_root();
    for umask in ["000", "022", "077", "177"] {
        passes(child("modes::child_with_a_umask", umask)).await;
        if of_root {
            // Root may do what a mode forbids.
            passes(as_stranger(child("modes::child_with_a_umask", umask))).await;
        }
    }
}

#[tokio::test]
async fn child_with_a_umask() {
    let Some(umask) = told() else { return };
    rustix::process::umask(Mode::from_raw_mode(u32::from_str_radix(&umask, 8).unwrap()));
    no_window().await;
}

#[tokio::test]
async fn u04_a_socket_is_for_its_owner_if_nothing_is_said() {
    let scratch = Scratch::new();
    let server = crate::bind(&scratch.url("s.sock")).await.unwrap();
    assert_eq!(fs::metadata(scratch.path("s.sock")).unwrap().permissions().mode() & 0o7777, 0o600);
    drop(server);
}

#[tokio::test]
async fn u04_what_is_no_mode_is_refused() {
    let scratch = Scratch::new();
    for mode in [660, 0o1777, u32::MAX] {
        let Err(BindError::Listen { source, .. }) = bind_with(Unix::new().mode(mode), &scratch.url("s.sock")).await
        else {
            panic!("{mode:o} is taken");
        };
        assert_eq!(source.kind(), ErrorKind::InvalidInput);
        assert!(source.to_string().contains("write for example 0o660"), "{source}");
    }
    assert!(scratch.names().is_empty());
}
