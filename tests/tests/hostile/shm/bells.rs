//! M-7: bells without measure, bells that are none, and bells that do not come.

use std::time::Duration;

use rpc_core::{Code, Limits};
use rpc_tests::within;

use super::siege;

#[test]
fn m07_a_peer_that_rings_for_nothing_is_let_go() {
    siege(m07_a_peer_that_rings_for_nothing_is_let_go, Limits::default(), async |field| {
        assert_eq!(field.attacked("bells", [""; 3]).await, ["closed"; 3]);
        field.log.tells("the word `bells for nothing` of the peer's ring says").await;
        let (server, url) = field.hostile_server("bells", [""]).await;
        let client = field.client_of(&url);
        let error = within("the call", client.note(1)).await.unwrap_err();
        assert!(error.code() == Some(Code::Unavailable), "{error}");
        assert!(error.to_string().contains("the word `bells for nothing` of the peer's ring says"), "{error}");
        drop(client);
        assert_eq!(within("the server", server.end()).await, ["closed"]);
    });
}

#[test]
fn m07_a_bell_that_is_none_ends_the_link() {
    siege(m07_a_bell_that_is_none_ends_the_link, Limits::default(), async |field| {
        for byte in [0, 2, 255] {
            assert_eq!(field.attacked("bells", [format!("byte={byte},rings=1")]).await, ["closed"]);
            field.log.tells(&format!("the word `bell` of the peer's ring says {byte}, and 1 to 1 is possible")).await;
        }
    });
}

#[test]
fn m07_some_bells_for_nothing_end_nothing() {
    siege(m07_some_bells_for_nothing_end_nothing, Limits::default(), async |field| {
        assert_eq!(field.attacked("bells", ["rings=16,calls"]).await, ["answered"]);
    });
}

#[test]
fn m07_a_server_that_never_rings_costs_a_client_its_deadlines() {
    siege(m07_a_server_that_never_rings_costs_a_client_its_deadlines, Limits::default(), async |field| {
        let (mut server, url) = field.hostile_server("mute", [""]).await;
        let client = field.client_of(&url);
        for id in 0..3 {
            // It may still look by itself before it gives up.
            let ended = within("a call", client.note(id).timeout(Duration::from_millis(100))).await;
            let late = |error: &rpc_core::CallError<_>| error.code() == Some(Code::DeadlineExceeded);
            assert!(ended.as_ref().is_ok_and(|noted| *noted == id) || ended.as_ref().is_err_and(late), "{ended:?}");
            if id == 0 {
                assert_eq!(server.line().await, "mute");
            }
        }
        drop(client);
        assert_eq!(within("the server", server.end()).await, ["closed"]);
    });
}

#[test]
fn m07_a_client_that_never_rings_is_not_heard_and_costs_nothing() {
    siege(m07_a_client_that_never_rings_is_not_heard_and_costs_nothing, Limits::default(), async |field| {
        let mut attacker = field.attackers("mute", [""]);
        assert_eq!(attacker.line().await, "mute");
        attacker.order().await;
        field.target.client().await.note(5).await.unwrap();
        attacker.order().await;
        // Its end is heard, and what it had committed by then is run.
        assert_eq!(within("the attacker", attacker.end()).await, ["mute"]);
        field.target.desk().until_ran(1).await;
        assert_eq!(field.target.desk().ran(1), 1);
    });
}

#[test]
fn bells_for_room_are_of_use_however_many_they_are() {
    siege(bells_for_room_are_of_use_however_many_they_are, Limits::default(), async |field| {
        field.target.expect_peers(1);
        let url = format!("{}?cells=16&size=4KiB", field.target.served.url);
        let client = field.target.setup.config().connect(&url).await.map(rpc_tests::LaboratoryClient::new).unwrap();
        // Nothing comes back but bells: nobody answers a oneway.
        const ONEWAYS: u64 = 30_000;
        for id in 0..ONEWAYS {
            client.log(id, vec![7; 100]).await.unwrap();
        }
        client.ping().await.unwrap();
        assert!(field.target.desk().ledger().into_iter().eq(0..ONEWAYS), "oneways are lost");
    });
}
