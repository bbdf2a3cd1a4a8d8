//! M-9 to M-11: peers that end or stop at any time, what a peer can do with the region that it is handed, and what a child of
//! this process would have of it.

use std::{fs, time::Duration};

use rpc_core::{Code, Delivery, Limits};
use rpc_tests::within;
use rustix::process::Signal;

use super::siege;

/// How a peer leaves.
const LEAVES: [&str; 4] = ["read", "write", "both", "exit"];

#[test]
fn m09_a_peer_that_leaves_with_a_call_under_way_has_it_cancelled() {
    siege(m09_a_peer_that_leaves_with_a_call_under_way_has_it_cancelled, Limits::default(), async |field| {
        for (round, how) in (1..).zip(LEAVES.into_iter().chain(["kill"])) {
            let attempt = format!("how={}", if how == "kill" { "exit" } else { how });
            let mut attacker = field.attackers("leave", [attempt]);
            assert_eq!(attacker.line().await, "under way");
            field.target.desk().until_running(1).await;
            if how == "kill" {
                attacker.signal(Signal::KILL);
            } else {
                attacker.order().await;
            }
            if how == "read" {
                // It hears nothing any more, and is heard: nothing is sent to it that would fail.
                attacker.order().await;
            }
            field.target.desk().until_running(0).await;
            assert_eq!(field.target.desk().ran(11), round, "{how}");
            if !["exit", "kill", "read"].contains(&how) {
                attacker.order().await;
            }
        }
    });
}

#[test]
fn m09_a_server_that_leaves_with_a_call_under_way_leaves_it_in_doubt() {
    siege(m09_a_server_that_leaves_with_a_call_under_way_leaves_it_in_doubt, Limits::default(), async |field| {
        for how in LEAVES.into_iter().chain(["kill"]).filter(|how| *how != "read") {
            let attempt = format!("how={}", if how == "kill" { "exit" } else { how });
            let (mut server, url) = field.hostile_server("leave", [attempt]).await;
            let client = field.client_of(&url);
            let call = tokio::spawn(async move { client.note(1).await });
            assert_eq!(server.line().await, "under way");
            if how == "kill" {
                server.signal(Signal::KILL);
            } else {
                server.order().await;
            }
            let error = within("the call", call).await.unwrap().unwrap_err();
            assert_eq!(
                (error.code(), error.delivery()),
                (Some(Code::Unavailable), Delivery::Unknown),
                "{how}: {error}"
            );
            server.kill().await;
        }
    });
}

#[test]
fn m09_a_peer_that_is_stopped_costs_a_client_its_deadlines_and_a_server_nothing() {
    let limits = Limits::default().take_timeout(Duration::from_secs(1));
    siege(m09_a_peer_that_is_stopped_costs_a_client_its_deadlines_and_a_server_nothing, limits, async |field| {
        let (mut server, url) = field.hostile_server("leave", ["how=exit"]).await;
        let client = field.client_of(&url);
        client.ping().timeout(Duration::from_millis(100)).await.unwrap_err();
        assert_eq!(server.line().await, "under way");
        server.signal(Signal::STOP);
        let error = within("the call", client.note(1).timeout(Duration::from_millis(200))).await.unwrap_err();
        assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
        drop(client);
        server.kill().await;

        let mut attacker = field.attackers("leave", ["how=exit,method=wait"]);
        assert_eq!(attacker.line().await, "under way");
        field.target.desk().until_running(1).await;
        attacker.signal(Signal::STOP);
        // The answer that it does not take ends its connection.
        field.target.desk().release_all();
        field.log.tells("the limit `take_timeout`").await;
        field.target.served.until("its end", |now| now.connections == 2).await;
        attacker.kill().await;
    });
}

#[test]
fn m10_a_peer_reads_its_own_answers_and_writes_nothing_into_the_region_that_it_is_handed() {
    siege(
        m10_a_peer_reads_its_own_answers_and_writes_nothing_into_the_region_that_it_is_handed,
        Limits::default(),
        async |field| {
            // What others were told before does not stand in a region of somebody else.
            let client = field.target.client().await;
            assert_eq!(client.bytes(vec![0xa5; 100_000]).await.unwrap().len(), 100_000);
            assert_eq!(field.attacked("trespass", [""]).await, ["nothing"]);
        },
    );
}

/// The mappings of memory files: what the kernel says of each in two letters.
fn flags_of_mappings() -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut flags = Vec::new();
    let mut of_ring = false;
    for line in maps.lines() {
        match line.split_once(' ') {
            Some(("VmFlags:", of_it)) if of_ring => flags.push(of_it.to_owned()),
            Some((range, rest)) if range.contains('-') => of_ring = rest.contains("/memfd:"),
            _ => {}
        }
    }
    flags
}

/// Sockets and memory files that a program would have that is started from here, beside its standard streams.
fn inherited() -> Vec<String> {
    const CLOSED_ON_EXEC: u32 = 0o2_000_000;
    let names = fs::read_dir("/proc/self/fdinfo").unwrap().map(|entry| entry.unwrap().file_name());
    let open_on_exec = |name: &String| {
        let text = fs::read_to_string(format!("/proc/self/fdinfo/{name}")).unwrap_or_default();
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
        flags.is_some_and(|flags| u32::from_str_radix(flags.trim(), 8).unwrap() & CLOSED_ON_EXEC == 0)
    };
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| !["0", "1", "2"].contains(&&**name));
    let of_link = |name: &String| {
        let file = fs::read_link(format!("/proc/self/fd/{name}")).unwrap_or_default();
        ["socket:", "/memfd:"].iter().any(|kind| file.to_string_lossy().starts_with(kind))
    };
    names.filter(of_link).filter(open_on_exec).collect()
}

#[test]
fn m11_nothing_of_a_link_is_handed_down_to_children() {
    siege(m11_nothing_of_a_link_is_handed_down_to_children, Limits::default(), async |field| {
        let client = field.target.client().await;
        client.ping().await.unwrap();
        let flags = flags_of_mappings();
        // Two connections, both ends here, two regions each.
        assert_eq!(flags.len(), 8, "{flags:?}");
        assert!(flags.iter().all(|flags| flags.split(' ').any(|flag| flag == "dc")), "{flags:?}");
        assert_eq!(inherited(), [] as [&str; 0]);
    });
}
