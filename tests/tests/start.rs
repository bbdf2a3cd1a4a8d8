//! Servers that cannot start, services without a socket, and byte streams that the user brings.

use rpc_core::{BindError, ByteIo, ChannelConfig, Code, Delivery, Server, service};
use rpc_tests::{Desk, LaboratoryClient, LaboratoryServer, Sample, poll_once, within};

fn laboratory() -> LaboratoryServer<Desk> {
    LaboratoryServer::new(Desk::default())
}

async fn refusal(server: Server) -> BindError {
    server.listen("mem://rpc-tests-start").bind().await.unwrap_err()
}

#[tokio::test]
async fn two_services_of_one_name_are_refused() {
    let error = refusal(Server::new().add(laboratory()).add(laboratory())).await;
    assert!(matches!(&error, BindError::DuplicateService { name } if name == "test.Laboratory"));
    assert!(error.to_string().contains("`named`"), "{error}");
    let error = refusal(Server::new().add(laboratory().named("a")).add(laboratory().named("a"))).await;
    assert!(matches!(&error, BindError::DuplicateService { name } if name == "a"));
}

/// FNV-1a gives `costarring` and `liquid` the same 32 bits.
mod colliding {
    use rpc_core::service;

    #[service(name = "costarring")]
    pub trait One {
        async fn go(&self);
    }

    #[service(name = "liquid")]
    pub trait Two {
        async fn go(&self);
    }

    impl One for () {
        async fn go(&self) {}
    }

    impl Two for () {
        async fn go(&self) {}
    }
}

#[tokio::test]
async fn two_methods_of_one_id_are_refused_and_both_are_named() {
    let server = Server::new().add(colliding::OneServer::new(())).add(colliding::TwoServer::new(()));
    let error = refusal(server).await;
    assert!(matches!(error, BindError::MethodCollision { .. }), "{error}");
    assert!(error.to_string().contains("`costarring/go` and `liquid/go`"), "{error}");
}

#[tokio::test]
async fn a_server_that_listens_nowhere_or_twice_at_one_place_is_refused() {
    let error = Server::new().add(laboratory()).bind().await.unwrap_err();
    assert!(matches!(error, BindError::Nowhere));
    let error = Server::new().listen("127.0.0.1:0").bind().await.unwrap_err();
    assert!(matches!(error, BindError::Address(_)));
    for url in ["mem://rpc-tests-twice", "unix://@rpc-tests-twice", "tcp://127.0.0.1:0"] {
        let first = Server::new().add(laboratory()).listen(url).bind().await.unwrap();
        let url = first.urls()[0].to_string();
        let error = Server::new().add(laboratory()).listen(&url).bind().await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot listen at `{url}`: ")), "{error}");
        drop(first);
        drop(Server::new().add(laboratory()).listen(&url).bind().await.unwrap());
    }
}

#[tokio::test]
async fn one_server_listens_at_several_places() {
    let desk = Desk::default();
    let server = Server::new().add(LaboratoryServer::new(desk.clone()));
    let server = server.listen("tcp://127.0.0.1:0").listen("mem://rpc-tests-several").listen("tcp://127.0.0.1:0");
    let serving = server.bind().await.unwrap();
    let urls: Vec<String> = serving.urls().into_iter().map(ToString::to_string).collect();
    let serving = tokio::spawn(serving.serve());
    for (id, url) in (0..).zip(&urls) {
        LaboratoryClient::connect(url).await.unwrap().note(id).await.unwrap();
    }
    assert_eq!(desk.ledger(), [0, 1, 2]);
    serving.abort();
}

#[tokio::test]
async fn a_service_in_this_process_needs_no_socket() {
    let desk = Desk::default();
    let client = LaboratoryClient::in_process(desk.clone());
    assert_eq!(client.echo(Sample::full()).await.unwrap(), Sample::full());
    assert_eq!(client.big(1_000_000).await.unwrap().len(), 1_000_000);
    assert_eq!(client.context().await.unwrap().peer, "in process");
    let call = poll_once(client.wait(1)).await;
    within("the handler", desk.until_running(1)).await;
    drop(call);
    within("the handler's end", desk.until_running(0)).await;
}

#[tokio::test]
async fn a_byte_stream_of_the_users_own_is_served_until_it_ends() {
    let desk = Desk::default();
    let (ours, theirs) = tokio::io::duplex(64);
    let server = Server::new().add(LaboratoryServer::new(desk.clone()));
    let serving = tokio::spawn(server.serve_io(ByteIo::new(theirs)));
    let client = LaboratoryClient::new(ChannelConfig::new().connect_io(ByteIo::new(ours)).await.unwrap());
    assert_eq!(client.echo(Sample::full()).await.unwrap(), Sample::full());
    client.linger(1).await.unwrap();
    within("the oneway", desk.until_running(1)).await;
    drop(client);
    within("the server", serving).await.unwrap().unwrap();
    desk.release(1);
    within("the oneway's end", desk.until_running(0)).await;
}

#[tokio::test]
async fn a_byte_stream_that_has_ended_is_not_dialled_again() {
    let (ours, theirs) = tokio::io::duplex(64);
    let serving = tokio::spawn(Server::new().add(laboratory()).serve_io(ByteIo::new(theirs)));
    let client = LaboratoryClient::new(ChannelConfig::new().connect_io(ByteIo::new(ours)).await.unwrap());
    client.ping().await.unwrap();
    serving.abort();
    let _ = serving.await;
    let error = within("a call", async {
        loop {
            if let Err(error) = client.ping().await {
                break error;
            }
        }
    })
    .await;
    assert_eq!(error.code(), Some(Code::Unavailable));
    let error = client.ping().await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::NotSent));
    assert!(error.to_string().contains("there is no other"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_computes_holds_up_its_connection_twice_and_no_more() {
    let desk = Desk::default();
    let server = Server::new().add(LaboratoryServer::new(desk.clone())).listen("tcp://127.0.0.1:0");
    let serving = server.bind().await.unwrap();
    let url = serving.urls()[0].to_string();
    let serving = tokio::spawn(serving.serve());
    let slow = LaboratoryClient::connect(&url).await.unwrap();
    // The first calls run in the connection's own task, and show that the method is slow.
    desk.compute_for(std::time::Duration::from_millis(1));
    for id in 0..10 {
        slow.compute(id).await.unwrap();
    }
    desk.compute_for(std::time::Duration::MAX);
    let computing = poll_once(slow.compute(100)).await;
    within("the computation", desk.until_ran(100)).await;
    within("calls beside a computation", async {
        for n in 0..100 {
            assert_eq!(slow.add(n, 1).await.unwrap(), n + 1);
        }
    })
    .await;
    assert_eq!(desk.running(), 1);
    desk.release_all();
    assert_eq!(within("the computation", computing).await.unwrap(), 100);
    serving.abort();
}

/// A service that has no methods is no mistake.
#[service]
trait Empty {}

impl Empty for () {}

#[tokio::test]
async fn a_service_without_methods_can_be_served() {
    let server = Server::new().add(EmptyServer::new(())).listen("mem://rpc-tests-empty");
    let serving = tokio::spawn(server.bind().await.unwrap().serve());
    EmptyClient::connect("mem://rpc-tests-empty").await.unwrap();
    serving.abort();
}
