//! F-12: peers that speak something else are named to whoever serves or dials them, and get no answer.

use std::time::Duration;

use rpc_core::{ByteIo, ChannelConfig, Limits, ServeError, Server};
use rpc_tests::{Desk, LaboratoryServer, listen, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::attack::{STREAMS, attack};

/// How strangers begin, and what is said of them.
const STRANGERS: [(&[u8], &str); 12] = [
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
    (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", "HTTP/2"),
    (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", "TLS"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
    (b"\x00\x00\x00\x20\x80\x01\x00\x01", "Thrift"),
    (b"\x80\x01\x00\x01\x00\x00\x00\x04", "Thrift"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
    (b"-ERR unknown command\r\n", "Redis"),
    (b"welcome\r\n", "welcome"),
    (b"\xde\xad\xbe\xef\x01\x02\x03\x04", r"\xde\xad\xbe\xef"),
];

#[tokio::test]
async fn f12_strangers_are_shown_the_door_without_an_answer() {
    let others: [&[u8]; 4] = [b"PING\r\n", b"\0", b"\xf2RPC\r\n\x1a\r", &[0xff; 4_096]];
    attack()
        .run(async |target| {
            for first in STRANGERS.iter().map(|(first, _)| *first).chain(others) {
                let mut peer = target.dial().await;
                peer.send_bytes(first).await;
                let mut said = Vec::new();
                let _ = peer.io.read_to_end(&mut said).await;
                assert!(said.is_empty(), "{first:?} was answered with {said:?}");
            }
        })
        .await;
}

/// What serving a peer ends with that sends these bytes and waits for an answer.
async fn served(bytes: &[u8]) -> ServeError {
    let (mut peer, ours) = tokio::io::duplex(4_096);
    let server = Server::new().add(LaboratoryServer::new(Desk::default()));
    let serving = tokio::spawn(server.serve_io(ByteIo::new(ours)));
    peer.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    within("the end of the connection", peer.read_to_end(&mut said)).await.unwrap();
    serving.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn f12_a_peer_that_speaks_something_else_is_named_to_whoever_serves_it() {
    for (first, name) in STRANGERS {
        let error = served(first).await.to_string();
        assert!(error.contains("does not speak this protocol") && error.contains(name), "{name}: {error}");
        assert!(!error.contains(char::is_control), "{error:?}");
    }
}

#[tokio::test]
async fn f06_a_peer_of_another_version_is_named_to_whoever_serves_it() {
    let error = served(b"\xf2RPC\r\n\x1a\n\x07\0\x09\0\0\0\0\0").await.to_string();
    assert!(error.contains("this side speaks 1, the peer 7 to 9"), "{error}");
}

#[tokio::test]
async fn f12_a_server_that_speaks_something_else_is_named_to_whoever_dials_it() {
    // Not by the time that a hello may take.
    let limits = Limits { hello_timeout: Duration::from_secs(3_600), ..Limits::default() };
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for (first, name) in STRANGERS {
                let (listener, url) = listen().await;
                let answering = tokio::spawn(async move {
                    let (mut io, _) = listener.accept().await.unwrap();
                    io.write_all(first).await.unwrap();
                    io
                });
                let connecting = ChannelConfig::new().limits(limits.clone()).connect(&url);
                let error = within("the client", connecting).await.unwrap_err().to_string();
                assert!(error.starts_with(&format!("cannot connect to `{url}`: ")), "{error}");
                assert!(error.contains(name) && !error.contains(char::is_control), "{name}: {error:?}");
                drop(answering.await.unwrap());
            }
        })
        .await;
}
