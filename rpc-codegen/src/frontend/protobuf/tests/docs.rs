//! Comments as docs, and the places of names.

use super::{file, session, shown::shown};

#[test]
fn every_part_has_the_comments_before_and_behind_it() {
    let text = r#"syntax = "proto3";
package p;

// A message.
message A {
  // Before.
  int32 a = 1; // Behind.

  /* One
   * of them. */
  oneof kind {
    /// Yes.
    bool yes = 2;
    bool no = 3; // No.
  }
}

/**
 * An enum,
 *
 *   indented.
 */
enum E {
  ZERO = 0; // None.
}

// A service.
service S {
  // Gets.
  rpc Get(A) returns (A); // It does.
}
"#;
    let expected = "message p.A // A message.
  1 a: always I32 // Before.||Behind.
  - kind: optional p.A.kind // One|of them.
choice p.A.kind in A // One|of them.
  2 yes: required Bool // Yes.
  3 no: required Bool // No.
open enum p.E // An enum,||  indented.
  0 ZERO // None.
service p.S // A service.
  Get(1 request: required p.A) -> p.A // Gets.||It does.
";
    assert_eq!(shown(&file(text)), expected);
}

#[test]
fn a_method_with_a_body_has_the_comment_where_that_begins_and_none_below() {
    let text = r#"syntax = "proto3";
package p;
message M {}
service S {
  // Doc of A.
  rpc A(M) returns (M) { // trail {A}
    option deprecated = false; // Of the option.
  }
  // ---- Section two ----

  // Doc of B.
  rpc B(M /* { */) returns (M) {} // trail B
  // ---- Section three ----

  rpc C(M) returns (M) { /* trail C,
    in two lines */ }
  rpc D(M) returns (M) {
    // Of nothing.
    option deprecated = false;
  } // Of the end.
  // ---- Section four ----

  rpc E(M) returns (M); // trail E
  rpc F(M) returns (M) {}
}
"#;
    let expected = "message p.M
service p.S
  A(1 request: required p.M) -> p.M // Doc of A.||trail {A}
  B(1 request: required p.M) -> p.M // Doc of B.||trail B
  C(1 request: required p.M) -> p.M // trail C,|   in two lines
  D(1 request: required p.M) -> p.M
  E(1 request: required p.M) -> p.M // trail E
  F(1 request: required p.M) -> p.M
";
    assert_eq!(shown(&file(text)), expected);
}

#[test]
fn comments_that_stand_apart_are_of_nothing() {
    let text = "syntax = \"proto3\";\npackage p;\n\n// Apart.\n\n// Of it.\nmessage A {}\n";
    assert_eq!(shown(&file(text)), "message p.A // Of it.\n");
}

#[test]
fn a_file_has_the_comments_of_its_first_statements_but_no_licence() {
    let docs = |head: &str| file(&format!("{head}package p;\n")).docs;
    assert_eq!(docs("// What it is for.\nsyntax = \"proto3\";\n"), ["What it is for."]);
    assert_eq!(docs("syntax = \"proto3\";\n// Of a package.\n"), ["Of a package."]);
    assert_eq!(docs("// One.\nsyntax = \"proto3\";\n// Two.\n"), ["One.", "", "Two."]);
    for licence in ["// Copyright 2020 Somebody\n", "/* Licensed under terms. */\n", "// X. All rights reserved.\n"] {
        assert_eq!(docs(&format!("{licence}syntax = \"proto3\";\n// Two.\n")), ["Two."]);
    }
}

#[test]
fn places_are_those_of_names_whatever_stands_before() {
    let text = "syntax = \"proto3\"; package p; /* äöü */ message Ä {}";
    let wrong = session(&[("a.proto", text)]);
    assert!(wrong.has_errors());
    let text = "syntax = \"proto3\"; package p; /* äöü\nß */ message First { /* ß */ int32 second = 1; oneof third { int32 x = 2; } }
        enum Fourth { FIFTH = 0; } service Sixth { rpc Seventh(First) returns (First); }";
    let session = session(&[("a.proto", text)]);
    let file = &session.files[0];
    let items = file.items.iter().map(|item| &item.named);
    let methods = file.services[0].methods.iter().map(|method| &method.named);
    let mut checked = 0;
    for named in items.chain(methods).chain([&file.services[0].named]) {
        assert_eq!(session.sources.text(named.place.source)[named.place.span.clone()], named.name);
        checked += 1;
    }
    assert_eq!(checked, 5);
}
