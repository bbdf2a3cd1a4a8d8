//! Which comments are documentation, of what, and what they say.

use super::file;
use crate::model::{File, ItemKind};

/// What is said of the first item.
fn docs(text: &str) -> Vec<String> {
    file(text).items[0].named.docs.clone()
}

/// What is said of the fields of the first item.
fn of_fields(file: &File) -> Vec<Vec<String>> {
    let ItemKind::Message { fields, .. } = &file.items[0].kind else { panic!("it has fields") };
    fields.iter().map(|field| field.named.docs.clone()).collect()
}

#[test]
fn a_comment_directly_above_is_documentation_of_whatever_kind() {
    for comment in
        ["/** A. */", "/* A. */", "// A.", "# A.", "/// A.", "/** \n * A.\n */", "// ------\n// A.\n// ------"]
    {
        assert_eq!(docs(&format!("{comment}\nstruct S {{}}")), ["A."], "{comment}");
    }
}

#[test]
fn a_comment_above_an_empty_line_is_none() {
    assert_eq!(docs("// A.\n\n// B.\nstruct S {}"), ["B."]);
    assert!(docs("// A.\n\nstruct S {}").is_empty());
    assert_eq!(docs("// A.\n/** B. */\nstruct S {}"), ["B."]);
}

#[test]
fn margins_go_and_what_is_indented_stays_so() {
    let text = "/**\n   * A:\n   *\n   *     code\n   *   list\n   *\n   */\nstruct S {}";
    assert_eq!(docs(text), ["A:", "", "    code", "  list"]);
    assert_eq!(docs("/** A:\n    B\n      C\n*/\nstruct S {}"), ["A:", "B", "  C"]);
    assert_eq!(docs("//A:\n//  B\n//\n// * C\nstruct S {}"), ["A:", "  B", "", " * C"]);
    assert_eq!(docs("/**\r\n * A.\r\n * B.\r\n */\r\nstruct S {}"), ["A.", "B."]);
}

#[test]
fn a_comment_behind_on_the_same_line_is_about_what_stands_there() {
    let text = "struct S { // S.\n1: i32 a // A.\n2: i32 b, // B,\n          // more.\n// C.\n3: i32 c; /* and C. */\n4: i32 d\n}";
    let file = file(text);
    assert_eq!(file.items[0].named.docs, ["S."]);
    let expected: [&[&str]; 4] = [&["A."], &["B,", "more."], &["C.", "", "and C."], &[]];
    assert_eq!(of_fields(&file), expected);
}

#[test]
fn comments_within_a_line_are_about_what_they_stand_before_or_behind() {
    let file = file("service S { void a(/* A. */ 1: i32 b, 2: i32 c /* C. */) }");
    let arguments: Vec<_> =
        file.services[0].methods[0].arguments.iter().map(|argument| argument.named.docs.concat()).collect();
    assert_eq!(arguments, ["A.", "C."]);
}

#[test]
fn a_comment_behind_the_end_of_several_lines_is_about_nothing() {
    let file = file("struct S {\n} // S\nstruct T {} // T.\nstruct U {}");
    let docs: Vec<_> = file.items.iter().map(|item| item.named.docs.concat()).collect();
    assert_eq!(docs, ["", "T.", ""]);
}

#[test]
fn values_functions_and_services_have_documentation() {
    let file = file("enum E {\n// A.\nA\nB, // B.\n}\n// S.\nservice S {\n/** F. */\nvoid f()\nvoid g() // G.\n}");
    let ItemKind::Enum(found) = &file.items[0].kind else { panic!("it is an enum") };
    assert_eq!((&found.values[0].named.docs[0], &found.values[1].named.docs[0]), (&"A.".into(), &"B.".into()));
    let service = &file.services[0];
    let docs = [&service.named, &service.methods[0].named, &service.methods[1].named].map(|named| &named.docs[0]);
    assert_eq!(docs, ["S.", "F.", "G."]);
}

#[test]
fn a_file_has_the_first_documentation_that_a_header_or_an_empty_line_follows() {
    let said = |text: &str| file(text).docs;
    assert_eq!(said("/* Licence. */\n\n/** A. */\nnamespace rs a"), ["A."]);
    assert_eq!(said("namespace rs a\n/** A. */\nnamespace py b\n/** S. */\nstruct S {}"), ["A."]);
    assert_eq!(said("/**\n * A.\n *\n * B.\n */\n\nstruct S {}"), ["A.", "", "B."]);
    assert!(said("/* Licence. */\nnamespace rs a").is_empty());
    assert!(said("# Licence.\n\nnamespace rs a").is_empty());
    assert!(said("/** S. */\nstruct S {}").is_empty());
    assert_eq!(docs("/** A. */\n\n/** S. */\nstruct S {}"), ["S."]);
}
