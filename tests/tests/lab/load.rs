//! Laboratories under load, and what is reported of it.

use rpc_tests::{Setup, tidy, within};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    crooked,
    process::{self, Lab, failure},
};

const STREAMS: [&str; 4] = ["ticks", "sum", "relay", "sink"];

#[tokio::test]
async fn a_load_makes_as_many_calls_as_it_was_asked_for() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for method in ["echo", "add", "sleep", "burn", "work", "big", "fail"] {
        let arguments = ["--size", "2", "--calls", "24", "--in-flight", "4", "--connections", "2", "--seconds", "60"];
        let report = lab.load(&[&["--method", method], &arguments[..]].concat()).await;
        let (calls, errors) = if method == "fail" { (0, json!({"App/Failed": 24})) } else { (24, json!({})) };
        assert_eq!((&report["calls"], &report["errors"]), (&json!(calls), &errors), "{method}");
        assert_eq!(report["method"], method);
    }
    let refused = lab.load(&["--method", "big", "--size", "5000000", "--calls", "3", "--in-flight", "1"]).await;
    assert_eq!(refused["errors"], json!({"ResourceExhausted/Failed": 3}));
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_load_with_a_rate_begins_no_more_calls_than_its_time_has_room_for() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    let report = lab.load(&["--rate", "200", "--seconds", "1", "--in-flight", "4"]).await;
    let calls = report["calls"].as_u64().unwrap();
    // Those of the time before that were late may be among them; without a rate there are thousands.
    assert!((1..=400).contains(&calls), "{calls} calls");
    assert_eq!((&report["rate"], &report["errors"]), (&json!(200.0), &json!({})));
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_load_of_streams_moves_as_many_items_as_it_was_asked_for_over_each_of_several() {
    let unix = Setup::over("unix://@{unique}").address();
    let lab = Lab::serve(&["tcp://127.0.0.1:0", &unix]).await;
    for url in &lab.urls {
        for (method, size) in STREAMS.into_iter().flat_map(|method| [(method, "0"), (method, "20"), (method, "9000")]) {
            let arguments = ["load", url, "--json", "--method", method, "--size", size, "--seconds", "60"];
            let several = ["--calls", "1001", "--in-flight", "4", "--connections", "2"];
            let output = process::lab(&[&arguments[..], &several].concat()).await;
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((&report["calls"], &report["errors"]), (&json!(1_001), &json!({})), "{url}: {method} {size}");
            assert_eq!((&report["in_flight"], &report["connections"]), (&json!(4), &json!(2)));
            assert_eq!((&report["latency"], report["method"].as_str()), (&Value::Null, Some(method)));
        }
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn a_load_of_streams_for_a_time_reports_the_items_of_a_second_for_people_too() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for method in STREAMS {
        let report = lab.load(&["--method", method, "--in-flight", "3", "--seconds", "0.4"]).await;
        let [items, seconds, rate] = ["calls", "seconds", "calls_per_second"].map(|key| report[key].as_f64().unwrap());
        assert_eq!(report["errors"], json!({}), "{method}");
        assert!(items > 0.0 && (rate * seconds - items).abs() < 1.0, "{method}: {report}");
        assert!(report["warm_up"].as_u64() > Some(0), "{method}: {report}");
    }
    let output = process::lab(&["load", &lab.urls[0], "--method", "relay", "--seconds", "0.05"]).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains(" items/s (") && shown.contains("MB/s") && shown.contains("CPU time per item"), "{shown}");
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn slow_streams_move_no_more_items_than_their_interval_has_room_for() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for method in STREAMS {
        let slow = ["--in-flight", "3", "--seconds", "0.4", "--interval-us", "20000"];
        let report = lab.load(&[&["--method", method], &slow[..]].concat()).await;
        assert_eq!(report["errors"], json!({}), "{method}");
        // 60, and those that were late; without an interval there are tens of thousands.
        let items = report["calls"].as_u64().unwrap();
        assert!((1..=2_000).contains(&items), "{method}: {items} items");
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn streams_have_no_rate_and_do_not_rest() {
    let lab = Lab::serve(&["tcp://127.0.0.1:0"]).await;
    for (name, value) in [("--rate", "10"), ("--in-flight", "0")] {
        let error = failure(process::lab(&["load", &lab.urls[0], "--method", "ticks", name, value]).await);
        assert!(error.contains("no --rate but --interval-us, and --in-flight of 1 or more"), "{error}");
    }
    lab.end(Signal::TERM).await;
}

#[tokio::test]
async fn items_that_are_wrong_or_out_of_order_are_no_success() {
    let setup = Setup::over("tcp://127.0.0.1:0");
    let crooked = crooked::serve(&setup).await;
    for (method, error) in
        [("ticks", "wrong value"), ("relay", "wrong value"), ("sum", "a wrong count"), ("sink", "a wrong count")]
    {
        let arguments = ["load", &crooked.url, "--json", "--method", method, "--calls", "4", "--in-flight", "2"];
        let output = process::lab(&arguments).await;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["calls"], &report["errors"]), (&json!(0), &json!({error: 2})), "{method}");
    }
    within("what was left", tidy(&setup)).await;
}
