//! What is said of mistakes, where `tests/corpus/proto/bad` has no file for it.

use std::{collections::BTreeMap, path::PathBuf};

use super::{said, session, session_of};
use crate::{
    diagnostics::Severity,
    frontend::protobuf::{depth, guard::guarded, load, mistakes::looked_at},
    session::Session,
};

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = session_of(&[("b.proto", "")], &["a.proto", "b.proto"], |_| {});
    assert_eq!(said(&missing), "error: cannot read `a.proto`: there is no such file");
    assert_eq!(missing.files.len(), 1, "the other one is read");
}

#[test]
fn a_file_that_is_no_text_is_said_where_it_is_imported() {
    let folder = std::env::temp_dir().join(format!("rpc-codegen-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.proto"), "import \"b.proto\";\n").unwrap();
    std::fs::write(folder.join("b.proto"), b"\xff").unwrap();
    let mut session = Session::default();
    load(&[folder.join("a.proto")], &mut session);
    std::fs::remove_dir_all(&folder).unwrap();
    let [diagnostic] = &session.diagnostics[..] else { panic!("{}", said(&session)) };
    assert_eq!(
        diagnostic.message,
        format!("cannot read `{}`: it is no text in UTF-8", folder.join("b.proto").display())
    );
    assert_eq!(session.sources.line_and_column(&diagnostic.places[0].0), (1, 1));
}

#[test]
fn a_mistake_is_said_once_however_many_import_it() {
    let import = "import \"wrong.proto\"; message M {}";
    let (a, b) = (format!("package a; {import}"), format!("package b; {import}"));
    let texts = [("a.proto", &*a), ("b.proto", &b), ("wrong.proto", "message W { optional Missing m = 1; }")];
    let session = session_of(&texts, &["a.proto", "b.proto"], |_| {});
    assert_eq!(session.diagnostics.len(), 1, "{}", said(&session));
    assert!(session.files.is_empty(), "what imports it is not understood, either");
}

#[test]
fn every_file_says_its_mistakes_in_one_run() {
    let texts = [
        ("grammar.proto", "message { }"),
        ("names.proto", "message A { optional B b = 1; }"),
        ("import.proto", "import \"missing.proto\";"),
        ("good.proto", "message Good {}"),
        ("options.proto", "message O { option (missing) = 1; }"),
    ];
    let session = session_of(&texts, &texts.map(|(path, _)| path), |_| {});
    let mut said_of: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for diagnostic in &session.diagnostics {
        *said_of.entry(session.sources.path(diagnostic.places[0].0.source).to_owned()).or_default() += 1;
    }
    let expected = ["grammar.proto", "import.proto", "names.proto", "options.proto"];
    assert_eq!(said_of.into_iter().collect::<Vec<_>>(), expected.map(|path| (PathBuf::from(path), 1)));
    assert_eq!(session.files.iter().map(|file| &*file.path).collect::<Vec<_>>(), ["good.proto"]);
}

#[test]
fn what_a_refused_file_leaves_behind_does_not_reach_the_next() {
    let extending = "package x; import \"google/protobuf/descriptor.proto\"; message M { optional Missing m = 1; }
        extend google.protobuf.MessageOptions { optional int32 first = 50000; }
        extend google.protobuf.FieldOptions { optional int32 second = 50000; }";
    let using =
        "package y; import \"google/protobuf/descriptor.proto\"; message M { optional int32 m = 1 [(right) = 5]; }
        extend google.protobuf.FieldOptions { optional int32 right = 50001; }";
    let session = session_of(&[("a.proto", extending), ("b.proto", using)], &["a.proto", "b.proto"], |_| {});
    assert_eq!(session.diagnostics.len(), 1, "{}", said(&session));
    assert!(session.files.iter().any(|file| file.path == "b.proto"));
}

#[test]
fn a_file_of_another_kind_does_not_fill_the_screen() {
    let session = session(&[("a.proto", &"message A {}\n}\n".repeat(500))]);
    assert!(session.diagnostics.len() < 60);
    assert!(said(&session).ends_with("more mistakes"));
}

