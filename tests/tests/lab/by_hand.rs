//! The laboratory on the command line: what is printed of a call, and of a failure.

use rpc_tests::{Setup, tidy, within};
use rustix::process::Signal;
use serde_json::json;

use crate::{
    crooked,
    process::{self, Lab, failure},
};

#[tokio::test]
async fn a_laboratory_serves_where_it_says_until_it_is_told_to_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let lab = Lab::serve(&["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"]).await;
        assert_ne!(lab.urls[0], lab.urls[1], "each has a port of its own");
        for url in &lab.urls {
            assert!(url.starts_with("tcp://127.0.0.1:") && !url.ends_with(":0"), "{url}");
            let output = process::lab(&["call", url, "add", "[2,3]"]).await;
            assert_eq!(String::from_utf8_lossy(&output.stdout), "5\n");
        }
        lab.end(signal).await;
        // One that was told as soon as it had said where it listens.
        Lab::serve(&["tcp://127.0.0.1:0"]).await.end(signal).await;
    }
}

#[tokio::test]
async fn a_call_prints_its_value_as_json() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (arguments, value) in [
        (&["add", "[2, -3]"][..], json!(-1)),
        (&["echo", r#""ü\n""#], json!("ü\n")),
        (&["echo", r#"["a"]"#], json!("a")),
        (&["echo", "[[104, 105]]"], json!("hi")),
        (&["echo", "[[255, 0]]"], json!([255, 0])),
        (&["sleep", "1"], json!(null)),
        (&["sleep", "[1]", "--timeout-ms", "15000", "--metadata", "a=b", "--metadata", "c=d=e"], json!(null)),
        (&["burn", "1"], json!(null)),
        (&["work", "1"], json!(null)),
        (&["count", r#""key""#], json!(1)),
        (&["count", r#""key""#], json!(2)),
        (&["count", r#""other""#], json!(1)),
        (&["big", "3"], json!("xxx")),
        (&["sum", "[[1, 2, -4]]"], json!(-1)),
        (&["sum", "[[]]"], json!(0)),
        (&["sink", r#"[["ab", [1, 2, 3], ""]]"#], json!(5)),
    ] {
        assert_eq!(lab.value(arguments).await, value, "{arguments:?}");
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_call_with_items_prints_each_on_a_line() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (arguments, values) in [
        (&["ticks", "[3, 0, 2]"][..], &[json!("\0\0"), json!("\u{1}\0"), json!("\u{2}\0")][..]),
        (
            &["ticks", "[2, 1, 9]", "--timeout-ms", "15000"],
            &[json!("\0\0\0\0\0\0\0\0x"), json!("\u{1}\0\0\0\0\0\0\0x")],
        ),
        (&["relay", r#"[["ü", [255], ""]]"#], &[json!("ü"), json!([255]), json!("")]),
        (&["relay", "[[]]"], &[]),
    ] {
        assert_eq!(lab.values(arguments).await, values, "{arguments:?}");
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_call_whose_items_break_off_prints_those_that_came_and_fails() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let crooked = crooked::serve(&setup).await;
    let output = process::lab(&["call", &crooked.url, "relay", r#"[["a", "b", "c"]]"#]).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("its own error: no more of them"), "{error}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "\"b\"\n");
    within("what was left", tidy(&setup)).await;
}

#[tokio::test]
async fn bounds_are_set_by_name_on_either_side() {
    let narrow =
        Lab::serve_with(&["tcp://127.0.0.1:0"], &["--limit", "stream_items=0", "--limit", "message=100"]).await;
    let wide = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    let many = format!("\"{}\"", "x".repeat(200));
    for (lab, arguments, parts) in [
        (&narrow, &["relay", r#"[["a"]]"#][..], &["Unimplemented: the server takes no streams"][..]),
        (&narrow, &["echo", &many], &["ResourceExhausted", "the server's limit `message` is 100"]),
        (
            &wide,
            &["big", "200", "--limit", "message=100"],
            &["ResourceExhausted", "the client's limit `message` is 100"],
        ),
        (&wide, &["sleep", "60000", "--limit", "call_timeout=1ms"], &["DeadlineExceeded"]),
        (&wide, &["ticks", "[0, 0, 0]", "--limit", "stream_items=0"], &["no item could come", "`stream_items` is 0"]),
        (&wide, &["ticks", "[0, 0, 0]", "--limit", "decode=0"], &["no limit `decode`", "decode.depth"]),
    ] {
        let error = lab.error(arguments).await;
        assert!(parts.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    }
    for command in ["serve", "load"] {
        let url = if command == "serve" { "--listen=tcp://127.0.0.1:0" } else { "tcp://127.0.0.1:1" };
        let error = failure(process::lab(&[command, url, "--limit", "stream_bites=1"]).await);
        assert!(error.contains("no limit `stream_bites`. There are: message, calls_in_flight,"), "{error}");
        let error = failure(process::lab(&[command, url, "--limit", "drain_timeout=1"]).await);
        assert!(error.contains("`1` is no time"), "{error}");
    }
    narrow.end(Signal::TERM).await;
    wide.end(Signal::TERM).await;
}

#[tokio::test]
async fn what_fails_is_one_line_and_a_status() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (arguments, parts) in [
        (&["fail", r#""a\nb""#][..], &["Lab/fail at tcp://", "its own error: a\\nb"][..]),
        (&["panic", r#""the secret""#], &["Lab/panic at tcp://", "Internal: the handler panicked"]),
        (&["sleep", "60000", "--timeout-ms", "1"], &["Lab/sleep at", "DeadlineExceeded"]),
        (&["big", "9999999"], &["its own error: 9999999 bytes", "`BIG_BYTES`", "8388608"]),
        (&["big", "5000000"], &["ResourceExhausted", "the client's limit `message`"]),
        (&["work", "10000001"], &["its own error: 10001 milliseconds", "`BURN_MS`", "10000"]),
        (&["burn", "10001"], &["its own error: 10001 milliseconds", "`BURN_MS`", "10000"]),
        (&["divide", "[1, 0]"], &["no method `divide`", "Methods: echo [bytes], add [a, b], sleep [ms]"]),
        (&["add", "[1]"], &["`add` takes [a, b] in JSON", "Methods: echo [bytes]"]),
        (&["add", r#"[1, "2"]"#], &["`add` takes [a, b] in JSON", "expected i64"]),
        (&["add", "1, 2"], &["`add` takes [a, b] in JSON"]),
        (&["counters", "1"], &["`counters` takes [] in JSON"]),
        (&["echo", "[[256]]"], &["`echo` takes [bytes] in JSON", "numbers from 0 to 255"]),
        (&["sleep", "-1"], &["`sleep` takes [ms] in JSON"]),
        (&["ticks", "[1, 0, 8388609]"], &["its own error: 8388609 bytes", "`BIG_BYTES`"]),
        (&["sum", "[1, 2]"], &["`sum` takes [[integer, …]] in JSON"]),
        (&["relay", r#"["a"]"#], &["`relay` takes [[bytes, …]] in JSON"]),
        (&["add", "[1, 2]", "--metadata", "word"], &["give KEY=VALUE"]),
        (&[], &["<METHOD>"]),
    ] {
        let error = lab.error(arguments).await;
        assert!(parts.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    }
    let url = lab.urls[0].clone();
    assert_eq!(lab.value(&["add", "[1, 2]"]).await, json!(3), "it serves on");
    lab.end(Signal::TERM).await;
    let error = failure(process::lab(&["call", &url, "add", "[1, 2]"]).await);
    assert!(error.contains("Unavailable") && error.contains("not sent"), "{error}");
    let error = failure(process::lab(&["load", &url]).await);
    assert!(error.starts_with("cannot connect to `tcp://"), "{error}");
    let error = failure(process::lab(&["serve", "--listen", "nowhere"]).await);
    assert!(error.contains("`nowhere` is no address"), "{error}");
}

#[tokio::test]
async fn without_a_command_there_is_help() {
    let output = process::lab(&[]).await;
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(["serve", "call", "load"].iter().all(|command| help.contains(command)), "{help}");
    let output = process::lab(&["call", "--help"]).await;
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("count [key]"));
}
