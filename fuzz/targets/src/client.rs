//! A client: any bytes from its server.

use rpc_core::{
    ChannelConfig,
    wire::{Flags, Hello, Kind},
};
use tokio::{task::yield_now, time::timeout};

use crate::{
    customer,
    line::{Once, URL, end},
    market::QuotesClient,
    overheard,
    peer::{LONG, Meeting, Peer, tasks, until},
    sealed::sealed,
};

/// Whatever a server sends, in whatever pieces, whether or not it reads, and however it ends: every call of its client ends
/// within its time, with a value only where one was sent, and nothing is left of the connection.
///
/// # Panics
/// Where that does not hold.
pub fn client(bytes: &[u8]) {
    let hello = Hello { codecs: vec![1, 6], ..Hello::default() };
    let Meeting { peer, limits, codec } = Meeting::chosen(bytes, &hello);
    sealed(meet(ChannelConfig::new().limits(limits).codec(codec), &peer));
}

/// Lets a client make calls to a peer. Each must end within its time, with a value only where one was sent, and nothing may
/// be left of the connection.
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
    let values = if peer.stays {
        let values = calling.await;
        if let Some(heard) = spoken.part().await {
            overheard::requests(peer, &heard);
        }
        values
    } else {
        spoken.leave().await;
        calling.await
    };
    let values = values.expect("no call panics");
    let (sent, _) = overheard::after_hello(peer);
    let ends = sent.iter().filter(|(head, _)| head.kind == Kind::Response && !head.flags.has(Flags::MORE)).count();
    // A oneway is sent and has its value.
    assert!(values <= ends + 1, "{values} calls have a value, {ends} responses were sent");
    assert!(until(|| tasks() == 0).await, "{} tasks are left", tasks());
}
