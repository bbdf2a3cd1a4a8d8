//! Calls fail: each for itself, with a clear reason, and the connection goes on.

use rpc_core::{CallError, Code, Delivery, service};
use rpc_tests::{Breakdown, LabError, LaboratoryClient, Onward, RelayClient, Served, Setup};

scenarios! {
    the_services_own_error_comes_back_typed,
    a_panic_fails_its_own_call_only,
    a_panic_in_the_drop_of_a_stopped_handler_hurts_nobody,
    an_unknown_service_is_named_with_what_there_is,
    an_unknown_method_is_refused,
    arguments_that_do_not_decode_are_refused,
    a_result_that_does_not_decode_fails_the_call,
    a_failure_says_in_one_line_which_call_it_was,
}

/// The connection that the failures came over still serves.
async fn is_alive(client: &LaboratoryClient) {
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
}

async fn the_services_own_error_comes_back_typed(setup: Setup) {
    let (_served, client) = setup.pair().await;
    assert_eq!(client.check(Some(7)).await.unwrap(), 7);
    let error = client.check(None).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Failed);
    assert_eq!(error.to_string(), "there is no number");
    match error {
        CallError::App(LabError::Missing { what }) => assert_eq!(what, "number"),
        CallError::Rpc(status) => panic!("{status}"),
    }
}

async fn a_panic_fails_its_own_call_only(setup: Setup) {
    let (served, client) = setup.pair().await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.wait(5).await }
    });
    served.desk.until_ran(5).await;
    for how in [Breakdown::AtOnce, Breakdown::Later, Breakdown::InDrop, Breakdown::Twice] {
        let error = client.panic(how).await.unwrap_err();
        assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{how:?}");
        assert_eq!(error.status().unwrap().message(), "the handler panicked", "the text of a panic stays at home");
        client.panic_silently(how).await.unwrap();
        is_alive(&client).await;
    }
    served.desk.release(1);
    assert_eq!(waiting.await.unwrap().unwrap(), 5);
}

async fn a_panic_in_the_drop_of_a_stopped_handler_hurts_nobody(setup: Setup) {
    let (served, client) = setup.pair().await;
    let call = rpc_tests::poll_once(client.panic(Breakdown::WhenStopped)).await;
    served.desk.until_running(1).await;
    drop(call);
    served.desk.until_running(0).await;
    is_alive(&client).await;
    let error = client.panic(Breakdown::WhenStopped).timeout(std::time::Duration::from_millis(5)).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DeadlineExceeded));
    served.desk.until_running(0).await;
    is_alive(&client).await;
}

async fn an_unknown_service_is_named_with_what_there_is(setup: Setup) {
    let (served, client) = setup.pair().await;
    let relay = RelayClient::new(setup.channel(&served).await);
    let error = relay.wait(1, Onward::Detached).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unimplemented), Delivery::NotSent));
    let text = error.to_string();
    assert!(text.contains("`test.Relay`") && text.contains("it has: test.Laboratory"), "{text}");
    let error = client.clone().named("test.Renamed").ping().await.unwrap_err();
    assert!(error.to_string().contains("`test.Renamed`"), "{error}");
    is_alive(&client).await;
}

/// The laboratory as a later version might have it.
mod later {
    use super::service;

    #[service(name = "test.Laboratory")]
    pub trait Laboratory {
        async fn subtract(&self, a: i64, b: i64) -> i64;
        #[rpc(oneway)]
        async fn forget(&self, id: u64);
        async fn note(&self, id: String) -> u64;
        #[rpc(oneway)]
        async fn log(&self, id: String);
        async fn bytes(&self, bytes: Vec<u8>) -> Vec<String>;
        async fn ping(&self, unexpected: u64);
    }
}

async fn with_later(setup: &Setup) -> (Served, LaboratoryClient, later::LaboratoryClient) {
    let served = setup.serve().await;
    let channel = setup.channel(&served).await;
    (served, LaboratoryClient::new(channel.clone()), later::LaboratoryClient::new(channel))
}

async fn an_unknown_method_is_refused(setup: Setup) {
    let (_served, client, later) = with_later(&setup).await;
    let error = later.subtract(1, 2).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unimplemented), Delivery::Refused));
    assert!(error.to_string().contains("test.Laboratory/subtract"), "{error}");
    later.forget(1).await.unwrap();
    is_alive(&client).await;
}

async fn arguments_that_do_not_decode_are_refused(setup: Setup) {
    let (served, client, later) = with_later(&setup).await;
    for error in [later.note("seven".into()).await.unwrap_err(), later.ping(1).await.unwrap_err()] {
        assert_eq!((error.code(), error.delivery()), (Some(Code::InvalidArgument), Delivery::Refused), "{error}");
        assert!(error.to_string().contains("the arguments do not decode"), "{error}");
    }
    later.log("seven".into()).await.unwrap();
    is_alive(&client).await;
    assert_eq!(served.desk.ledger(), [] as [u64; 0], "a handler ran");
}

async fn a_result_that_does_not_decode_fails_the_call(setup: Setup) {
    let (_served, client, later) = with_later(&setup).await;
    let error = later.bytes(vec![255; 3]).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed));
    assert!(error.to_string().contains("the response does not decode"), "{error}");
    is_alive(&client).await;
}

async fn a_failure_says_in_one_line_which_call_it_was(setup: Setup) {
    let (served, client) = setup.pair().await;
    let text = client.panic(Breakdown::AtOnce).await.unwrap_err().to_string();
    for part in
        ["test.Laboratory/panic at ", &served.url, "Internal: the handler panicked", "(step 8", "ran and failed"]
    {
        assert!(text.contains(part), "{part:?} is missing in {text:?}");
    }
    assert!(!text.contains('\n'));
}
