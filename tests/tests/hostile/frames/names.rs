//! F-9: names that nobody has, and names that are none. Methods are numbers of 32 bits here, made of the names of service
//! and method (protocol §5.2), so that a path has no slash to leave out and nothing to decode twice: what is left of
//! such tricks is another number. Names as text stand in hellos.

use rpc_core::{
    Channel, ChannelConfig, Code, Delivery, fnv1a32, method_id,
    wire::{Head, Hello, HelloService, Kind},
};
use rpc_tests::{RawPeer, listen, poll_once, request, server_by_hand, within};

use super::HELLO;
use crate::attack::{STREAMS, attack};

#[tokio::test]
async fn f09_whatever_method_there_is_not_is_refused_and_nothing_runs() {
    let note = request(1, "note").word;
    let mut ids = vec![0, 1, u32::MAX, note ^ 1, note ^ 1 << 31, note.swap_bytes(), !note];
    let (long, service) = ("n".repeat(64 << 10), fnv1a32("test.Laboratory"));
    for method in ["", "NOTE", "note ", " note", "note\0", "/note", "../note", "note/..", "%6eote", "n%6Fte", &long] {
        ids.push(method_id(service, fnv1a32(method)));
    }
    for service in ["", "test.laboratory", "test.Laboratory\0", "/test.Laboratory", "test.Relay", "Laboratory", &long] {
        ids.push(method_id(fnv1a32(service), fnv1a32("note")));
    }
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            for id in &ids {
                peer.send(request(1, "note").word(*id), &7_u64.to_le_bytes()).await;
                peer.is_refused(1, Code::Unimplemented).await;
                // Of a oneway there is nothing to be seen.
                peer.send(request(0, "note").word(*id), &7_u64.to_le_bytes()).await;
            }
            for codec in [0, 2, 3, 4, 5, 7, 127, 128, 255] {
                peer.send(Head { codec, ..request(1, "note") }, &7_u64.to_le_bytes()).await;
                peer.is_refused(1, Code::Unimplemented).await;
            }
            peer.send(request(1, "note"), &8_u64.to_le_bytes()).await;
            assert_eq!(peer.response(1).await.0.word, 0);
            assert_eq!(target.desk().ledger(), [8]);
        })
        .await;
}

/// A hello that names a service, in whatever bytes.
fn naming(name: &[u8]) -> Vec<u8> {
    let entry = [&7_u16.to_le_bytes()[..], &(12 + name.len() as u16).to_le_bytes(), &[0; 12], name].concat();
    let mut hello = Hello::default().encode();
    let entries = (hello.len() - 16 + entry.len()) as u32;
    hello[12..16].copy_from_slice(&entries.to_le_bytes());
    [hello, entry].concat()
}

/// Names that a hello must not have, and why.
fn wrong_names() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (b"".to_vec(), "a service has no name"),
        (vec![b'n'; 256], "longer than 255 bytes"),
        (vec![b'n'; 60_000], "longer than 255 bytes"),
        (b"\xff".to_vec(), "not UTF-8"),
        (b"\xc0\x80".to_vec(), "not UTF-8"),
        (b"test\0".to_vec(), "control characters"),
        (b"two\nlines".to_vec(), "control characters"),
        (b"\x1b[2Jscreen".to_vec(), "control characters"),
        (b"test\x7f".to_vec(), "control characters"),
        ("test\u{85}".into(), "control characters"),
    ]
}

#[tokio::test]
async fn f09_a_hello_with_a_name_that_is_none_is_refused_and_a_strange_one_is_not() {
    attack()
        .run(async |target| {
            for (name, why) in wrong_names() {
                let mut peer = target.dial().await;
                peer.send_bytes(&naming(&name)).await;
                peer.read_hello().await;
                let told = peer.ends_with_error(HELLO).await;
                assert!(told.contains(why) && !told.contains(char::is_control), "{told:?} of {name:?}");
            }
            for name in ["..", "%2e%2e", "/", " ", "test.Laboratory", &"n".repeat(255)] {
                let mut peer = target.dial().await;
                peer.send_bytes(&naming(name.as_bytes())).await;
                peer.read_hello().await;
                peer.send(request(1, "ping"), b"").await;
                assert_eq!(peer.response(1).await.0.word, 0);
            }
        })
        .await;
}

#[tokio::test]
async fn f09_a_server_whose_names_are_none_is_refused_in_one_line() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for (name, why) in wrong_names() {
                let (listener, url) = listen().await;
                let naming = async {
                    let mut server = RawPeer::new(listener.accept().await.unwrap().0);
                    server.read_hello().await;
                    server.send_bytes(&naming(&name)).await;
                    server.receive_all().await
                };
                let (connected, _) = within("the client", async { tokio::join!(Channel::connect(&url), naming) }).await;
                let told = connected.unwrap_err().to_string();
                assert!(told.contains(why) && !told.contains(char::is_control), "{told:?} of {name:?}");
            }
        })
        .await;
}

#[tokio::test]
async fn f09_what_a_server_says_is_escaped_where_it_is_shown() {
    let text = b"two\nlines\r\0\x1b[2J\xff";
    let services = vec![HelloService { hash: 7, fingerprint: 0, name: "..%2F".to_owned() }];
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new()).await;
            let call = poll_once(client.ping()).await;
            let id = server.receive().await.unwrap().0.call;
            server.send(Head::new(Kind::Response, id).word(Code::Internal as u32), text).await;
            let told = within("the call", call).await.unwrap_err().to_string();
            assert!(told.contains(r"two\nlines\r\u{0}\u{1b}[2J") && !told.contains(char::is_control), "{told:?}");
            let call = poll_once(client.ping()).await;
            server.send(Head::new(Kind::Error, 0).word(6), text).await;
            let error = within("the call", call).await.unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::Unavailable), Delivery::Unknown), "{error}");
            let told = error.to_string();
            assert!(told.contains(r"two\nlines\r\u{0}\u{1b}[2J") && !told.contains(char::is_control), "{told:?}");

            let hello = Hello { services: services.clone(), ..Hello::default() };
            let (_server, client) = server_by_hand(hello, ChannelConfig::new()).await;
            let told = client.ping().await.unwrap_err().to_string();
            assert!(told.contains("no service `test.Laboratory`; it has: ..%2F"), "{told}");
        })
        .await;
}
