//! Ends of connections over Unix sockets: both sides at once, a peer that is gone when it is answered, and a process
//! that was started without streams.

use std::{fs, process::Stdio};

use rpc_core::{
    fnv1a32, method_id,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{LaboratoryClient, RawPeer, Setup, poll_once, tidy, within};
use tokio::{io::AsyncWriteExt, net::UnixStream};

use crate::{Scratch, child, told};

#[tokio::test]
async fn k08_nothing_is_left_when_both_sides_close_at_once() {
    let scratch = Scratch::new();
    for _ in 0..20 {
        let setup = Setup::over("");
        let served = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
        let client = setup.client(&served).await;
        let waiting = poll_once(client.wait(1)).await;
        within("the handler", served.desk.until_running(1)).await;
        drop(waiting);
        tokio::join!(served.kill(), async { drop(client) });
        within("the end of everything", tidy(&setup)).await;
        assert!(scratch.names().is_empty());
    }
}

#[tokio::test]
async fn k10_a_peer_that_is_gone_when_it_is_answered_costs_nobody_else() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    let served = setup.serve_at(&scratch.url("s.sock"), |server| server).await;
    let client = setup.client(&served).await;
    for call in 0..50 {
        let mut peer = UnixStream::connect(scratch.path("s.sock")).await.unwrap();
        let mut bytes = Hello::default().encode();
        let request = Head::new(Kind::Request, 1).word(method_id(fnv1a32("test.Laboratory"), fnv1a32("big")));
        bytes.extend(RawPeer::frame(request, &1_000_000_u32.to_le_bytes()));
        peer.write_all(&bytes).await.unwrap();
        drop(peer);
        assert_eq!(client.add(call, 1).await.unwrap(), call + 1);
    }
    drop(client);
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn k10_a_process_without_standard_streams_serves() {
    let scratch = Scratch::new();
    let shell = child("ends::child_serves_without_streams", &scratch.url("s.sock"));
    let shell = shell.as_std();
    let mut command = tokio::process::Command::new("/bin/sh");
    command.args(["-c", "exec \"$@\" 0<&- 1>&- 2>&-", "sh"]).arg(std::env::current_exe().unwrap());
    command.args(shell.get_args()).envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let status = within("the other process", command.stdin(Stdio::null()).status()).await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(scratch.names(), ["served"]);
}

#[tokio::test]
async fn child_serves_without_streams() {
    let Some(url) = told() else { return };
    let setup = Setup::over("");
    let served = setup.serve_at(&url, |server| server).await;
    let client = LaboratoryClient::connect(&url).await.unwrap();
    assert_eq!(client.big(1_000_000).await.unwrap().len(), 1_000_000);
    drop(client);
    served.stop().await;
    fs::write(url.strip_prefix("unix://").unwrap().replace("s.sock", "served"), "").unwrap();
}
