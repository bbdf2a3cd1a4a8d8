//! M-4 to M-6 and U-7: the exchange that makes a link. Who breaks its rules is told why, as is who watches, and gets none.

use std::time::Duration;

use rpc_core::{ChannelConfig, Limits};
use rpc_tests::within;

use super::{Case, floods::unhindered, siege};

/// What is no region, what is wrong with it, and the code that the peer is told.
const DESCRIPTORS: [(&str, &str, u32); 18] = [
    ("pipe", "no seals can be read of the descriptor", 3),
    ("eventfd", "no seals can be read of the descriptor", 3),
    ("zero", "no seals can be read of the descriptor", 3),
    ("folder", "no seals can be read of the descriptor", 3),
    ("path", "no seals can be read of the descriptor", 3),
    ("socket", "no seals can be read of the descriptor", 3),
    ("control", "no seals can be read of the descriptor", 3),
    ("tmpfs-file", "the memory file lacks seals: it has SealFlags(SEAL)", 3),
    ("unsealed", "the memory file lacks seals: it has SealFlags(0x0)", 3),
    ("may-shrink", "the memory file lacks seals", 3),
    ("may-grow", "the memory file lacks seals", 3),
    ("may-be-written", "the memory file lacks seals", 3),
    ("may-be-sealed", "the memory file lacks seals", 3),
    ("huge-pages", "the file lies in a file system of type 0x958458f6, and 0x1021994 is needed", 3),
    ("too-small", "the memory file has 77823 bytes, and its ring needs 77824", 3),
    ("too-large", "the memory file has 77825 bytes, and its ring needs 77824", 3),
    ("empty", "the memory file has 0 bytes, and its ring needs 77824", 3),
    ("sparse", "the memory file has 1099511627776 bytes, and its ring needs 77824", 3),
];

/// Messages that lie, what is wrong with them, and the code that the peer is told; 0 where it is told nothing.
const MESSAGES: [(&str, &str, u32); 24] = [
    ("cells=0", "cells of 0: a power of two from 16 to 65536 is possible", 1),
    ("cells=8", "cells of 8: a power of two", 1),
    ("cells=48", "cells of 48: a power of two", 1),
    ("cells=131072", "cells of 131072: a power of two", 1),
    ("cells=2147483648,fd=empty", "cells of 2147483648: a power of two", 1),
    ("cells=4294967295,fd=empty", "cells of 4294967295: a power of two", 1),
    ("size=0", "a size of 0: a power of two from 4096 to 1073741824 is possible", 1),
    ("size=2048", "a size of 2048: a power of two", 1),
    ("size=5000", "a size of 5000: a power of two", 1),
    ("size=2147483648", "a size of 2147483648: a power of two", 1),
    ("size=9223372036854775808", "a size of 9223372036854775808: a power of two", 1),
    ("size=18446744073709551615", "a size of 18446744073709551615: a power of two", 1),
    ("len=0", "a region of 0 bytes, and its cells and size make 77824", 1),
    ("len=77823", "a region of 77823 bytes, and its cells and size make 77824", 1),
    ("len=18446744073709551615", "a region of 18446744073709551615 bytes, and its cells", 1),
    ("low=2,high=9", "the peer speaks the versions 2 to 9 of the ring, this side 1", 2),
    ("low=2,high=1", "the peer speaks the versions 2 to 1 of the ring, this side 1", 2),
    ("low=0,high=0", "the peer speaks the versions 0 to 0 of the ring, this side 1", 2),
    ("size=67108864", "is larger than the limit `shared_memory` of 67108864", 4),
    ("size=1073741824", "is larger than the limit `shared_memory` of 67108864", 4),
    ("fds=0", "0 descriptors came with the peer's message, and one is its region", 1),
    ("fds=2", "2 descriptors came with the peer's message, and one is its region", 1),
    ("fds=253", "253 descriptors came with the peer's message, and one is its region", 1),
    ("byte3=80", "the peer does not ask for a ring", 0),
];

/// An attempt that is refused with a code, or without an answer, and why.
fn case(attempt: &str, code: u32, why: &str) -> Case {
    let said = if code == 0 { "closed".to_owned() } else { format!("refused {code}") };
    Case { attempt: attempt.to_owned(), said, why: why.to_owned() }
}

