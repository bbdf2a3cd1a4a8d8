//! M-8: cells without end, and cells that are never freed. The canaries share the one thread of the server with them.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use rpc_core::{Code, Limits};
use rpc_tests::{LaboratoryClient, within};
use tokio::time::timeout;

use super::{Attacker, siege};

/// A time in which everybody else must have had a turn many times.
const SOON: Duration = Duration::from_secs(2);
/// How long frames come.
const FLOOD: Duration = Duration::from_secs(4);

/// What the attacker says at its end, until which `client` calls: each time within a moment.
pub(super) async fn unhindered(client: &LaboratoryClient, attacker: Attacker) -> String {
    let mut end = pin!(attacker.end());
    for id in 0.. {
        let start = Instant::now();
        assert_eq!(client.note(id).await.unwrap(), id);
        assert!(start.elapsed() < SOON, "a call takes {:?}", start.elapsed());
        if let Ok(mut said) = timeout(Duration::from_millis(1), end.as_mut()).await {
            return said.pop().expect("an outcome");
        }
    }
    unreachable!("there are not so many calls")
}

#[test]
fn m08_frames_without_end_hold_up_nobody_at_any_time_of_a_link() {
    let limits = Limits::default().hello_timeout(Duration::from_secs(1));
    siege(m08_frames_without_end_hold_up_nobody_at_any_time_of_a_link, limits, async |field| {
        let client = field.target.client().await;
        for when in ["after", "pieces", "instead", "ended"] {
            let millis = if when == "after" { 500 } else { FLOOD.as_millis() };
            let attacker = field.attackers("flood", [format!("when={when},millis={millis}")]);
            let said = within("the attacker", unhindered(&client, attacker)).await;
            let end = if when == "after" { "goes on" } else { "closed" };
            assert!(said.starts_with(end), "{when}: {said}");
        }
        field.log.tells("the peer did not send its hello within 1s").await;
    });
}

#[test]
fn m08_a_server_whose_frames_have_no_end_holds_up_none_of_its_clients_others() {
    siege(
        m08_a_server_whose_frames_have_no_end_holds_up_none_of_its_clients_others,
        Limits::default(),
        async |field| {
            let other = field.target.client().await;
            for when in ["after", "ended", "pieces"] {
                let attempt = format!("when={when},millis={}", FLOOD.as_millis());
                let (server, url) = field.hostile_server("flood", [attempt]).await;
                let limits = Limits::default().hello_timeout(Duration::from_secs(1));
                let client = LaboratoryClient::new(field.target.setup.config().limits(limits).lazy(&url).unwrap());
                let call = async move { client.note(7).timeout(Duration::from_millis(500)).await.map(drop) };
                let call = tokio::spawn(call);
                let said = within("the server", unhindered(&other, server)).await;
                assert!(said.starts_with("closed"), "{when}: {said}");
                within("the call", call).await.unwrap().unwrap_err();
            }
        },
    );
}

#[test]
fn m08_a_peer_that_takes_nothing_is_let_go_after_the_limit_and_what_waits_for_it_is_bounded() {
    let limits = Limits::default().take_timeout(Duration::from_secs(1));
    siege(
        m08_a_peer_that_takes_nothing_is_let_go_after_the_limit_and_what_waits_for_it_is_bounded,
        limits,
        async |field| {
            // Short answers by the thousand, and few that are long.
            let said = field.attacked("hoard", ["calls=5000,len=10", "calls=1000,len=1000000"]).await;
            assert_eq!(said, ["hoards", "closed", "hoards", "closed"]);
            field.log.tells("bytes that wait for it within 1s, the limit `take_timeout`").await;
        },
    );
}

#[test]
fn m08_a_server_that_takes_nothing_costs_a_client_its_deadlines() {
    siege(m08_a_server_that_takes_nothing_costs_a_client_its_deadlines, Limits::default(), async |field| {
        let (mut server, url) = field.hostile_server("hoard", [""]).await;
        let client = field.client_of(&url);
        client.ping().timeout(Duration::from_millis(100)).await.unwrap_err();
        assert_eq!(server.line().await, "hoards");
        let calls = (0..50).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.bytes(vec![7; 200_000]).timeout(Duration::from_millis(500)).await })
        });
        let calls: Vec<_> = calls.collect();
        for call in calls {
            let error = within("a call", call).await.unwrap().unwrap_err();
            assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
        }
        drop(client);
        assert_eq!(within("the server", server.end()).await, ["closed"]);
    });
}
