//! A peer that speaks something else is named, to the side that serves it.

use rpc_core::{ByteIo, ServeError, Server};
use rpc_tests::{Desk, LaboratoryServer, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What serving a peer ends with that sends these bytes and waits for an answer.
async fn served(bytes: &[u8]) -> (ServeError, Vec<u8>) {
    let (mut peer, ours) = tokio::io::duplex(4_096);
    let server = Server::new().add(LaboratoryServer::new(Desk::default()));
    let serving = tokio::spawn(server.serve_io(ByteIo::new(ours)));
    peer.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    within("the end of the connection", peer.read_to_end(&mut answer)).await.unwrap();
    (serving.await.unwrap().unwrap_err(), answer)
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_named_and_gets_no_answer() {
    for (bytes, name) in [
        (&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], "HTTP/1"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
        (&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01], "TLS"),
        (&[0x00, 0x00, 0x00, 0x20, 0x80, 0x01, 0x00, 0x01], "Thrift"),
        (&[0x80, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04], "Thrift"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "SSH"),
        (&[0xDE, 0xAD, 0xBE, 0xEF, 0x01, 0x02, 0x03, 0x04], r"\xde\xad\xbe\xef"),
    ] {
        let (error, answer) = served(bytes).await;
        let error = error.to_string();
        assert!(error.contains("does not speak this protocol") && error.contains(name), "{name}: {error}");
        assert_eq!(answer, b"", "{name}");
    }
}

#[tokio::test]
async fn a_peer_of_another_version_learns_what_is_wrong() {
    let preamble = [&b"\xF2RPC\r\n\x1a\n"[..], &[7, 0, 9, 0, 0, 0, 0, 0]].concat();
    let (error, answer) = served(&preamble).await;
    assert!(error.to_string().contains("this side speaks 1, the peer 7 to 9"), "{error}");
    assert_eq!(answer[..8], preamble[..8], "our own hello comes first");
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(text.contains("no common protocol version"), "{text}");
}
