//! Many at once.

use rpc_core::{Delivery, Limits};
use rpc_tests::{Seeded, Setup, polled_times};

scenarios! {
    a_thousand_calls_at_once_on_one_connection,
    many_connections_at_once,
    two_thousand_waiting_calls_get_their_turn,
    a_waiting_handler_holds_up_nobody,
    every_outcome_is_honest,
    giving_calls_up_never_touches_another_call,
}

async fn a_thousand_calls_at_once_on_one_connection(setup: Setup) {
    let (served, client) = setup.pair().await;
    let calls: Vec<_> = (0..1_000)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.wait(id).await.unwrap() })
        })
        .collect();
    served.desk.until_running(1_000).await;
    served.desk.release_all();
    for (id, call) in (0..).zip(calls) {
        assert_eq!(call.await.unwrap(), id);
    }
}

async fn many_connections_at_once(setup: Setup) {
    let served = setup.serve().await;
    let mut clients = Vec::new();
    for _ in 0..64 {
        clients.push(setup.client(&served).await);
    }
    let calls: Vec<_> = (0..)
        .zip(&clients)
        .map(|(id, client)| {
            let client = client.clone();
            tokio::spawn(async move { client.wait(id).await.unwrap() })
        })
        .collect();
    served.desk.until_running(64).await;
    served.desk.release_all();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(served.desk.ledger().len(), 64);
}

async fn two_thousand_waiting_calls_get_their_turn(setup: Setup) {
    let served = setup.serve_with(Limits { calls_in_flight: 7, ..Limits::default() }).await;
    let client = setup.client_with(&served, Limits { waiting_calls: 2_000, ..Limits::default() }).await;
    let calls: Vec<_> = (0..2_000)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.note(id).await.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(served.desk.ledger().len(), 2_000);
}

async fn a_waiting_handler_holds_up_nobody(setup: Setup) {
    let (served, client) = setup.pair().await;
    let waiting = rpc_tests::poll_once(client.wait(1)).await;
    for n in 0..300 {
        assert_eq!(client.add(n, 1).await.unwrap(), n + 1);
    }
    served.desk.release(1);
    waiting.await.unwrap();
}

/// Calls that end in every way, while the server drains: each ran as often as its outcome says.
async fn every_outcome_is_honest(setup: Setup) {
    let served = setup.serve_with(Limits { calls_in_flight: 16, ..Limits::default() }).await;
    let client = setup.client_with(&served, Limits { waiting_calls: 50, ..Limits::default() }).await;
    served.desk.release(60);
    let calls: Vec<_> = (0..400)
        .map(|id| {
            let (client, served) = (client.clone(), served.clone());
            tokio::spawn(async move {
                if id == 300 {
                    served.drain();
                }
                let timeout = std::time::Duration::from_micros(50 + id * 37 % 40_000);
                let outcome = match id % 3 {
                    0 => Some(client.note(id).await),
                    1 => Some(client.wait(id).timeout(timeout).await),
                    _ => polled_times(id as usize % 5, client.wait(id).timeout(timeout)).await,
                };
                (id, outcome.map(|outcome| outcome.map_err(|error| error.delivery())))
            })
        })
        .collect();
    for call in calls {
        let (id, outcome) = call.await.unwrap();
        assert_ne!(outcome, Some(Err(Delivery::Failed)), "call {id}");
        served.desk.assert_honest(id, outcome);
    }
    served.desk.release_all();
}

async fn giving_calls_up_never_touches_another_call(setup: Setup) {
    // Little room everywhere, so that messages are cut, cancels have to wait and ids come round soon.
    let limits = || Limits { frame: 1_000, send_buffer: 2_000, calls_in_flight: 8, ..Limits::default() };
    let served = setup.serve_with(limits()).await;
    let client = setup.client_with(&served, limits()).await;
    let callers: Vec<_> = (0..24_u64)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut seeded = Seeded::new(caller);
                for n in 0..30 {
                    let (polls, bytes) = (1 + seeded.below(4), vec![caller as u8; seeded.below(6_000)]);
                    match seeded.below(5) {
                        0 => assert_eq!(client.bytes(bytes.clone()).await.unwrap(), bytes),
                        1 => drop(polled_times(polls, client.bytes(bytes)).await.map(Result::unwrap)),
                        2 => drop(polled_times(1, client.wait(1_000_000)).await.map(Result::unwrap)),
                        3 => drop(polled_times(polls, client.log(0, bytes)).await.map(Result::unwrap)),
                        _ => assert_eq!(client.add(n, 1).await.unwrap(), n + 1),
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}
