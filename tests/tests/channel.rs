//! What must not end a channel, hang it, or have it dial without a pause: runtimes that end, transports and logs that
//! misbehave, and calls that nobody polls.

use std::{
    pin::pin,
    sync::mpsc,
    task::{Context, Waker},
    time::Duration,
};

use futures_util::stream;
use rpc_core::{
    ByteIo, Channel, ChannelConfig, Code, Delivery, Limits, Server, Stream, service,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{Answer, Desk, Door, LaboratoryClient, LinesOfLog, RawPeer, Setup, poll_once, tidy, within};
use tokio::{runtime::Builder, time::sleep};

fn client(door: &Door, url: &str) -> LaboratoryClient {
    LaboratoryClient::new(ChannelConfig::new().transport(door.clone()).lazy(url).unwrap())
}

/// Runs something in a thread of its own, which may panic and must not hang.
fn ends(what: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let _done = done;
        what();
    });
    let ended = is_done.recv_timeout(Duration::from_secs(20));
    assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "it hangs");
}

#[test]
fn outside_of_a_runtime_connecting_does_not_hang() {
    ends(|| {
        let mut connecting = pin!(Channel::connect("mem://nobody"));
        let _ = connecting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    });
}

#[test]
fn a_call_on_a_runtime_that_has_ended_fails() {
    ends(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let client = LaboratoryClient::new(Channel::lazy("mem://nobody").unwrap());
        let _within = handle.enter();
        for call in [client.ping(), client.ping().wait_for_ready()] {
            let _ = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
        }
    });
}

