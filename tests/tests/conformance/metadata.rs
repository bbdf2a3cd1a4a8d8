//! What travels beside values: metadata out and back, and what a handler sees of its call.

use rpc_core::{Code, Delivery, Metadata};
use rpc_tests::Setup;

scenarios! {
    metadata_goes_out_and_comes_back,
    a_handler_sees_its_call,
    calls_do_not_see_the_metadata_of_others,
    metadata_that_cannot_be_is_not_sent,
    metadata_above_the_servers_limit_is_refused,
    response_metadata_above_the_clients_limit_fails_the_call,
}

async fn metadata_goes_out_and_comes_back(setup: Setup) {
    let (_served, client) = setup.pair().await;
    let call = client.context().metadata("tenant", "eu").metadata("token", [0, 255]).metadata("empty", "");
    let response = call.detailed().await.unwrap();
    let expected = [("tenant", &b"eu"[..]), ("token", &[0, 255]), ("empty", b"")];
    let seen = response.value.metadata.iter().map(|(key, value)| (&**key, &**value));
    assert!(seen.eq(expected), "{:?}", response.value);
    assert!(response.metadata.iter().eq(expected), "{:?}", response.metadata);
}

async fn a_handler_sees_its_call(setup: Setup) {
    let (_served, client) = setup.pair().await;
    let seen = client.context().await.unwrap();
    assert_eq!((&*seen.service, &*seen.method), ("test.Laboratory", "context"));
    assert!(seen.peer.contains("://"), "{:?}", seen.peer);
    assert_eq!(seen.metadata, []);
    assert!(seen.time_left.is_some_and(|left| left <= 30_000_000), "{seen:?}");
    assert!(rpc_core::Context::current().is_none(), "a test is no handler");
}

async fn calls_do_not_see_the_metadata_of_others(setup: Setup) {
    let (_served, client) = setup.pair().await;
    for round in 0..4 {
        let (with, without) = tokio::join!(client.context().metadata("round", [round]), client.context());
        assert_eq!(with.unwrap().metadata, [("round".to_owned(), vec![round])]);
        assert_eq!(without.unwrap().metadata, []);
        let (with, without) = tokio::join!(client.answer_with("key", 1).detailed(), client.add(1, 1).detailed());
        assert_eq!((with.unwrap().metadata.len(), without.unwrap().metadata.len()), (1, 0));
    }
}

async fn metadata_that_cannot_be_is_not_sent(setup: Setup) {
    let (served, client) = setup.pair().await;
    for (key, len, part) in [("Tenant", 0, "\"Tenant\""), ("", 0, "\"\""), ("big", Metadata::LONGEST, "61446")] {
        let error = client.note(1).metadata(key, vec![0; len]).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::NotSent));
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(!client.answer_with("Not A Key", 1).await.unwrap());
    assert_eq!(served.desk.ran(1), 0);
}

async fn metadata_above_the_servers_limit_is_refused(setup: Setup) {
    let (served, client) = setup.pair().await;
    client.note(1).metadata("fits", vec![0; 16_000]).await.unwrap();
    let error = client.note(2).metadata("large", vec![0; 17_000]).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Refused, "{error}");
    let mut many = client.note(2);
    for n in 0..65 {
        many = many.metadata(&format!("key-{n}"), "");
    }
    assert_eq!(many.await.unwrap_err().delivery(), Delivery::Refused);
    client.note(3).await.unwrap();
    assert_eq!(served.desk.ledger(), [1, 3]);
}

async fn response_metadata_above_the_clients_limit_fails_the_call(setup: Setup) {
    let (_served, client) = setup.pair().await;
    let error = client.answer_with("large", 17_000).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed));
    client.ping().await.unwrap();
}
