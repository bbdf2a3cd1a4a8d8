//! Processes that a process starts while it has connections: they have nothing of these, and when it dies, its peers see
//! the end although they live on.

use std::{fs, path::Path, time::Duration};

use rpc_core::{Channel, Delivery, Server};
use rpc_tests::{
    Desk, Folder, LedgerClient, LedgerFile, LedgerServer,
    deaths::{HeirsClient, Victim, Work},
    within,
};
use rustix::process::Signal;
use tokio::task::yield_now;

use super::{alone, program};

/// Descriptors of a process that are sockets or memory files, and its mappings of such files.
fn has(process: u32) -> (usize, usize) {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).expect("it lives");
    let links = descriptors.filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok());
    let ours = links.filter(|link| ["socket:", "/memfd:"].iter().any(|what| link.to_string_lossy().starts_with(what)));
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("it lives");
    (ours.count(), maps.lines().filter(|line| line.contains("/memfd:")).count())
}

/// Whoever has started a process may go on a moment before its descriptors are closed.
async fn has_nothing(process: u32) {
    while has(process) != (0, 0) {
        yield_now().await;
    }
}

fn lives(process: u32) -> bool {
    // Behind the name, which is in brackets.
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

async fn ends(process: u32) {
    while lives(process) {
        yield_now().await;
    }
}

fn url(folder: &Folder) -> String {
    format!("shm://{}", folder.path().join("heirs.sock").display())
}

#[test]
fn a_client_sees_the_end_of_a_server_whose_child_lives_on_and_has_nothing_of_the_connection() {
    alone(async |_| {
        let folder = Folder::new();
        let (url, ledger) = (url(&folder), folder.path().join("ledger"));
        let work = Work::Serve { url: url.clone(), threads: 2, ledger: ledger.clone() };
        let mut server = Victim::start(&program(), &work, None).await;
        let channel = Channel::connect(&url).await.unwrap();
        let heir = HeirsClient::new(channel.clone()).start().await.unwrap();
        let (descriptors, mappings) = has(server.id);
        assert!(descriptors >= 2 && mappings == 2, "{descriptors} descriptors and {mappings} mappings");
        within("an heir with nothing", has_nothing(heir)).await;
        let call = tokio::spawn(async move { LedgerClient::new(channel).stay(7).timeout(Duration::MAX).await });
        within("the handler", async {
            while LedgerFile::read(&ledger).unwrap() != [7] {
                yield_now().await;
            }
        })
        .await;
        server.signal(Signal::KILL);
        let error = within("the end of the call", call).await.unwrap().unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
        assert!(lives(heir));
        server.end_input();
        within("the end of the heir", ends(heir)).await;
    });
}

#[test]
fn a_server_sees_the_end_of_a_client_whose_child_lives_on_and_has_nothing_of_the_connection() {
    alone(async |_| {
        let (folder, desk) = (Folder::new(), Desk::default());
        let server = Server::new().add(LedgerServer::new(desk.clone())).listen(url(&folder));
        let stats = server.stats();
        let serving = tokio::spawn(server.bind().await.unwrap().serve());
        let mut client = Victim::start(&program(), &Work::Stay { url: url(&folder) }, None).await;
        let heir = client.line.parse().unwrap();
        within("the handler", desk.until_running(1)).await;
        let (descriptors, mappings) = has(client.id);
        assert!(descriptors >= 1 && mappings == 2, "{descriptors} descriptors and {mappings} mappings");
        within("an heir with nothing", has_nothing(heir)).await;
        client.signal(Signal::KILL);
        within("the end of the handler", desk.until_running(0)).await;
        within("the end of the connection", async {
            while stats.snapshot().connections > 0 {
                yield_now().await;
            }
        })
        .await;
        assert!(lives(heir));
        client.end_input();
        within("the end of the heir", ends(heir)).await;
        serving.abort();
    });
}

#[test]
fn sockets_do_not_outlast_an_exec_and_regions_do_not_outlast_a_fork() {
    alone(async |_| {
        let folder = Folder::new();
        let server = Server::new().add(LedgerServer::new(Desk::default())).listen(url(&folder));
        let serving = tokio::spawn(server.bind().await.unwrap().serve());
        let client = LedgerClient::connect(&url(&folder)).await.unwrap();
        client.enter(1, false, vec![1; 1_000]).await.unwrap();
        let mut sockets = 0;
        for descriptor in fs::read_dir("/proc/self/fd").unwrap() {
            let path = descriptor.unwrap().path();
            if !fs::read_link(&path).is_ok_and(|link| link.to_string_lossy().starts_with("socket:")) {
                continue;
            }
            sockets += 1;
            let told = fs::read_to_string(Path::new("/proc/self/fdinfo").join(path.file_name().unwrap())).unwrap();
            let flags = told.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
            let closes_on_exec = 0o2_000_000;
            assert!(u32::from_str_radix(flags, 8).unwrap() & closes_on_exec != 0, "{path:?}: {flags}");
        }
        assert!(sockets >= 3, "one listens, two are connected: {sockets}");
        let maps = fs::read_to_string("/proc/self/smaps").unwrap();
        let regions: Vec<_> = maps.split("VmFlags:").zip(maps.split("VmFlags:").skip(1)).collect();
        let regions = regions.iter().filter(|(head, _)| head.lines().any(|line| line.contains("/memfd:rpc-ring")));
        let flags: Vec<_> = regions.map(|(_, flags)| flags.lines().next().unwrap_or_default()).collect();
        assert_eq!(flags.len(), 4, "each of two regions is mapped by both sides");
        assert!(flags.iter().all(|flags| flags.split(' ').any(|flag| flag == "dc")), "{flags:?}");
        serving.abort();
    });
}
