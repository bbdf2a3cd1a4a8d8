//! Chains of laboratories: what goes through all of them. The first is the one that is called.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::stream;
use rpc_core::{
    CallError, Code, Limits,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{RawPeer, Served, Setup, listen, poll_once, request_of, tidy, within};
use rustix::process::Signal;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    laboratory::{
        TRANSPORTS, client,
        items::{is, item},
        serve,
        service::LabError,
    },
    process::Lab,
    streams::MistakenClient,
};

/// So many laboratories, each but the last with the next one behind it.
async fn chain(setup: &Setup, limits: &Limits, count: usize) -> Vec<Served> {
    let mut labs = vec![serve(setup, limits, None).await];
    while labs.len() < count {
        let next = labs[0].url.clone();
        labs.insert(0, serve(setup, limits, Some(&next)).await);
    }
    labs
}

/// Waits until nothing of any call is left in any of them.
async fn calm(labs: &[Served]) {
    for lab in labs {
        lab.until("what is left", |now| now.streams + now.calls_in_flight + now.running_handlers == 0).await;
    }
}

/// What the laboratory says whose next one has failed it.
fn failed_next<T>(outcome: Result<T, CallError<LabError>>) -> String {
    match outcome {
        Err(CallError::App(LabError::Next(text))) => text,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it went well"),
    }
}

