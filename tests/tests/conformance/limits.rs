//! Bounds: what is above one is refused by its name, and everything else goes on.

use rpc_core::{Code, CodecId, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Served, Setup, poll_once};

scenarios! {
    a_request_above_the_servers_limit_is_not_sent,
    a_response_above_the_clients_limit_fails_the_call,
    messages_at_the_limit_pass,
    calls_above_the_servers_limit_wait_in_order,
    every_free_place_is_taken_by_a_waiting_call,
    waiting_calls_above_their_limit_fail_at_once,
    a_call_that_has_waited_counts_one_attempt,
}

fn small() -> Limits {
    Limits { message: 1_000, ..Limits::default() }
}

async fn a_request_above_the_servers_limit_is_not_sent(setup: Setup) {
    let served = setup.serve_with(small()).await;
    let client = setup.client(&served).await;
    for error in [
        client.bytes(vec![0; 1_000]).await.unwrap_err(),
        client.log(1, vec![0; 1_000]).await.unwrap_err(),
        client.ping().metadata("key", vec![0; 1_000]).await.unwrap_err(),
    ] {
        assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::NotSent));
        let text = error.to_string();
        assert!(text.contains("1000") && text.contains("`message`") && text.contains("bytes"), "{text}");
    }
    client.ping().await.unwrap();
    assert_eq!(served.desk.ledger(), [] as [u64; 0]);
}

async fn a_response_above_the_clients_limit_fails_the_call(setup: Setup) {
    let served = setup.serve().await;
    let client = setup.client_with(&served, small()).await;
    for _ in 0..3 {
        let error = client.big(1_000).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::Failed));
        let text = error.to_string();
        assert!(text.contains("response") && text.contains("1000") && text.contains("`message`"), "{text}");
        client.ping().await.unwrap();
    }
}

async fn messages_at_the_limit_pass(setup: Setup) {
    // Bytes cost 8 + n in the binary codec, and four characters for each 3 in JSON or more.
    let most = if setup.codec() == CodecId::BINARY { 992 } else { 100 };
    let served = setup.serve_with(small()).await;
    let client = setup.client_with(&served, small()).await;
    assert_eq!(client.bytes(vec![7; most]).await.unwrap(), vec![7; most]);
    if setup.codec() == CodecId::BINARY {
        assert_eq!(client.big(992).await.unwrap().len(), 992);
        client.bytes(vec![7; most + 1]).await.unwrap_err();
        client.big(993).await.unwrap_err();
    }
    client.ping().await.unwrap();
}

/// A server with room for `places` calls at a time, all of them taken.
async fn full(setup: &Setup, places: u32, limits: Limits) -> (Served, LaboratoryClient) {
    let served = setup.serve_with(Limits { calls_in_flight: places, ..Limits::default() }).await;
    let client = setup.client_with(&served, limits).await;
    for id in 0..u64::from(places) {
        let client = client.clone();
        tokio::spawn(async move { client.wait(id).await });
        served.desk.until_ran(id).await;
    }
    (served, client)
}

async fn calls_above_the_servers_limit_wait_in_order(setup: Setup) {
    let (served, client) = full(&setup, 3, Limits::default()).await;
    let mut waiting = Vec::new();
    for id in 100..150 {
        waiting.push((id, poll_once(client.note(id)).await));
    }
    assert_eq!(served.desk.running(), 3);
    served.desk.release(3);
    for (id, call) in waiting {
        assert_eq!(call.await.unwrap(), id);
    }
    let ledger = served.desk.ledger();
    assert_eq!(ledger.len(), 53);
    assert!(ledger[3..].is_sorted(), "{ledger:?}");
}

async fn every_free_place_is_taken_by_a_waiting_call(setup: Setup) {
    let (served, client) = full(&setup, 4, Limits::default()).await;
    let waiting: Vec<_> = (10..14)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.wait(id).await.unwrap() })
        })
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    // All four at once: their responses may well come in one read.
    served.desk.release(4);
    served.desk.until_entries(8).await;
    served.desk.until_running(4).await;
    served.desk.release(4);
    for call in waiting {
        call.await.unwrap();
    }
}

async fn waiting_calls_above_their_limit_fail_at_once(setup: Setup) {
    let limits = Limits { waiting_calls: 2, ..Limits::default() };
    let (served, client) = full(&setup, 1, limits).await;
    let waiting = [poll_once(client.note(10)).await, poll_once(client.note(11)).await];
    let error = client.note(12).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::NotSent));
    assert!(error.to_string().contains("`waiting_calls`"), "{error}");
    served.desk.release(1);
    for call in waiting {
        call.await.unwrap();
    }
    client.note(13).await.unwrap();
    assert_eq!(served.desk.ledger(), [0, 10, 11, 13]);
}

async fn a_call_that_has_waited_counts_one_attempt(setup: Setup) {
    let (served, client) = full(&setup, 1, Limits::default()).await;
    let waiting = poll_once(client.note(1).detailed()).await;
    served.desk.release(1);
    assert_eq!(waiting.await.unwrap().attempts, 1);
}
