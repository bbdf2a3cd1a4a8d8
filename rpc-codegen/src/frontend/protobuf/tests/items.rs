//! Messages, enums and oneofs.

use std::path::Path;

use super::{
    corpus::{corpus, loaded},
    file, said, session, session_of,
    shown::shown,
};
use crate::model::{File, Item};

/// What the only file of these texts has, in proto3.
fn proto3(body: &str) -> String {
    shown(&file(&format!("syntax = \"proto3\"; package p; {body}")))
}

fn proto2(body: &str) -> String {
    shown(&file(&format!("syntax = \"proto2\"; package p; {body}")))
}

#[test]
fn scalars_of_proto3_are_always_there_and_say_how_they_are_written() {
    let body = "message M { int32 a = 1; int64 b = 2; uint32 c = 3; uint64 d = 4; sint32 e = 5; sint64 f = 6;
        fixed32 g = 7; fixed64 h = 8; sfixed32 i = 9; sfixed64 j = 10; float k = 11; double l = 12; bool m = 13;
        string n = 14; bytes o = 15; }";
    let expected = "message p.M
  1 a: always I32
  2 b: always I64
  3 c: always U32
  4 d: always U64
  5 e: always I32 written sint32
  6 f: always I64 written sint64
  7 g: always U32 written fixed32
  8 h: always U64 written fixed64
  9 i: always I32 written sfixed32
  10 j: always I64 written sfixed64
  11 k: always F32
  12 l: always F64
  13 m: always Bool
  14 n: always String
  15 o: always Bytes
";
    assert_eq!(proto3(body), expected);
}

#[test]
fn presence_is_what_the_label_and_the_type_say() {
    let body = "message M { optional int32 a = 1; M b = 2; repeated int32 c = 3; repeated M d = 4; int32 e = 5; }";
    let expected = "message p.M
  1 a: optional I32
  2 b: optional p.M
  3 c: always [I32]
  4 d: always [p.M]
  5 e: always I32
";
    assert_eq!(proto3(body), expected);
    let body = "message M { optional int32 a = 1; required M b = 2; repeated int32 c = 3; required int32 d = 4; }";
    let expected = "message p.M
  1 a: optional I32
  2 b: required p.M
  3 c: always [I32]
  4 d: required I32
";
    assert_eq!(proto2(body), expected);
}

#[test]
fn lists_and_maps_say_how_their_parts_are_written() {
    let body = "message M { repeated sint32 a = 1; map<string, int32> b = 2; map<sint32, fixed64> c = 3;
        map<int32, sfixed32> d = 4; map<bool, M> e = 5; map<fixed32, M> f = 6; map<string, E> g = 7; }
        enum E { ZERO = 0; }";
    let expected = "message p.M
  1 a: always [I32] written sint32
  2 b: always {String: I32}
  3 c: always {I32: U64} written map<sint32, fixed64>
  4 d: always {I32: I32} written map<int32, sfixed32>
  5 e: always {Bool: p.M}
  6 f: always {U32: p.M} written map<fixed32, p.M>
  7 g: always {String: p.E}
open enum p.E
  0 ZERO
";
    assert_eq!(proto3(body), expected);
}

#[test]
fn enums_are_open_in_proto3_and_closed_in_proto2_and_keep_aliases() {
    let body = "enum E { option allow_alias = true; ZERO = 0; ONE = 1; UN = 1; MINUS = -1; }";
    assert_eq!(proto3(body), "open enum p.E\n  0 ZERO\n  1 ONE\n  1 UN\n  -1 MINUS\n");
    assert_eq!(proto2("enum E { TWO = 2; ONE = 1; }"), "closed enum p.E\n  2 TWO\n  1 ONE\n");
}

#[test]
fn an_enum_is_as_open_as_the_file_that_declares_it() {
    let user = "syntax = \"proto3\"; package p; import \"old.proto\"; message M { repeated string s = 1; }";
    let old = "package old; enum E { ONE = 1; }";
    let session = session(&[("new.proto", user), ("old.proto", old)]);
    assert_eq!(said(&session), "");
    assert_eq!(shown(&session.files[0]), "closed enum old.E\n  1 ONE\n");
}

#[test]
fn nested_declarations_stand_within_their_messages_in_the_order_of_the_file() {
    let body = "enum Z { Z0 = 0; } message A { message B { enum C { C0 = 0; } C c = 1; } enum D { D0 = 0; } B b = 1; }";
    let expected = "open enum p.Z
  0 Z0
message p.A
  1 b: optional p.A.B
message p.A.B in A
  1 c: always p.A.B.C
open enum p.A.B.C in A/B
  0 C0
open enum p.A.D in A
  0 D0
";
    assert_eq!(proto3(body), expected);
}