#[test]
fn the_more_mistakes_there_are_the_less_of_the_text_is_gone_through_for_each() {
    let text = "message A {}\n".repeat(10_000);
    assert_eq!(looked_at(&text, 1).len(), text.len());
    assert_eq!(looked_at(&text, 0), text);
    let some = looked_at(&text, 2_000);
    assert!(some.len() < text.len() && text[some.len()..].starts_with("\nmessage"), "{}", some.len());
    assert!(looked_at(&text, 1_000_000).len() > 4_000);
    assert_eq!(looked_at("ü\n", 1), "??\n");
}

#[test]
fn of_very_many_mistakes_the_first_are_shown_where_they_are() {
    let fields: String = (1..3_000).map(|tag| format!("  optional Missing field{tag} = {tag};\n")).collect();
    let session = session(&[("a.proto", &format!("package p;\nmessage A {{\n{fields}}}\n"))]);
    let (last, first) = session.diagnostics.split_last().expect("there are mistakes");
    assert_eq!((first.len(), &*last.message), (50, "`a.proto` has 2949 more mistakes"));
    let lines = first.iter().map(|diagnostic| session.sources.line_and_column(&diagnostic.places[0].0).0);
    assert_eq!(lines.collect::<Vec<_>>(), (3..53).collect::<Vec<_>>());
}

#[test]
fn a_package_may_have_many_parts_but_not_any_number() {
    let text = |parts: usize| format!("package {}; message A {{ optional A a = 1; }}", vec!["a"; parts].join("."));
    assert_eq!(said(&session(&[("a.proto", &text(2_000))])), "");
    let endless = session(&[("a.proto", &text(100_000))]);
    assert_eq!(endless.diagnostics.len(), 1);
    assert_eq!(endless.diagnostics[0].message, "the name of a package is too long, with 199999 bytes");
    let refused = crate::configure().text("a.proto", text(2_000)).generate(&["a.proto"]).unwrap_err().to_string();
    assert!(refused.contains("the name of a package has at most 200 bytes"), "{refused}");
}

#[test]
fn what_is_left_out_is_said_of_files_that_are_asked_for_only() {
    let extended = "package e; message B { extensions 100 to 199; } extend B { optional int32 b = 100; }";
    let texts = [("a.proto", "package p; import \"e.proto\";"), ("e.proto", extended)];
    assert_eq!(said(&session_of(&texts, &["a.proto"], |_| {})), "");
    let asked = session_of(&texts, &["a.proto", "e.proto"], |_| {});
    assert_eq!(asked.diagnostics.len(), 1);
    assert_eq!(asked.diagnostics[0].severity, Severity::Warning);
}

#[test]
fn options_are_silently_left_out() {
    let text = "import \"google/protobuf/descriptor.proto\"; package p;
        extend google.protobuf.MethodOptions { optional int32 cost = 50000; }";
    assert_eq!(said(&session(&[("a.proto", text)])), "");
}

#[test]
fn a_panic_is_a_result() {
    assert_eq!(guarded(|| 5), Some(5));
    assert_eq!(guarded(|| -> u8 { panic!("of the parser") }), None);
    assert_eq!(guarded(|| guarded(|| -> u8 { panic!("inside") })), Some(None));
}

#[test]
fn brackets_count_where_they_are_brackets() {
    let most = depth::DEPTH_MAX;
    assert_eq!(depth::too_deep(&"{".repeat(most)), None);
    assert_eq!(depth::too_deep(&"{[<{".repeat(most)), Some(most));
    assert_eq!(depth::too_deep(&"{}".repeat(most * 2)), None);
    for elsewhere in ["// {\n", "/* { */", "# {\n", "\"{\"", "'{'", "\"\\\"{\"", "'\\\\''{'"] {
        assert_eq!(depth::too_deep(&elsewhere.repeat(most * 2)), None, "{elsewhere}");
        let behind = format!("{}{}", elsewhere.repeat(3), "{".repeat(most + 1));
        assert_eq!(depth::too_deep(&behind), Some(behind.len() - 1), "{elsewhere}");
    }
    for open in ["\"", "/*", "//", "\"\\"] {
        assert_eq!(depth::too_deep(open), None, "{open}");
    }
}
