//! Values go out and come back.

use rpc_core::Channel;
use rpc_tests::{Desk, LaboratoryClient, LaboratoryServer, Measured, Onward, RelayClient, RelayServer, Sample, Setup};

scenarios! {
    values_of_every_kind_go_both_ways,
    borrowed_arguments_arrive,
    bytes_of_every_length_come_back,
    services_share_a_server_and_stubs_share_a_channel,
    one_trait_is_served_under_two_names,
    a_client_is_cloned_into_tasks,
    a_detailed_call_says_who_answered_and_at_which_attempt,
}

async fn values_of_every_kind_go_both_ways(setup: Setup) {
    let (_served, client) = setup.pair().await;
    client.ping().await.unwrap();
    assert_eq!(client.echo(Sample::full()).await.unwrap(), Sample::full());
    for (a, b) in [(1, 2), (i64::MIN, 0), (i64::MAX, 0), (-1, 1)] {
        assert_eq!(client.add(a, b).await.unwrap(), a + b);
    }
}

async fn borrowed_arguments_arrive(setup: Setup) {
    let (_served, client) = setup.pair().await;
    for text in ["", "plain", "with \"escapes\" \u{0} and \u{1F980}"] {
        let measured = client.measure(text, &[1, 255], &Sample::full(), &[7, 0, u32::MAX]).await.unwrap();
        let expected =
            Measured { text: text.to_owned(), blob_sum: 256, sample_is_full: true, numbers: vec![7, 0, u32::MAX] };
        assert_eq!(measured, expected);
    }
}

async fn bytes_of_every_length_come_back(setup: Setup) {
    let (_served, client) = setup.pair().await;
    for len in [0, 1, 111, 112, 113, 4_096, 16_383, 16_384, 40_000, 70_000] {
        let bytes: Vec<u8> = (0..len).map(|n: u32| (n % 251) as u8).collect();
        assert!(client.bytes(bytes.clone()).await.unwrap() == bytes, "{len} bytes came back otherwise");
    }
    assert!(client.big(300_000).await.unwrap() == vec![7; 300_000]);
}

async fn services_share_a_server_and_stubs_share_a_channel(setup: Setup) {
    let inner = setup.serve().await;
    let laboratory = setup.client(&inner).await;
    let outer = setup.serve_at(&setup.address(), |server| server.add(RelayServer::new(laboratory))).await;
    let channel = setup.channel(&outer).await;
    let (relay, laboratory) = (RelayClient::new(channel.clone()), LaboratoryClient::new(channel));
    inner.desk.release(1);
    let (sum, waited) = tokio::join!(laboratory.add(1, 2), relay.wait(9, Onward::Inheriting));
    assert_eq!((sum.unwrap(), waited.unwrap()), (3, None));
    assert_eq!((inner.desk.ran(9), outer.desk.ran(9)), (1, 0));
}

async fn one_trait_is_served_under_two_names(setup: Setup) {
    let other = Desk::default();
    let named = LaboratoryServer::new(other.clone()).named("test.Other");
    let served = setup.serve_at(&setup.address(), |server| server.add(named)).await;
    let channel: Channel = setup.channel(&served).await;
    let plain = LaboratoryClient::new(channel.clone());
    let named = LaboratoryClient::new(channel).named("test.Other");
    plain.note(1).await.unwrap();
    named.note(2).await.unwrap();
    assert_eq!((served.desk.ledger(), other.ledger()), (vec![1], vec![2]));
    assert_eq!(named.context().await.unwrap().service, "test.Other");
}

async fn a_client_is_cloned_into_tasks(setup: Setup) {
    let (_served, client) = setup.pair().await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.add(n, n).await.unwrap() })
        })
        .collect();
    for (n, task) in (0..).zip(tasks) {
        assert_eq!(task.await.unwrap(), 2 * n);
    }
}

async fn a_detailed_call_says_who_answered_and_at_which_attempt(setup: Setup) {
    let (served, client) = setup.pair().await;
    let response = client.add(1, 2).detailed().await.unwrap();
    assert_eq!((response.value, response.attempts), (3, 1));
    assert_eq!(*response.peer, *served.url);
    assert!(response.metadata.is_empty());
}