#[test]
fn a_oneof_is_a_choice_and_a_field_in_the_place_of_its_first_member() {
    let body = "message M { int32 a = 1; oneof kind { sint32 b = 5; M c = 6; } string d = 2; optional int32 e = 3; }";
    let expected = "message p.M
  1 a: always I32
  - kind: optional p.M.kind
  2 d: always String
  3 e: optional I32
choice p.M.kind in M
  5 b: required I32 written sint32
  6 c: required p.M
";
    assert_eq!(proto3(body), expected);
}

#[test]
fn a_group_is_a_message_and_a_field() {
    let body = "message M { optional group One = 1 { required int32 a = 1; } repeated group Many = 2 {}
        oneof o { group Third = 3 {} } }";
    let expected = "message p.M
  1 one: optional p.M.One written group
  2 many: always [p.M.Many] written group
  - o: optional p.M.o
message p.M.One in M
  1 a: required I32
message p.M.Many in M
choice p.M.o in M
  3 third: required p.M.Third written group
message p.M.Third in M
";
    assert_eq!(proto2(body), expected);
}

#[test]
fn defaults_of_proto2_are_literals_of_their_types() {
    let body = r#"message M {
        optional int32 a = 1 [default = -5];
        optional fixed64 b = 2 [default = 18446744073709551615];
        optional float c = 3 [default = 0.1];
        optional double d = 4 [default = -inf];
        optional double e = 5 [default = nan];
        optional bool f = 6 [default = true];
        optional string g = 7 [default = "a\"\u00e9"];
        optional bytes h = 8 [default = "\000\377\x41\n'"];
        optional E i = 9 [default = TWO];
        optional sint32 j = 10 [default = 0x10];
        optional double k = 11 [default = 3];
    }
    enum E { option allow_alias = true; ONE = 1; TWO = 1; }"#;
    let expected = "message p.M
  1 a: optional I32 = Int(-5)
  2 b: optional U64 written fixed64 = Int(18446744073709551615)
  3 c: optional F32 = Float(0.1)
  4 d: optional F64 = Float(-inf)
  5 e: optional F64 = Float(NaN)
  6 f: optional Bool = Bool(true)
  7 g: optional String = String(\"a\\\"é\")
  8 h: optional Bytes = Bytes([0, 255, 65, 10, 39])
  9 i: optional p.E = EnumValue(\"p.E\", \"TWO\")
  10 j: optional I32 written sint32 = Int(16)
  11 k: optional F64 = Float(3.0)
closed enum p.E
  1 ONE
  1 TWO
";
    assert_eq!(proto2(body), expected);
}

const WELL_KNOWN: &str = r#"syntax = "proto3"; package p;
import "google/protobuf/duration.proto"; import "google/protobuf/timestamp.proto";
import "google/protobuf/empty.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/struct.proto";
message M {
    google.protobuf.Duration a = 1; google.protobuf.Timestamp b = 2; google.protobuf.Empty c = 3;
    google.protobuf.StringValue d = 4; repeated google.protobuf.Int32Value e = 5;
    map<string, google.protobuf.BoolValue> f = 6; google.protobuf.Struct g = 7; repeated google.protobuf.Timestamp h = 8;
    oneof o { google.protobuf.BytesValue i = 9; google.protobuf.Duration j = 10; }
}"#;

#[test]
fn well_known_types_are_what_rust_has_for_them() {
    let session = session(&[("a.proto", WELL_KNOWN)]);
    assert_eq!(said(&session), "");
    let expected = "message p.M
  1 a: optional Duration
  2 b: optional Time
  3 c: optional Unit
  4 d: optional String written google.protobuf.StringValue
  5 e: always [I32?] written google.protobuf.Int32Value
  6 f: always {String: Bool?} written map<string, google.protobuf.BoolValue>
  7 g: optional google.protobuf.Struct
  8 h: always [Time]
  - o: optional p.M.o
choice p.M.o in M
  9 i: required Bytes? written google.protobuf.BytesValue
  10 j: required Duration
";
    assert_eq!(shown(session.files.last().unwrap()), expected);
}

#[test]
fn well_known_types_are_messages_if_asked_for() {
    let session = session_of(&[("a.proto", WELL_KNOWN)], &["a.proto"], |session| session.well_known_as_messages = true);
    let expected = "message p.M
  1 a: optional google.protobuf.Duration
  2 b: optional google.protobuf.Timestamp
  3 c: optional google.protobuf.Empty
  4 d: optional google.protobuf.StringValue
  5 e: always [google.protobuf.Int32Value]
  6 f: always {String: google.protobuf.BoolValue}
";
    assert!(shown(session.files.last().unwrap()).starts_with(expected));
}

#[test]
fn what_is_built_in_is_lowered_like_a_file_that_is_imported() {
    let session = session(&[("a.proto", WELL_KNOWN)]);
    let built_in: Vec<&File> = session.files.iter().filter(|file| !file.asked_for).collect();
    assert_eq!(built_in.len(), 5);
    let named = |item: &Item| item.full_name == "google.protobuf.Value.kind" && item.within == ["Value"];
    assert!(built_in.iter().any(|file| file.path == "google/protobuf/struct.proto" && file.items.iter().any(named)));
}

#[test]
fn what_is_deprecated_says_so() {
    let body = "message A { option deprecated = true; int32 a = 1 [deprecated = true]; int32 b = 2; }
        enum E { option deprecated = true; ZERO = 0 [deprecated = true]; ONE = 1; }
        service S { option deprecated = true; rpc Get(A) returns (A) { option deprecated = true; } }";
    let expected = "message p.A deprecated
  1 a: always I32 deprecated
  2 b: always I32
open enum p.E deprecated
  0 ZERO deprecated
  1 ONE
service p.S deprecated
  Get(1 request: required p.A) -> p.A deprecated
";
    assert_eq!(proto3(body), expected);
}

#[test]
fn a_file_without_a_package_has_its_own_name_for_one() {
    let mut session =
        session(&[("in/some-file.v1.proto", "message A { optional A a = 1; } service S { rpc G(A) returns (A); }")]);
    assert_eq!(said(&session), "");
    let file = session.files.pop().unwrap();
    assert_eq!(file.package, ["some_file_v1"]);
    let expected = "message .A
  1 a: optional .A
service S
  G(1 request: required .A) -> .A
";
    assert_eq!(shown(&file), expected);
    for (path, package) in [("1.proto", "_1"), ("-.proto", "__"), ("ok.proto", "ok")] {
        assert_eq!(session_of(&[(path, "")], &[path], |_| {}).files[0].package, [package]);
    }
}

#[test]
fn a_file_without_a_package_shares_a_module_with_the_package_of_its_name() {
    let texts =
        [("a.proto", "message B { optional B b = 1; }"), ("b.proto", "package a; message B { optional B b = 1; }")];
    let configure = texts.iter().fold(crate::configure(), |configure, (path, text)| configure.text(*path, *text));
    let generated = configure.generate(&texts.map(|(path, _)| path)).unwrap_or_else(|error| panic!("{error}"));
    let names = generated.files()["a.rs"].lines().filter(|line| line.starts_with("pub struct"));
    assert_eq!(names.collect::<Vec<_>>(), ["pub struct B {", "pub struct B_ {"]);
}

#[test]
fn fields_of_proto2_may_have_one_name_in_json() {
    assert_eq!(proto2("message M { optional int32 a1 = 1; optional int32 a_1 = 2; }").lines().count(), 3);
}

#[test]
fn reserved_numbers_and_room_for_extensions_are_silently_left_out() {
    assert_eq!(proto2("message M { reserved 1, 3 to 5; reserved \"a\"; extensions 100 to max; }"), "message p.M\n");
    assert_eq!(proto3("enum E { ZERO = 0; reserved 5 to max; }"), "open enum p.E\n  0 ZERO\n");
}

#[test]
fn options_of_others_say_what_is_required_of_what_may_be_absent() {
    let text = shown(loaded(Path::new("options_required.proto"), &corpus("proto")).files.last().unwrap());
    let fields = text.lines().skip(1).take_while(|line| line.starts_with(' '));
    let required: Vec<&str> =
        fields.filter(|line| line.contains(": required ")).filter_map(|line| line.split([' ', ':']).nth(3)).collect();
    let expected = [
        "by_google",
        "by_google_with_others",
        "by_buf",
        "by_validate",
        "with_presence",
        "oneof_by_buf",
        "oneof_by_validate",
    ];
    assert_eq!(required, expected);
    assert!(text.contains("9 without_presence: always I32\n  10 list: always [I32]\n"));
}