#[test]
fn a_log_that_calls_over_the_channel_it_tells_of_hangs_nobody() {
    ends(|| {
        let client = LaboratoryClient::new(Channel::lazy("mem://nobody").unwrap());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let shipping = client.clone();
        let ship = move |_, _| {
            let _ = pin!(shipping.log(1, Vec::new())).poll(&mut Context::from_waker(Waker::noop()));
        };
        tracing::subscriber::with_default(LinesOfLog(ship), || {
            runtime.block_on(client.ping()).unwrap_err();
        });
    });
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_is_asked_again_after_a_pause_only() {
    let door = Door::default();
    door.answer("a", Answer::Panic);
    let error = client(&door, "door://a").ping().wait_for_ready().timeout(Duration::from_secs(10)).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
    assert!(error.to_string().contains("the attempt to connect has panicked"), "{error}");
    assert!((4..20).contains(&door.dials().len()), "{} dials", door.dials().len());
}

#[tokio::test(start_paused = true)]
async fn an_address_that_was_wrong_once_is_dialled_again_later() {
    let door = Door::default();
    door.answer("a", Answer::Wrong);
    let client = client(&door, "door://a");
    client.ping().await.unwrap_err();
    // Whoever would wait for another answer would wait for ever.
    client.ping().wait_for_ready().await.unwrap_err();
    assert_eq!(door.dials().len(), 1);
    door.answer("a", Answer::Served(Desk::default()));
    sleep(Duration::from_secs(1)).await;
    client.ping().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_connection_of_no_use_every_address_is_asked_before_a_pause() {
    let door = Door::default();
    door.answer("a", Answer::Useless);
    let client = client(&door, "list:door://a,door://b");
    drop(poll_once(client.ping()).await);
    within("the end of the first connection", async {
        while door.dials().is_empty() {
            tokio::task::yield_now().await
        }
    })
    .await;
    door.answer("a", Answer::Served(Desk::default()));
    client.ping().await.unwrap();
}

/// A client and the server's end of its connection, over a pipe.
async fn pair(limits: Limits) -> (LaboratoryClient, RawPeer<tokio::io::DuplexStream>) {
    let (ours, theirs) = tokio::io::duplex(1 << 10);
    let connecting = tokio::spawn(ChannelConfig::new().limits(limits).connect_io(ByteIo::new(ours)));
    let server = RawPeer::new(theirs).introduced().await;
    (LaboratoryClient::new(connecting.await.unwrap().unwrap()), server)
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_long_answer_comes_slowly_is_not_given_up() {
    let second = Duration::from_secs(1);
    let (client, mut server) = pair(Limits::default().ping_after(5 * second).ping_timeout(5 * second)).await;
    let call = tokio::spawn(async move { client.big(40).timeout(Duration::MAX).await });
    let (request, _) = server.receive().await.unwrap();
    let body = [&40_u64.to_le_bytes()[..], &[7; 40]].concat();
    let answer = Head { codec: request.codec, ..Head::new(Kind::Response, request.call) };
    for byte in &RawPeer::frame(answer, &body) {
        server.send_bytes(&[*byte]).await;
        sleep(second).await;
    }
    assert_eq!(call.await.unwrap().unwrap().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn no_limit_of_pongs_is_none() {
    let (_client, mut server) = pair(Limits::default().pongs(usize::MAX)).await;
    server.send(Head::new(Kind::Ping, 0), b"").await;
    assert_eq!(server.receive().await.unwrap().0.kind, Kind::Pong);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_polls_costs_no_other_call() {
    let desk = Desk::default();
    let client = LaboratoryClient::in_process(desk.clone());
    let other = tokio::spawn({
        let client = client.clone();
        async move { client.wait(1).timeout(Duration::MAX).await }
    });
    desk.until_running(1).await;
    let unpolled = poll_once(client.bytes(vec![7; 3 << 20]).timeout(Duration::MAX)).await;
    sleep(Duration::from_secs(60)).await;
    assert!(!other.is_finished(), "the connection has ended");
    desk.release(1);
    assert_eq!(other.await.unwrap().unwrap(), 1);
    // Given up on the server meanwhile, and sent again when it is told so.
    assert_eq!(unpolled.await.unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn a_server_that_drains_at_once_and_keeps_calls_for_later_is_not_dialled_without_a_pause() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let client = LaboratoryClient::new(Channel::lazy(&url).unwrap());
    let calls: Vec<_> = (0..2)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.note(id).timeout(Duration::from_secs(3)).await })
        })
        .collect();
    let serving = tokio::spawn(async move {
        let mut kept: Option<(RawPeer, u32)> = None;
        for connections in 1.. {
            let mut server = RawPeer::server(&listener, &Hello { calls_in_flight: 1, ..Hello::default() }).await;
            let (request, _) = server.receive().await.unwrap();
            server.send(Head::new(Kind::Goaway, 0), b"").await;
            // The call of the connection before is refused only now: one is always under way.
            if let Some((mut before, call)) = kept.replace((server, request.call)) {
                let refusal = Head::new(Kind::Response, call).word(Code::Unavailable as u32).flags(Flags::NOT_RUN);
                before.send(refusal, b"no").await;
            }
            assert!(connections < 100, "it is dialled again and again");
        }
    });
    for call in calls {
        within("a call", call).await.unwrap().unwrap_err();
    }
    assert!(!serving.is_finished());
    serving.abort();
}

/// A service whose streams end when they are told to.
#[service]
trait Counter {
    async fn count(&self, to: u32) -> impl Stream<Item = u32>;
}

struct Abacus;

impl Counter for Abacus {
    async fn count(&self, to: u32) -> impl Stream<Item = u32> {
        stream::iter(0..to)
    }
}

#[tokio::test]
async fn a_stream_keeps_its_connection_until_it_ends_or_is_dropped() {
    for url in ["tcp://127.0.0.1:0", "mem://{unique}"] {
        let setup = Setup::over(url);
        let server = Server::new().add(CounterServer::new(Abacus)).listen(setup.address());
        let served = setup.start(server, Desk::default()).await;
        for (to, take) in [(3, 3), (5_000, 5_000), (u32::MAX, 5_000)] {
            let client = CounterClient::new(setup.channel(&served).await);
            let mut items = client.count(to).await.unwrap();
            drop(client);
            for number in 0..take {
                assert_eq!(items.next().await.unwrap().unwrap(), number, "{url}");
            }
            if to == take {
                assert!(items.next().await.is_none(), "{url}");
            } else {
                drop(items);
            }
            served.until("the end of the connection", |now| now.connections == 0).await;
        }
        within("what was left", tidy(&setup)).await;
    }
}
