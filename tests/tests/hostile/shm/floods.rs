//! M-8: cells without end, and cells that are never freed. The canaries share the one thread of the server with them.

use std::time::{Duration, Instant};

use rpc_core::{Code, Limits};
use rpc_tests::{poll_once, within};

use super::siege;

/// A time in which everybody else must have had a turn many times.
const SOON: Duration = Duration::from_secs(2);

/// How long a call takes while a flood comes.
async fn called(client: &rpc_tests::LaboratoryClient, id: u64) -> Duration {
    let start = Instant::now();
    assert_eq!(client.note(id).await.unwrap(), id);
    start.elapsed()
}

#[test]
fn m08_frames_without_end_hold_up_nobody_at_any_time_of_a_link() {
    let limits = Limits::default().hello_timeout(Duration::from_secs(1));
    siege(m08_frames_without_end_hold_up_nobody_at_any_time_of_a_link, limits, async |field| {
        let client = field.target.client().await;
        for (id, when) in (0..).zip(["after", "pieces", "instead", "ended"]) {
            let mut attacker = field.attackers("flood", [format!("when={when},millis=5000")]);
            assert_eq!(attacker.line().await, "floods");
            let took = called(&client, id).await;
            assert!(took < SOON, "a call takes {took:?} while frames come {when}");
            let said = within("the attacker", attacker.end()).await;
            let end = if when == "after" { "goes on" } else { "closed" };
            assert!(said[0].starts_with(end), "{when}: {said:?}");
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
            for (id, when) in (0..).zip(["after", "ended"]) {
                let (mut server, url) = field.hostile_server("flood", [format!("when={when},millis=2500")]).await;
                let client = field.client_of(&url);
                let call = poll_once(client.note(7)).await;
                assert_eq!(server.line().await, "floods");
                let took = called(&other, id).await;
                assert!(took < SOON, "a call takes {took:?} while frames come {when}");
                drop(call);
                drop(client);
                let said = within("the server", server.end()).await;
                assert!(said[0].starts_with("closed"), "{when}: {said:?}");
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