#[test]
fn m05_descriptors_that_are_no_sealed_memory_file_of_the_right_size_are_refused_by_a_server() {
    siege(
        m05_descriptors_that_are_no_sealed_memory_file_of_the_right_size_are_refused_by_a_server,
        Limits::default(),
        async |field| {
            let cases = DESCRIPTORS.map(|(fd, why, code)| case(&format!("fd={fd}"), code, why));
            field.provokes("ask", cases.into()).await;
            // What can be read and not be written is no worse.
            assert_eq!(field.attacked("ask", ["fd=read-only"]).await, ["linked"]);
        },
    );
}

#[test]
fn m05_descriptors_that_are_no_sealed_memory_file_of_the_right_size_are_refused_by_a_client() {
    siege(
        m05_descriptors_that_are_no_sealed_memory_file_of_the_right_size_are_refused_by_a_client,
        Limits::default(),
        async |field| {
            let (server, url) = field.hostile_server("ask", DESCRIPTORS.map(|(fd, ..)| format!("fd={fd}"))).await;
            for (fd, why, _) in DESCRIPTORS {
                let error = within("the client", ChannelConfig::new().connect(&url)).await.unwrap_err().to_string();
                assert!(
                    error.contains("the peer's region is not fit to be mapped") && error.contains(why),
                    "{fd}: {error}"
                );
            }
            assert_eq!(within("the server", server.end()).await, ["closed"; DESCRIPTORS.len()]);
        },
    );
}

#[test]
fn m06_messages_that_lie_are_refused_by_a_server_with_the_reason() {
    siege(m06_messages_that_lie_are_refused_by_a_server_with_the_reason, Limits::default(), async |field| {
        field.provokes("ask", MESSAGES.map(|(message, why, code)| case(message, code, why)).into()).await;
        // What is reserved may be anything.
        let said = field.attacked("ask", ["byte20=255,byte23=1,byte40=7,byte47=255", "low=0,high=65535"]).await;
        assert_eq!(said, ["linked", "linked"]);
    });
}

#[test]
fn m06_messages_that_lie_are_refused_by_a_client_with_the_reason() {
    siege(m06_messages_that_lie_are_refused_by_a_client_with_the_reason, Limits::default(), async |field| {
        let refusals = [
            ("refusal=2", "the peer makes no ring: it speaks no version of the ring that this side does", 0),
            ("refusal=4,fds=2", "2 descriptors came with the peer's message", 0),
            ("refusal=77,fds=0", "the peer makes no ring: it does not say why", 0),
            ("cut=0", "the server closed before its answer was complete: it may serve `unix://` there", 0),
            ("cut=47", "the server closed before its answer was complete", 0),
        ];
        let messages: Vec<_> = MESSAGES.into_iter().chain(refusals).collect();
        let (server, url) = field.hostile_server("ask", messages.iter().map(|(message, ..)| message)).await;
        for (message, why, _) in &messages {
            let error = within("the client", ChannelConfig::new().connect(&url)).await.unwrap_err().to_string();
            assert!(error.contains(why), "{message}: {error}");
        }
        assert_eq!(within("the server", server.end()).await, vec!["closed"; messages.len()]);
    });
}

#[test]
fn m06_the_limit_of_shared_memory_bounds_what_a_peer_may_bring() {
    let limits = Limits::default().shared_memory(2 << 20);
    siege(m06_the_limit_of_shared_memory_bounds_what_a_peer_may_bring, limits, async |field| {
        let said = field.attacked("ask", ["", "size=1048576", "size=2097152", "cells=16384"]).await;
        assert_eq!(said, ["linked", "linked", "refused 4", "refused 4"]);
        field.log.tells("the region of 2109440 bytes is larger than the limit `shared_memory` of 2097152").await;
    });
}

#[test]
fn m04_a_region_that_was_taken_can_neither_be_truncated_nor_punched_nor_mapped_for_writing_again() {
    siege(
        m04_a_region_that_was_taken_can_neither_be_truncated_nor_punched_nor_mapped_for_writing_again,
        Limits::default(),
        async |field| assert_eq!(field.attacked("shrink", [""]).await, ["linked, then []"]),
    );
}

#[test]
fn u07_descriptors_beside_every_byte_and_beside_bells_are_closed() {
    siege(u07_descriptors_beside_every_byte_and_beside_bells_are_closed, Limits::default(), async |field| {
        let said = field.attacked("ask", ["each", "each,fds=253", "each,fds=0"]).await;
        assert_eq!(said, ["refused 1", "refused 1", "refused 1"]);
        let client = field.target.client().await;
        let before = super::held();
        let said = field.attacked("bells", ["fds=1,rings=100,calls", "fds=253,rings=100,calls"]).await;
        assert_eq!(said, ["answered", "answered"]);
        client.ping().await.unwrap();
        field.target.served.until("the end of them", |now| now.connections == 3).await;
        assert_eq!(super::held(), before, "descriptors of strangers are left");
    });
}

