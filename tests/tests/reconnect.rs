//! How a channel comes to its connections: who dials, when, for whom, and what becomes of calls meanwhile. The clock
//! stands still while anything happens.

use std::time::Duration;

use rpc_core::{
    ByteIo, CallError, Channel, ChannelConfig, Code, Delivery, Limits, Status,
    wire::{Flags, Head, Hello, Kind},
};
use rpc_tests::{Answer, Desk, Door, LaboratoryClient, RawPeer, poll_once, within};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

const MIN: Duration = Duration::from_millis(100);
const MAX: Duration = Duration::from_millis(800);

fn limits() -> Limits {
    Limits::default().backoff_min(MIN).backoff_max(MAX)
}

fn client_with(door: &Door, url: &str, limits: Limits) -> LaboratoryClient {
    LaboratoryClient::new(ChannelConfig::new().transport(door.clone()).limits(limits).lazy(url).unwrap())
}

fn client(door: &Door) -> LaboratoryClient {
    client_with(door, "door://a", limits())
}

/// A call that was surely not sent, because nobody was reached.
fn unreached<T>(result: Result<T, CallError<std::convert::Infallible>>) -> Status {
    let Err(error) = result else { panic!("there was an answer") };
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent), "{error}");
    error.status().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn while_it_pauses_calls_fail_at_once_with_the_last_error_and_the_time_of_the_next_attempt() {
    let (door, desk) = (Door::default(), Desk::default());
    let client = client(&door);
    let start = Instant::now();
    let status = unreached(client.ping().await);
    assert!(status.to_string().contains("cannot connect to `door://a`: nobody is there"), "{status}");
    door.answer("a", Answer::Served(desk));
    for _ in 0..100 {
        let status = unreached(client.ping().await);
        assert!(status.to_string().contains("nobody is there; the next attempt is due in "), "{status}");
    }
    assert_eq!((start.elapsed(), door.dials().len()), (Duration::ZERO, 1));
    sleep(MIN).await;
    client.ping().await.unwrap();
    assert_eq!(door.dials().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn calls_that_need_a_connection_share_one_attempt_which_no_deadline_of_theirs_cuts_short() {
    let door = Door::default();
    let client = client_with(&door, "door://a", limits().dial_timeout(Duration::from_secs(3)));
    door.answer("a", Answer::Silence);
    let start = Instant::now();
    let hasty = client.ping().timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!((hasty.code(), hasty.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { client.ping().await }
            })
        })
        .collect();
    for call in waiting {
        let status = unreached(call.await.unwrap());
        assert!(status.to_string().contains("within 3s, the limit `dial_timeout`"), "{status}");
    }
    assert_eq!((start.elapsed().as_secs(), door.dials().len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_ready_waits_through_pauses_which_double_up_to_their_cap() {
    let (door, desk) = (Door::default(), Desk::default());
    let client = client(&door);
    let patient = tokio::spawn({
        let client = client.clone();
        async move { client.note(2).wait_for_ready().timeout(Duration::MAX).await }
    });
    sleep(Duration::from_secs(20)).await;
    let dials: Vec<Instant> = door.dials().into_iter().map(|(_, at)| at).collect();
    let pauses: Vec<Duration> = dials.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.len() > 20, "{pauses:?}");
    for (n, pause) in pauses.iter().enumerate() {
        let longest = (MIN * 2_u32.pow(n.min(10) as u32)).min(MAX);
        let rounded = Duration::from_millis(2);
        assert!(longest / 2 <= *pause && *pause <= longest + rounded, "pause {n} is {pause:?}");
    }
    door.answer("a", Answer::Served(desk.clone()));
    assert_eq!(patient.await.unwrap().unwrap(), 2);
    assert_eq!(desk.ledger(), [2]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_ready_waits_until_the_deadline_and_learns_why() {
    let door = Door::default();
    let client = client(&door);
    let start = Instant::now();
    let error = client.ping().wait_for_ready().timeout(Duration::from_secs(5)).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
    assert!(error.to_string().contains("with no connection: cannot connect to `door://a`: nobody is there"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 5);
    // Nobody waits any more: nobody is dialled.
    sleep(2 * MAX).await;
    let dials = door.dials().len();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(door.dials().len(), dials);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_wait_for_a_connection_than_may() {
    let door = Door::default();
    door.answer("a", Answer::Silence);
    let client = client_with(&door, "door://a", limits().waiting_calls(2));
    let _first = poll_once(client.ping()).await;
    let second = poll_once(client.ping().wait_for_ready()).await;
    let error = client.ping().wait_for_ready().await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::NotSent));
    assert!(error.to_string().contains("2 calls wait for a connection, the limit `waiting_calls`"), "{error}");
    drop(second);
    let _third = poll_once(client.ping()).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_made_again_at_once_and_a_call_that_may_have_run_is_not_sent_again() {
    let (door, desk) = (Door::default(), Desk::default());
    door.answer("a", Answer::Served(desk.clone()));
    let client = client(&door);
    client.ping().await.unwrap();
    let lost = tokio::spawn({
        let client = client.clone();
        async move { client.wait(1).await }
    });
    within("the handler", desk.until_running(1)).await;
    door.kill();
    let error = lost.await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown));
    let start = Instant::now();
    client.note(2).await.unwrap();
    assert_eq!((start.elapsed(), door.dials().len()), (Duration::ZERO, 2));
    assert_eq!(desk.ledger(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_every_connection_at_once_is_not_dialled_without_a_pause() {
    let door = Door::default();
    door.answer("a", Answer::Slammed);
    let client = client(&door);
    unreached(client.ping().await);
    for _ in 0..100 {
        unreached(client.ping().await);
    }
    assert_eq!(door.dials().len(), 1);
    let start = Instant::now();
    client.ping().wait_for_ready().timeout(Duration::from_secs(10)).await.unwrap_err();
    let dials = door.dials().len();
    assert!((10..40).contains(&dials), "{dials} dials in {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_next_address_is_used_when_one_is_gone_and_all_are_named_when_none_answers() {
    let (door, first, second) = (Door::default(), Desk::default(), Desk::default());
    door.answer("a", Answer::Served(first.clone()));
    door.answer("b", Answer::Served(second.clone()));
    let client = client_with(&door, "list:door://a,door://b", limits().dial_timeout(Duration::from_secs(1)));
    client.note(1).await.unwrap();
    door.answer("a", Answer::Refused);
    door.kill();
    let start = Instant::now();
    within("the end of the first", async { while client.note(2).await.is_err() {} }).await;
    assert_eq!((first.ledger(), second.ran(2)), (vec![1], 1));
    // Back to the first, which is silent and then gone.
    door.answer("a", Answer::Silence);
    door.answer("b", Answer::Refused);
    door.kill();
    let status = within("the end of both", async {
        loop {
            match client.ping().await {
                Err(error) if error.delivery() == Delivery::NotSent => return unreached::<()>(Err(error)),
                _ => {}
            }
        }
    })
    .await;
    assert!(status.to_string().contains("`list:door://a,door://b`: none of its 2 addresses answers"), "{status}");
    assert!(status.to_string().contains("the last: cannot connect to `door://b`: nobody is there"), "{status}");
    assert_eq!(start.elapsed().as_secs(), 1, "the silent one took its time");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_channel_ends_its_attempt() {
    let door = Door::default();
    door.answer("a", Answer::Silence);
    let metrics = tokio::runtime::Handle::current().metrics();
    {
        let client = client(&door);
        drop(poll_once(client.ping()).await);
        assert_eq!(metrics.num_alive_tasks(), 1, "others may need the attempt");
        drop(client);
        within("the attempt", async {
            while metrics.num_alive_tasks() > 0 {
                tokio::task::yield_now().await
            }
        })
        .await;
    }
    let connecting = poll_once(Box::pin(ChannelConfig::new().transport(door.clone()).connect("door://a"))).await;
    drop(connecting);
    within("the attempt", async {
        while metrics.num_alive_tasks() > 0 {
            tokio::task::yield_now().await
        }
    })
    .await;
}

#[test]
fn an_attempt_that_ends_with_its_runtime_is_begun_again_on_another() {
    let (door, desk) = (Door::default(), Desk::default());
    door.answer("a", Answer::Silence);
    let client = client(&door);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime().block_on(async {
        let _call = poll_once(client.ping()).await;
        within("the first attempt", async {
            while door.dials().is_empty() {
                tokio::task::yield_now().await
            }
        })
        .await;
    });
    door.answer("a", Answer::Served(desk));
    runtime().block_on(async { within("a call on the second runtime", client.ping()).await.unwrap() });
    assert_eq!(door.dials().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_pinged_and_then_given_up() {
    let (ours, theirs) = tokio::io::duplex(1 << 10);
    let limits = limits().ping_after(Duration::from_secs(5)).ping_timeout(Duration::from_secs(3));
    let connecting = tokio::spawn(ChannelConfig::new().limits(limits).connect_io(ByteIo::new(ours)));
    let mut server = RawPeer::new(theirs).introduced().await;
    let client = LaboratoryClient::new(connecting.await.unwrap().unwrap());
    // Without calls in flight nobody is pinged, and no timer runs.
    sleep(Duration::from_secs(60)).await;
    let call = tokio::spawn(async move { client.wait(1).timeout(Duration::MAX).await });
    assert_eq!(server.receive().await.unwrap().0.kind, Kind::Request);
    let start = Instant::now();
    for _ in 0..3 {
        let ping = server.receive().await.unwrap().0;
        assert_eq!(ping.kind, Kind::Ping);
        server.send(Head { kind: Kind::Pong, ..ping }, b"").await;
    }
    let answered = start.elapsed().as_secs();
    assert!((15..=21).contains(&answered), "three pings took {answered} s");
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown));
    assert!(error.to_string().contains("of a ping, the limit `ping_timeout`"), "{error}");
    assert!((8..=11).contains(&(start.elapsed().as_secs() - answered)));
}

/// How a call ends whose server answers each time it is sent with this code, and how often it is sent.
async fn answered_with(code: Code, flags: Flags) -> (Status, u32) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = LaboratoryClient::new(Channel::lazy(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap());
    let call = tokio::spawn(async move { client.note(1).await });
    let mut server = RawPeer::server(&listener, &Hello::default()).await;
    let mut sent = 0;
    while let Some((request, _)) = server.receive().await.filter(|(head, _)| head.kind == Kind::Request) {
        sent += 1;
        server.send(Head::new(Kind::Response, request.call).word(code as u32).flags(flags), b"no").await;
    }
    (within("the call", call).await.unwrap().unwrap_err().status().unwrap().clone(), sent)
}

#[tokio::test]
async fn a_call_that_a_server_refuses_for_now_is_sent_again_once_and_no_other_is() {
    for (code, flags, delivery, times) in [
        (Code::Unavailable, Flags::NOT_RUN, Delivery::Refused, 2),
        (Code::ResourceExhausted, Flags::NOT_RUN, Delivery::Refused, 2),
        (Code::Unimplemented, Flags::NOT_RUN, Delivery::Refused, 1),
        (Code::DeadlineExceeded, Flags::NOT_RUN, Delivery::Refused, 1),
        (Code::Unavailable, Flags::NONE, Delivery::Unknown, 1),
        (Code::ResourceExhausted, Flags::NONE, Delivery::Failed, 1),
    ] {
        let (status, sent) = within("the call", answered_with(code, flags)).await;
        assert_eq!((status.code(), status.delivery(), sent), (code, delivery, times), "{status}");
    }
}

/// Takes a connection, and turns its first call away because it drains. The client then leaves.
async fn turn_away(listener: &TcpListener) {
    let mut server = RawPeer::server(listener, &Hello::default()).await;
    let (request, _) = server.receive().await.unwrap();
    assert_eq!(request.kind, Kind::Request);
    server.send(Head::new(Kind::Goaway, 0), b"").await;
    let refusal = Head::new(Kind::Response, request.call).word(Code::Unavailable as u32).flags(Flags::NOT_RUN);
    server.send(refusal, b"no").await;
    assert_eq!(server.receive().await.unwrap().0.kind, Kind::Goaway);
    assert_eq!(server.receive().await, None);
}

/// Takes a connection, and gives its first call back what it brought.
async fn answer(listener: &TcpListener) {
    let mut server = RawPeer::server(listener, &Hello::default()).await;
    let (request, body) = server.receive().await.unwrap();
    server.send(Head { codec: request.codec, ..Head::new(Kind::Response, request.call) }, &body).await;
}

#[tokio::test]
async fn a_call_that_draining_servers_refuse_goes_on_to_as_many_connections_as_it_takes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, pause) = (format!("tcp://{}", listener.local_addr().unwrap()), Duration::from_millis(1));
    let config = ChannelConfig::new().limits(limits().backoff_min(pause).backoff_max(pause));
    let client = LaboratoryClient::new(config.lazy(&url).unwrap());
    let call = tokio::spawn(async move { client.note(7).wait_for_ready().detailed().await });
    for _ in 0..5 {
        within("the client", turn_away(&listener)).await;
    }
    within("the answer", answer(&listener)).await;
    let response = within("the call", call).await.unwrap().unwrap();
    assert_eq!((response.value, response.attempts), (7, 6));
}

#[tokio::test]
async fn a_call_that_both_servers_refuse_because_they_drain_goes_on_though_it_does_not_wait_for_ready() {
    let one = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("list:tcp://{},tcp://{}", one.local_addr().unwrap(), other.local_addr().unwrap());
    let client = LaboratoryClient::new(Channel::lazy(&url).unwrap());
    let call = tokio::spawn(async move { client.note(7).detailed().await });
    for listener in [&one, &other] {
        within("the client", turn_away(listener)).await;
    }
    within("the answer", answer(&one)).await;
    let response = within("the call", call).await.unwrap().unwrap();
    assert_eq!((response.value, response.attempts), (7, 3));
}

#[tokio::test]
async fn a_server_that_always_drains_is_not_dialled_without_a_pause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = LaboratoryClient::new(Channel::lazy(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap());
    let call = tokio::spawn(async move { client.note(7).await });
    for _ in 0..2 {
        within("the client", turn_away(&listener)).await;
    }
    let status = unreached(within("the call", call).await.unwrap());
    assert!(status.to_string().contains("the connection ended before it was of any use"), "{status}");
}

#[tokio::test]
async fn a_call_that_waits_for_a_place_goes_on_to_as_many_connections_as_it_takes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = LaboratoryClient::new(Channel::lazy(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap());
    let hello = Hello { calls_in_flight: 1, ..Hello::default() };
    let unsent = || {
        let client = client.clone();
        tokio::spawn(async move { client.note(7).detailed().await.unwrap() })
    };
    // On each connection the only place goes to a call that is answered before the other has one; then the server drains.
    let (mut one, mut other) = (unsent(), unsent());
    for round in 1..=5 {
        let mut server = RawPeer::server(&listener, &hello).await;
        let (request, body) = server.receive().await.unwrap();
        assert_eq!(request.kind, Kind::Request);
        server.send(Head::new(Kind::Goaway, 0), b"").await;
        let answer = Head { codec: request.codec, ..Head::new(Kind::Response, request.call) };
        server.send(answer, &body).await;
        let (first, second) = (&mut one, &mut other);
        let (done, left) = tokio::select! { done = first => (done, 2), done = second => (done, 1) };
        assert!(done.unwrap().attempts <= round + 1);
        if left == 2 {
            one = unsent()
        } else {
            other = unsent()
        }
        assert_eq!(server.receive().await.unwrap().0.kind, Kind::Goaway);
        assert_eq!(server.receive().await, None, "a client leaves a connection that it does not need any more");
    }
    one.abort();
    other.abort();
}
