//! The examples with streams: what they tell when they are just run. The other examples are run by the gate; the laboratory
//! has tests of its own.

use std::process::Stdio;

use rpc_tests::within;
use tokio::process::Command;

const STREAMING: &str = env!("CARGO_BIN_EXE_streaming");

/// What a program prints that ends well, and wants nothing.
async fn printed(program: &str) -> String {
    let mut command = Command::new(program);
    let output = within(program, command.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap();
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""), "{program}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_log_is_followed_by_a_fast_and_a_slow_reader() {
    let expected = "\
        written before anybody read: 2\n\
        the fast reader has read 1000 lines as they were written\n\
        the writer has written 1000\n\
        the slow reader has read none, and nothing piles up for it at the server\n\
        the slow reader got 4 lines, was told of 980 that it missed, and got the last 16\n\
        the log has seen that nobody reads any more\n";
    assert_eq!(printed(STREAMING).await, expected);
}