#[test]
fn m06_a_message_that_is_cut_off_at_any_byte_makes_no_link() {
    siege(m06_a_message_that_is_cut_off_at_any_byte_makes_no_link, Limits::default(), async |field| {
        let said = field.attacked("ask", (0..48).map(|cut| format!("cut={cut}"))).await;
        assert_eq!(said, ["closed"; 48]);
        field.log.tells("the peer closed before its message was complete").await;
    });
}

#[test]
fn m06_peers_that_stop_in_their_message_hold_up_nobody_and_are_let_go() {
    let limits = Limits::default().hello_timeout(Duration::from_secs(1));
    siege(m06_peers_that_stop_in_their_message_hold_up_nobody_and_are_let_go, limits, async |field| {
        let mut silent = Vec::new();
        for cut in [0, 1, 8, 47].into_iter().cycle().take(24) {
            let mut attacker = field.attackers("ask", [format!("silent={cut}")]);
            assert_eq!(attacker.line().await, "silent");
            silent.push(attacker);
        }
        let client = field.target.client().await;
        assert_eq!(client.note(1).await.unwrap(), 1);
        field.log.tells("the peer did not send its hello within 1s, the limit `hello_timeout`").await;
        field.target.served.until("the end of them", |now| now.connections == 3).await;
        for mut attacker in silent {
            attacker.order().await;
            assert_eq!(within("it", attacker.end()).await, ["closed"]);
        }
    });
}

#[test]
fn m06_a_server_that_stops_in_its_answer_is_given_up_in_time() {
    siege(m06_a_server_that_stops_in_its_answer_is_given_up_in_time, Limits::default(), async |field| {
        for cut in [0, 1, 47] {
            let (mut server, url) = field.hostile_server("ask", [format!("silent={cut}")]).await;
            let limits = Limits::default().dial_timeout(Duration::from_millis(200));
            let connecting = field.target.setup.config().limits(limits).connect(&url);
            let error = within("the client", connecting).await.unwrap_err().to_string();
            assert!(error.contains("200ms, the limit `dial_timeout`"), "{error}");
            assert_eq!(server.line().await, "silent");
            server.order().await;
            assert_eq!(within("the server", server.end()).await, ["closed"]);
        }
    });
}

#[test]
fn a_client_of_unix_sockets_and_a_server_of_rings_tell_each_other_apart() {
    siege(a_client_of_unix_sockets_and_a_server_of_rings_tell_each_other_apart, Limits::default(), async |field| {
        let config = field.target.setup.config();
        let rings = field.target.served.url.replace("shm://", "unix://");
        field.target.expect_peers(2);
        let error = within("the client", config.clone().connect(&rings)).await.unwrap_err().to_string();
        assert!(error.contains("closed the connection") || error.contains("reset"), "{error}");
        field.log.tells("the peer does not ask for a ring: it may have dialled `unix://`").await;
        let sockets = field.target.beside().replace("unix://", "shm://");
        let error = within("the client", config.connect(&sockets)).await.unwrap_err().to_string();
        assert!(error.contains("the server closed before its answer was complete: it may serve `unix://`"), "{error}");
        field.log.tells("it asks for a link over shared memory: `shm://` is not what is spoken here").await;
    });
}

#[test]
fn u07_sockets_that_linger_when_they_are_closed_hold_up_nobody() {
    siege(u07_sockets_that_linger_when_they_are_closed_hold_up_nobody, Limits::default(), async |field| {
        let client = field.target.client().await;
        for (fds, code) in [(1, 3), (2, 1), (253, 1)] {
            let attacker = field.attackers("ask", [format!("fd=lingering,fds={fds}")]);
            let said = within("the attacker", unhindered(&client, attacker)).await;
            assert_eq!(said, format!("refused {code}"), "{fds} descriptors");
        }
        // Beside a bell.
        let attacker = field.attackers("bells", ["lingering,rings=0,calls"; 8]);
        let said = within("the attacker", unhindered(&client, attacker)).await;
        assert_eq!(said, "answered");
    });
}
