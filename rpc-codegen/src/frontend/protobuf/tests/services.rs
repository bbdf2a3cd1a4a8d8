//! Services and their methods.

use super::{said, session, shown::shown};
use crate::model::{Fails, Service};

fn services(body: &str) -> String {
    let text = format!(
        "syntax = \"proto3\"; package p; import \"google/protobuf/empty.proto\"; import \"google/protobuf/wrappers.proto\";
        message A {{}} message B {{}} {body}"
    );
    let session = session(&[("a.proto", &text)]);
    assert_eq!(said(&session), "");
    let shown = shown(session.files.last().expect("it is lowered"));
    shown.strip_prefix("message p.A\nmessage p.B\n").expect("they are declared").to_owned()
}

#[test]
fn a_method_takes_one_request_and_gives_one_reply() {
    assert_eq!(
        services("service S { rpc Get(A) returns (B); }"),
        "service p.S\n  Get(1 request: required p.A) -> p.B\n"
    );
}

#[test]
fn streams_are_items_that_are_taken_and_given() {
    let body = "service S { rpc Up(stream A) returns (B); rpc Down(A) returns (stream B);
        rpc Both(stream A) returns (stream B); }";
    let expected = "service p.S
  Up(stream p.A) -> p.B
  Down(1 request: required p.A) -> stream p.B
  Both(stream p.A) -> stream p.B
";
    assert_eq!(services(body), expected);
}

#[test]
fn nothing_is_no_argument_and_no_reply() {
    let body = "service S { rpc None(google.protobuf.Empty) returns (google.protobuf.Empty);
        rpc Ticks(stream google.protobuf.Empty) returns (B); }";
    assert_eq!(services(body), "service p.S\n  None() -> Unit\n  Ticks(stream Unit) -> p.B\n");
}

#[test]
fn a_wrapper_may_be_absent_as_a_request_and_as_a_reply() {
    let body = "service S { rpc Name(google.protobuf.StringValue) returns (google.protobuf.Int64Value); }";
    let expected = "service p.S
  Name(1 request: required String? written google.protobuf.StringValue) -> I64?
";
    assert_eq!(services(body), expected);
}

#[test]
fn methods_that_may_be_called_again_are_idempotent() {
    let body = "service S { rpc A(A) returns (B) { option idempotency_level = NO_SIDE_EFFECTS; }
        rpc B(A) returns (B) { option idempotency_level = IDEMPOTENT; }
        rpc C(A) returns (B) { option idempotency_level = IDEMPOTENCY_UNKNOWN; } }";
    let shown = services(body);
    let idempotent: Vec<bool> = shown.lines().skip(1).map(|line| line.ends_with(" idempotent")).collect();
    assert_eq!(idempotent, [true, true, false]);
}

#[test]
fn methods_fail_with_a_status() {
    let text = "syntax = \"proto3\"; message A {} service S { rpc Get(A) returns (A); }";
    let services: Vec<Service> = session(&[("a.proto", text)]).files.pop().unwrap().services;
    assert!(matches!(services[0].methods[0].fails, Fails::WithStatus));
}
