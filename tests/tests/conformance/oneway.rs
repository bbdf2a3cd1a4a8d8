//! Calls without an answer.

use std::time::Duration;

use rpc_core::Limits;
use rpc_tests::{Setup, poll_once};

scenarios! {
    a_oneway_runs_and_its_caller_does_not_wait_for_it,
    many_oneways_and_then_a_call_all_run,
    long_oneways_beside_each_other_all_arrive,
    a_oneway_takes_no_place_among_the_calls,
    a_oneway_outlives_its_caller_and_not_its_deadline,
    more_oneways_than_may_run_wait_for_each_other,
    a_oneway_that_was_handed_over_arrives_though_its_channel_is_dropped,
}

async fn a_oneway_runs_and_its_caller_does_not_wait_for_it(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.linger(1).await.unwrap();
    served.desk.until_ran(1).await;
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
    assert_eq!(served.desk.running(), 1);
    served.desk.release(1);
    served.desk.until_running(0).await;
}

async fn many_oneways_and_then_a_call_all_run(setup: Setup) {
    let (served, client) = setup.pair().await;
    for id in 0..500 {
        client.log(id, vec![0; 50]).await.unwrap();
    }
    client.note(1_000).await.unwrap();
    served.desk.until_entries(501).await;
    let mut ledger = served.desk.ledger();
    ledger.sort_unstable();
    assert!(ledger.into_iter().eq((0..500).chain([1_000])));
}

async fn long_oneways_beside_each_other_all_arrive(setup: Setup) {
    let limits = || Limits { frame: 100, send_buffer: 300, ..Limits::default() };
    let served = setup.serve_with(limits()).await;
    let client = setup.client_with(&served, limits()).await;
    let senders: Vec<_> = (0..8)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.log(id, vec![0; 3_000]).await })
        })
        .collect();
    assert_eq!(client.bytes(vec![1; 3_000]).await.unwrap(), [1; 3_000]);
    for sender in senders {
        sender.await.unwrap().unwrap();
    }
    served.desk.until_entries(8).await;
}

async fn a_oneway_takes_no_place_among_the_calls(setup: Setup) {
    let limits = || Limits { calls_in_flight: 1, frame: 100, ..Limits::default() };
    let served = setup.serve_with(limits()).await;
    let client = setup.client_with(&served, limits()).await;
    let call = poll_once(client.wait(1)).await;
    served.desk.until_ran(1).await;
    client.log(2, vec![]).await.unwrap();
    client.log(3, vec![0; 1_000]).await.unwrap();
    served.desk.until_ran(2).await;
    served.desk.until_ran(3).await;
    served.desk.release(1);
    assert_eq!(call.await.unwrap(), 1);
}

async fn a_oneway_outlives_its_caller_and_not_its_deadline(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.linger(1).await.unwrap();
    client.linger(2).timeout(Duration::from_millis(20)).await.unwrap();
    served.desk.until_ran(1).await;
    drop(client);
    // Whether the second has begun before its deadline or not, only the first is left in the end.
    served.desk.until_running(1).await;
    served.desk.release(1);
    served.desk.until_running(0).await;
}

async fn more_oneways_than_may_run_wait_for_each_other(setup: Setup) {
    let served = setup.serve_with(Limits { calls_in_flight: 2, ..Limits::default() }).await;
    let client = setup.client(&served).await;
    // In a task: a link that holds little makes the sender wait as well.
    let sender = tokio::spawn({
        let client = client.clone();
        async move {
            for id in 0..20 {
                client.linger(id).await.unwrap();
            }
        }
    });
    served.desk.until_running(2).await;
    for _ in 0..20 {
        served.desk.release(1);
    }
    served.desk.until_entries(20).await;
    sender.await.unwrap();
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
    served.desk.until_running(0).await;
    assert!(served.desk.ledger().into_iter().eq(0..20));
}

async fn a_oneway_that_was_handed_over_arrives_though_its_channel_is_dropped(setup: Setup) {
    let served = setup.serve().await;
    for round in 0..5 {
        let client = setup.client(&served).await;
        for id in 0..20 {
            client.log(round * 20 + id, vec![0; 3_000]).await.unwrap();
        }
        drop(client);
    }
    served.desk.until_entries(100).await;
}
