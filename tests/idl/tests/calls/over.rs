//! Every transport and codec, with a server at one end and a channel at the other. Knows no service.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rpc_core::{Channel, ChannelConfig, CodecId, Server};
use tokio::{sync::oneshot, time::timeout};

/// THE table, in which `{tmp}` and `{unique}` are filled in.
const TRANSPORTS: [&str; 4] =
    ["tcp://127.0.0.1:0", "unix://{tmp}/{unique}.sock", "shm://{tmp}/{unique}.sock", "mem://{unique}"];

/// A scenario takes a small part of this, on a slow machine as well.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a scenario over every transport in both codecs, each time with a server that is made anew.
pub(crate) async fn everything(server: impl Fn() -> Server, scenario: impl AsyncFn(Channel, CodecId)) {
    for url in TRANSPORTS {
        for codec in [CodecId::BINARY, CodecId::JSON] {
            println!("over {url}, {codec:?}");
            let run = once(server().listen(address(url)), codec, &scenario);
            timeout(PATIENCE, run).await.expect("it hangs");
        }
    }
}

async fn once(server: Server, codec: CodecId, scenario: &impl AsyncFn(Channel, CodecId)) {
    let bound = server.bind().await.expect("the address can be had");
    let url = bound.urls()[0].to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(bound.serve_until(async { drop(stopped.await) }));
    let channel = ChannelConfig::new().codec(codec).connect(&url).await.expect("the server answers");
    scenario(channel, codec).await;
    drop(stop);
    serving.await.expect("the server does not panic");
}

fn address(url: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let unique = format!("rpc-idl-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let tmp = std::env::temp_dir();
    url.replace("{unique}", &unique).replace("{tmp}", tmp.to_str().expect("a path of text"))
}