#[tokio::test]
async fn a_chain_answers_as_its_last_laboratory_does() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let labs = chain(&setup, &limits, 3).await;
        let lab = client(&labs[0], &limits).await;
        assert_eq!(lab.add(40, 2).await.unwrap(), 42);
        for size in [0, 8, 5_000, 300_000] {
            let items = stream::iter((0..50).map(move |number| item(number, size)));
            let mut back = lab.relay(items).await.unwrap();
            for number in 0..50 {
                assert!(is(&back.next().await.unwrap().unwrap(), number, size), "{url}: {number} of {size}");
            }
            assert!(back.next().await.is_none());
        }
        assert!(labs.iter().all(|lab| lab.stats.snapshot().served == 5), "all of them have served all calls");
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn who_takes_nothing_back_is_asked_for_no_more_than_fits_between() {
    const WINDOW: u32 = 4;
    for (url, count) in TRANSPORTS.into_iter().flat_map(|url| (1..=3).map(move |count| (url, count))) {
        let (setup, limits) = (Setup::over(url), Limits::default().stream_items(WINDOW));
        let labs = chain(&setup, &limits, count).await;
        let lab = client(&labs[0], &limits).await;
        let asked = Arc::new(AtomicU64::new(0));
        let shown = asked.clone();
        let items = stream::iter((0..).map(move |number| {
            shown.store(number + 1, Relaxed);
            item(number, 100)
        }));
        let mut back = lab.relay(items).await.unwrap();
        // A window for each connection, there and back, and an item in each hand: where it was taken, and where it is
        // about to be given.
        let between = count as u64 * 2 * (u64::from(WINDOW) + 2);
        let mut taken = 0;
        for take in [0, 1, 1_000] {
            for _ in 0..take {
                assert!(is(&back.next().await.unwrap().unwrap(), taken, 100), "{url}: {taken}");
                taken += 1;
            }
            // Calls go past what stands still.
            for number in 0..50 {
                assert_eq!(lab.add(number, 1).await.unwrap(), number + 1);
            }
            let asked = asked.load(Relaxed);
            assert!((taken..=taken + between).contains(&asked), "{url}, {count}: {asked} asked for, {taken} taken");
        }
        drop(back);
        calm(&labs).await;
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_or_too_late_ends_in_every_laboratory() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let labs = chain(&setup, &limits, 3).await;
        let lab = client(&labs[0], &limits).await;
        for lasts in [false, true] {
            let timeout = if lasts { Duration::MAX } else { Duration::from_millis(300) };
            let call = lab.relay(stream::pending()).timeout(timeout);
            match call.await {
                Ok(back) if lasts => {
                    for lab in &labs {
                        lab.until("the stream", |now| now.streams == 1).await;
                    }
                    drop(back);
                }
                Ok(mut back) => {
                    let late = within("the deadline", back.next()).await.unwrap().unwrap_err();
                    assert_eq!(late.code(), Some(Code::DeadlineExceeded), "{late}");
                }
                Err(late) => assert_eq!(late.code(), Some(Code::DeadlineExceeded), "{late}"),
            }
            calm(&labs).await;
        }
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

/// A laboratory whose next one speaks by hand, and where that one is dialled.
async fn before_one_by_hand(setup: &Setup) -> (Served, TcpListener) {
    let (listener, url) = listen().await;
    (serve(setup, &Limits::default(), Some(&url)).await, listener)
}

/// The next laboratory's end of the connection, the request that has come there, and its call.
async fn handed_on(listener: &TcpListener, method: &str) -> (RawPeer, Head, u32) {
    let mut next = within("the next laboratory", RawPeer::server(listener, &Hello::default())).await;
    let (request, _) = next.receive().await.expect("a request");
    assert_eq!((request.kind, request.word), (Kind::Request, request_of("Lab", 0, method).word));
    (next, request, request.call)
}

/// Says that the items of a call begin.
async fn begin(next: &mut RawPeer, call: u32) {
    next.send(Head::new(Kind::Begin, call), b"").await;
}

/// The next frame cancels the call.
async fn is_cancelled(next: &mut RawPeer, call: u32) {
    let (cancel, _) = next.receive().await.expect("a cancel");
    assert_eq!((cancel.kind, cancel.call), (Kind::Cancel, call));
}

#[tokio::test]
async fn how_long_a_call_may_take_and_that_it_was_given_up_goes_on() {
    const SHORTER: Duration = Duration::from_secs(20); // than what a call has by itself
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, listener) = before_one_by_hand(&setup).await;
    let lab = client(&served, &Limits::default()).await;
    let add = poll_once(lab.add(1, 2).timeout(SHORTER)).await;
    let (mut next, request, call) = handed_on(&listener, "add").await;
    assert!((1..=20_000_000).contains(&request.extra), "{} µs are left", request.extra);
    drop(add);
    is_cancelled(&mut next, call).await;
    next.send(Head::new(Kind::Response, call).word(Code::Cancelled as u32), b"").await;

    let relay = poll_once(lab.relay(stream::pending()).timeout(SHORTER)).await;
    let (request, _) = next.receive().await.expect("a request");
    assert!((1..=20_000_000).contains(&request.extra), "{} µs are left", request.extra);
    begin(&mut next, request.call).await;
    drop(within("the beginning", relay).await.unwrap());
    is_cancelled(&mut next, request.call).await;
    drop((lab, next));
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_laboratory_that_goes_fails_what_was_handed_on_to_it_and_nothing_else() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, listener) = before_one_by_hand(&setup).await;
    let lab = client(&served, &Limits::default()).await;
    let relay = poll_once(lab.relay(stream::pending())).await;
    let (mut next, _, call) = handed_on(&listener, "relay").await;
    begin(&mut next, call).await;
    let mut back = within("the beginning", relay).await.unwrap();
    drop((next, listener));
    let text = failed_next(within("the failure", back.next()).await.expect("one more item"));
    assert!(text.contains("Lab/relay at tcp://") && text.contains("Unavailable"), "{text}");
    assert!(back.next().await.is_none());
    let text = failed_next(lab.add(1, 2).await);
    assert!(text.contains("Lab/add at tcp://") && text.contains("Unavailable"), "{text}");
    assert_eq!(lab.echo(b"here").await.unwrap(), b"here");
    drop((lab, back));
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn items_that_break_off_are_no_end_of_items_to_the_next_laboratory() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let (served, listener) = before_one_by_hand(&setup).await;
    let mistaken = MistakenClient::new(setup.channel(&served).await);
    let relay = poll_once(mistaken.relay(stream::repeat(1))).await;
    let (mut next, _, call) = handed_on(&listener, "relay").await;
    begin(&mut next, call).await;
    let mut back = within("the beginning", relay).await.unwrap();
    match within("the failure", back.next()).await {
        Some(Err(CallError::App(LabError::Items(text)))) => assert!(text.contains("does not decode"), "{text}"),
        other => panic!("{other:?}"),
    }
    is_cancelled(&mut next, call).await; // with no `end` before it
    drop((back, mistaken, next));
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn a_chain_of_processes_bears_a_load_and_says_when_a_part_of_it_is_gone() {
    let unix = Setup::over("unix://@{unique}").address();
    let back = Lab::serve(&[&unix]).await;
    let middle = Lab::serve_with(&["tcp://127.0.0.1:0"], &["--tier", &unix]).await;
    let front = Lab::serve_with(&["tcp://127.0.0.1:0"], &["--tier", &middle.urls[0]]).await;
    for method in ["relay", "add"] {
        let load = front.load(&["--method", method, "--calls", "2000", "--in-flight", "8", "--seconds", "60"]).await;
        assert_eq!((&load["calls"], &load["errors"]), (&json!(2_000), &json!({})), "{method}");
    }
    // 8 streams and 2,000 calls; the one that asks is counted when it has run.
    assert_eq!(back.value(&["counters"]).await["served"], 2_008);
    assert_eq!(front.values(&["relay", r#"[["a", "b"]]"#]).await, [json!("a"), json!("b")]);
    back.end(Signal::TERM).await;
    for arguments in [["add", "[1, 2]"], ["relay", r#"[["a"]]"#]] {
        let error = front.error(&arguments).await;
        // What the middle one says of the back is its own error, which the front hands back as it is.
        let parts = [front.urls[0].as_str(), "its own error: the next laboratory:", &unix, "Unavailable"];
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    let load = front.load(&["--method", "relay", "--calls", "6", "--in-flight", "3"]).await;
    assert_eq!(load["errors"], json!({"App/Failed": 3}));
    assert_eq!(front.value(&["echo", "\"here\""]).await, json!("here"));
    front.end(Signal::TERM).await;
    middle.end(Signal::TERM).await;
}

#[tokio::test]
async fn an_address_of_a_next_laboratory_that_is_none_is_refused_at_once() {
    let refused = crate::process::lab(&["serve", "--listen", "tcp://127.0.0.1:0", "--tier", "nowhere"]).await;
    let error = crate::process::failure(refused);
    assert!(error.contains("`nowhere`"), "{error}");
}
