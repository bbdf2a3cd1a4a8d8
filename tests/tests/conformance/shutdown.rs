//! Servers end: in order, by force, or not at all.

use std::time::Duration;

use rpc_core::{Code, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Setup, poll_once};

scenarios! {
    a_drain_lets_running_calls_finish,
    calls_that_come_during_a_drain_do_not_run_and_know_it,
    calls_that_wait_for_a_place_are_told_of_a_drain,
    a_drain_ends_though_clients_stay,
    a_handler_that_does_not_end_is_stopped_after_the_drain_timeout,
    a_lost_connection_leaves_calls_in_doubt,
    a_lost_client_cancels_its_handlers,
    a_channel_dials_when_it_is_first_needed,
    a_channel_dials_again_after_the_server_was_restarted,
    a_restarted_server_is_asked_anew_which_services_it_has,
    nobody_answers_in_one_line,
    dropping_the_serving_future_ends_everything,
}

async fn a_drain_lets_running_calls_finish(setup: Setup) {
    let (served, client) = setup.pair().await;
    let calls = [poll_once(client.wait(1)).await, poll_once(client.wait(2)).await];
    served.desk.until_running(2).await;
    served.drain();
    let stopping = tokio::spawn({
        let served = served.clone();
        async move { served.stop().await }
    });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished(), "the server ended while calls were running");
    served.desk.release(2);
    for (call, id) in calls.into_iter().zip(1..) {
        assert_eq!(call.await.unwrap(), id);
    }
    stopping.await.unwrap();
}

async fn calls_that_come_during_a_drain_do_not_run_and_know_it(setup: Setup) {
    let (served, client) = setup.pair().await;
    let running = poll_once(client.wait(1)).await;
    served.desk.until_running(1).await;
    served.drain();
    let mut refused = 0;
    // The server begins to drain when its thread gets to it, and goes on refusing.
    for id in 100.. {
        match client.note(id).await {
            Ok(_) => assert_eq!(refused, 0, "a call ran after another was refused"),
            Err(error) => {
                refused += 1;
                assert_eq!(error.code(), Some(Code::Unavailable), "{error}");
                assert!(matches!(error.delivery(), Delivery::NotSent | Delivery::Refused), "{error}");
                assert_eq!(served.desk.ran(id), 0);
            }
        }
        if refused == 20 {
            break;
        }
    }
    served.desk.release(1);
    assert_eq!(running.await.unwrap(), 1);
}

async fn calls_that_wait_for_a_place_are_told_of_a_drain(setup: Setup) {
    let served = setup.serve_with(Limits { calls_in_flight: 1, ..Limits::default() }).await;
    let client = setup.client(&served).await;
    let running = poll_once(client.wait(1)).await;
    served.desk.until_running(1).await;
    let waiting = [poll_once(client.note(2)).await, poll_once(client.note(3)).await, poll_once(client.note(4)).await];
    served.drain();
    // While the first call still runs: those behind it must not wait for its end.
    for call in waiting {
        let error = call.await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent), "{error}");
    }
    served.desk.release(1);
    assert_eq!(running.await.unwrap(), 1);
    assert_eq!(served.desk.ledger(), [1]);
}

async fn a_drain_ends_though_clients_stay(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.ping().await.unwrap();
    let (idle, lazy) = (setup.client(&served).await, setup.config().lazy(&served.url).unwrap());
    served.stop().await;
    for client in [client, idle, LaboratoryClient::new(lazy)] {
        let error = client.ping().await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent), "{error}");
    }
}

async fn a_handler_that_does_not_end_is_stopped_after_the_drain_timeout(setup: Setup) {
    let limits = Limits { drain_timeout: Duration::from_millis(20), ..Limits::default() };
    let served = setup.serve_with(limits).await;
    let client = setup.client(&served).await;
    let stuck = poll_once(client.watch(1)).await;
    client.linger(5).await.unwrap();
    served.desk.until_running(2).await;
    served.stop().await;
    assert_eq!(served.desk.running(), 0);
    served.desk.until_ran(2).await;
    let error = stuck.await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
    assert!(error.to_string().contains("the server has stopped"), "{error}");
}

async fn a_lost_connection_leaves_calls_in_doubt(setup: Setup) {
    let (served, client) = setup.pair().await;
    let call = poll_once(client.wait(1)).await;
    served.desk.until_running(1).await;
    served.kill().await;
    let error = call.await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
    served.desk.until_running(0).await;
}

async fn a_lost_client_cancels_its_handlers(setup: Setup) {
    let (served, client) = setup.pair().await;
    let other = setup.client(&served).await;
    for id in [1, 3] {
        let client = client.clone();
        let call = tokio::spawn(async move { drop(client.watch(id).await) });
        served.desk.until_ran(id).await;
        call.abort();
    }
    drop(client);
    served.desk.until_running(0).await;
    served.desk.until_ran(2).await;
    served.desk.until_ran(4).await;
    other.ping().await.unwrap();
}

async fn a_channel_dials_when_it_is_first_needed(setup: Setup) {
    let served = setup.serve().await;
    let url = served.url.clone();
    let client = LaboratoryClient::new(setup.config().lazy(&url).unwrap());
    let (one, two) = tokio::join!(client.context(), client.context());
    assert_eq!(one.unwrap().peer, two.unwrap().peer, "both calls share one connection");
}

async fn a_channel_dials_again_after_the_server_was_restarted(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.note(1).await.unwrap();
    for id in 2..5 {
        let last = setup_again(&setup, &served.url, &client, id).await;
        assert_eq!(last, [id]);
    }
}

/// Stops whoever serves at `url`, serves there again and calls; gives the new ledger.
async fn setup_again(setup: &Setup, url: &str, client: &LaboratoryClient, id: u64) -> Vec<u64> {
    setup.stop_all().await;
    let served = setup.serve_at(url, |server| server).await;
    client.note(id).await.unwrap();
    served.desk.ledger()
}

async fn a_restarted_server_is_asked_anew_which_services_it_has(setup: Setup) {
    let served = setup.serve().await;
    let renamed = setup.client(&served).await.named("test.Renamed");
    renamed.ping().await.unwrap_err();
    served.stop().await;
    let desk = rpc_tests::Desk::default();
    let service = rpc_tests::LaboratoryServer::new(desk).named("test.Renamed");
    let _served = setup.serve_at(&served.url, |server| server.add(service)).await;
    renamed.ping().await.unwrap();
}

async fn nobody_answers_in_one_line(setup: Setup) {
    // An address that was somebody's a moment ago.
    let served = setup.serve().await;
    served.stop().await;
    let error = setup.config().connect(&served.url).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot connect to `{}`: ", served.url)), "{error}");
    assert!(!error.contains('\n'), "{error}");
    let lazy = LaboratoryClient::new(setup.config().lazy(&served.url).unwrap());
    let error = lazy.ping().await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent));
    assert!(error.to_string().contains("cannot connect to"), "{error}");
}

async fn dropping_the_serving_future_ends_everything(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.linger(1).await.unwrap();
    let call = poll_once(client.wait(2)).await;
    served.desk.until_running(2).await;
    served.kill().await;
    served.desk.until_running(0).await;
    assert_eq!(call.await.unwrap_err().delivery(), Delivery::Unknown);
}
