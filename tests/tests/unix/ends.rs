//! Ends of connections over Unix sockets: both sides at once, and a peer that is gone when it is answered.

use rpc_core::{
    fnv1a32, method_id,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{RawPeer, Setup, poll_once, tidy, within};
use tokio::{io::AsyncWriteExt, net::UnixStream};

use crate::Scratch;

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
