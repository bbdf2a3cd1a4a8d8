//! A client: any bytes from its server.

use rpc_core::{
    ChannelConfig,
    wire::{Flags, Head, Hello, Kind},
};
use tokio::{task::yield_now, time::timeout};

use crate::{
    customer::{self, ONEWAYS},
    line::{Once, URL, end},
    market::QuotesClient,
    overheard,
    peer::{LONG, Meeting, Peer, tasks, until},
    sealed::sealed,
};

/// Whatever a server sends, in whatever pieces, whether or not it reads, and however it ends: every call of its client ends
/// within its time, says that it was answered only where it was, and nothing is left of the connection.
///
/// # Panics
/// Where that does not hold.
pub fn client(bytes: &[u8]) {
    let hello = Hello { codecs: vec![1, 6], ..Hello::default() };
    let Meeting { peer, limits, codec } = Meeting::chosen(bytes, &hello);
    sealed(meet(ChannelConfig::new().limits(limits).codec(codec), &peer));
}

/// Lets a client make calls to a peer. Each must end within its time, say that it was answered only where it was, and nothing
/// may be left of the connection.
///
/// # Panics
/// Where that does not hold.
pub async fn meet(config: ChannelConfig, peer: &Peer) {
    let (ours, theirs) = tokio::io::duplex(peer.buffer);
    let config = config.transport(Once::new(end(ours, peer.frames)));
    let calling = tokio::spawn(async move {
        match timeout(LONG, config.connect(URL)).await.expect("a hello has its time") {
            Ok(channel) => customer::shop(&QuotesClient::new(channel)).await,
            Err(error) => {
                customer::is_one_line(&error);
                0
            }
        }
    });
    let spoken = peer.speak(theirs, async |_| ()).await;
    // It is all read before the end of it shows.
    for _ in 0..10 {
        yield_now().await;
    }
    let answered = if peer.stays {
        let answered = calling.await;
        if let Some(heard) = spoken.part().await {
            overheard::requests(peer, &heard);
        }
        answered
    } else {
        spoken.leave().await;
        calling.await
    };
    let answered = answered.expect("no call panics");
    let (sent, _) = overheard::after_hello(peer);
    // A begin ends a call that awaits a response, as one that failed (protocol §5.3).
    let ends = |head: &Head| matches!(head.kind, Kind::Response | Kind::Begin) && !head.flags.has(Flags::MORE);
    let answers = sent.iter().filter(|(head, _)| ends(head)).count();
    assert!(answered <= answers + ONEWAYS, "{answered} calls say that they were answered, {answers} were");
    assert!(until(|| tasks() == 0).await, "{} tasks are left", tasks());
}
