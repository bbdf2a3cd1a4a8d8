//! Frames over rings that cannot be: whoever sends one is told, in a frame, and the link ends.

use rpc_core::{Code, Limits};
use rpc_tests::within;

use super::{Case, siege};

/// Wrong frames, the code of the error that says so, and its text.
const WRONG: [(&str, u32, &str); 5] = [
    ("short", 4, "a frame of 15 bytes is shorter than its head of 16"),
    ("empty", 4, "a frame of 0 bytes is shorter than its head of 16"),
    ("unknown", 4, "frame kind 99 is unknown"),
    ("reserved", 4, "reserved bits are set in the head of a frame"),
    ("second hello", 6, "a hello frame for call 0"),
];

#[test]
fn frames_that_cannot_be_end_the_link_to_a_server_with_an_error_frame() {
    siege(frames_that_cannot_be_end_the_link_to_a_server_with_an_error_frame, Limits::default(), async |field| {
        let case = |(frame, code, why)| Case {
            attempt: format!("frame={frame}"),
            said: format!("error {code}: {why}"),
            why: format!("let go: {why}"),
        };
        field.provokes("wrong", WRONG.map(case).into()).await;
    });
}

#[test]
fn frames_that_cannot_be_end_the_link_of_a_client_with_an_error_frame() {
    siege(frames_that_cannot_be_end_the_link_of_a_client_with_an_error_frame, Limits::default(), async |field| {
        for (frame, code, why) in WRONG {
            let (server, url) = field.hostile_server("wrong", [format!("frame={frame}")]).await;
            let client = field.client_of(&url);
            let error = within("the call", client.note(1)).await.unwrap_err();
            assert!(error.code() == Some(Code::Unavailable) && error.to_string().contains(why), "{frame}: {error}");
            let said = within("the server", server.end()).await.pop().unwrap();
            assert!(said.starts_with(&format!("error {code}: {why}")), "{frame}: {said}");
        }
    });
}
