//! Which files are read, by which names.

use super::{said, session, session_of};
use crate::{frontend::protobuf::load, session::Session};

fn read(session: &Session) -> Vec<(&str, bool)> {
    session.files.iter().map(|file| (file.path.as_str(), file.asked_for)).collect()
}

fn message(name: &str) -> String {
    format!("syntax = \"proto3\"; package p; message {name} {{}}")
}

fn importing(import: &str, name: &str, of: &str) -> String {
    format!("syntax = \"proto3\"; package p; import \"{import}\"; message {name} {{ {of} of = 1; }}")
}

#[test]
fn the_folder_of_an_input_is_where_its_imports_start() {
    let texts = [("idl/a.proto", &*importing("sub/b.proto", "A", "B")), ("idl/sub/b.proto", &message("B"))];
    let session = session(&texts);
    assert_eq!(said(&session), "");
    assert_eq!(read(&session), [("idl/sub/b.proto", false), ("idl/a.proto", true)]);
}

#[test]
fn a_folder_below_that_of_another_input_is_no_start() {
    let (a, b) = (importing("sub/b.proto", "A", "B"), importing("c.proto", "B", "C"));
    let texts = [("idl/a.proto", &*a), ("idl/sub/b.proto", &b), ("idl/sub/c.proto", &message("C"))];
    let session = session_of(&texts, &["idl/a.proto", "idl/sub/b.proto"], |_| {});
    assert_eq!(session.diagnostics[0].message, "import `c.proto` is not found");
    assert_eq!(session.diagnostics[0].places[0].1, "it is not in `idl`, nor in the current directory");
}

#[test]
fn the_current_directory_is_where_imports_start_unless_something_is_included() {
    let texts = [("idl/a.proto", &*importing("common/b.proto", "A", "B")), ("common/b.proto", &message("B"))];
    assert_eq!(read(&session(&texts)), [("common/b.proto", false), ("idl/a.proto", true)]);
    let included = session_of(&texts, &["idl/a.proto"], |session| session.includes = vec!["other".into()]);
    assert_eq!(included.diagnostics[0].places[0].1, "it is not in `other`, nor in `idl`");
}

#[test]
fn includes_are_looked_in_first_and_in_their_order() {
    let b = message("B");
    let texts =
        [("idl/a.proto", &*importing("b.proto", "A", "B")), ("idl/b.proto", &b), ("x/b.proto", &b), ("y/b.proto", &b)];
    let read_with = |includes: &[&str]| {
        let includes = includes.iter().map(|include| include.into()).collect();
        session_of(&texts, &["idl/a.proto"], |session| session.includes = includes).files[0].path.clone()
    };
    assert_eq!(read_with(&[]), "idl/b.proto");
    assert_eq!(read_with(&["y", "x"]), "y/b.proto");
    assert_eq!(read_with(&["x", "y"]), "x/b.proto");
    assert_eq!(read_with(&["z"]), "idl/b.proto");
}

#[test]
fn an_input_below_an_include_starts_there_and_not_in_its_folder() {
    let (a, b) = (importing("b.proto", "A", "B"), message("B"));
    let texts = [("inc/idl/a.proto", &*a), ("inc/idl/b.proto", &b)];
    let session = session_of(&texts, &["inc/idl/a.proto"], |session| session.includes = vec!["inc".into()]);
    assert_eq!(session.diagnostics[0].places[0].1, "it is not in `inc`");
}

#[test]
fn a_file_is_read_once_by_whichever_names_it_is_imported() {
    let (a, b) = (importing("b.proto", "A", "C"), importing("idl/c.proto", "B", "C"));
    let a = a.replace("import", "import \"c.proto\"; import");
    let texts = [("idl/a.proto", &*a), ("idl/b.proto", &b), ("idl/c.proto", &message("C"))];
    let session = session_of(&texts, &["idl/a.proto", "idl/c.proto"], |_| {});
    assert_eq!(said(&session), "");
    assert_eq!(read(&session), [("idl/c.proto", true), ("idl/b.proto", false), ("idl/a.proto", true)]);
}

#[test]
fn an_input_that_is_named_twice_is_read_once() {
    let text = message("A");
    let session = session_of(&[("a.proto", &text)], &["a.proto", "./a.proto", "x/../a.proto"], |_| {});
    assert_eq!(said(&session), "");
    assert_eq!(read(&session), [("a.proto", true)]);
}

#[test]
fn files_of_one_name_in_two_folders_are_two_files() {
    let (a, b) = (importing("x.proto", "A", "X1"), message("X1"));
    let texts = [("one/a.proto", &*a), ("one/x.proto", &b), ("two/x.proto", &message("X2"))];
    let include = |session: &mut Session| session.includes = vec!["one".into()];
    let session = session_of(&texts, &["one/a.proto", "two/x.proto"], include);
    assert_eq!(said(&session), "");
    assert_eq!(read(&session), [("one/x.proto", false), ("one/a.proto", true), ("two/x.proto", true)]);
}

#[test]
fn an_import_that_lies_beside_two_inputs_is_neither_unless_one_is_included() {
    let (a, b) = (importing("c.proto", "A", "C"), importing("c.proto", "B", "C"));
    let c = message("C");
    let texts = [("x/a.proto", &*a), ("y/b.proto", &b), ("x/c.proto", &c), ("y/c.proto", &c)];
    for inputs in [["x/a.proto", "y/b.proto"], ["y/b.proto", "x/a.proto"]] {
        let wrong = session_of(&texts, &inputs, |_| {});
        assert_eq!(wrong.diagnostics.len(), 2, "{}", said(&wrong));
        for diagnostic in &wrong.diagnostics {
            assert_eq!(diagnostic.message, "import `c.proto` may be `x/c.proto` or `y/c.proto`");
        }
        let right = session_of(&texts, &inputs, |session| session.includes = vec!["y".into()]);
        assert_eq!(said(&right), "");
        assert_eq!(right.files[0].path, "y/c.proto");
    }
    assert_eq!(said(&session(&texts)), "", "one alone has what lies beside it");
}

#[test]
fn a_file_of_the_current_directory_is_no_rival() {
    let (a, c) = (importing("c.proto", "A", "C"), message("C"));
    let session = session(&[("x/a.proto", &a), ("x/c.proto", &c), ("c.proto", &c)]);
    assert_eq!(said(&session), "");
    assert_eq!(session.files[0].path, "x/c.proto");
}

#[cfg(unix)]
#[test]
fn a_file_that_links_lead_to_is_read_once() {
    let folder = std::env::temp_dir().join(format!("rpc-codegen-links-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("p")).unwrap();
    std::fs::write(folder.join("p/a.proto"), importing("k.proto", "A", "K")).unwrap();
    std::fs::write(folder.join("p/k.proto"), message("K")).unwrap();
    std::os::unix::fs::symlink("p", folder.join("link")).unwrap();
    let mut session = Session::default();
    load(&["p/a.proto", "link/k.proto", "p/k.proto"].map(|path| folder.join(path)), &mut session);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(said(&session), "");
    let paths = ["link/k.proto", "p/a.proto"].map(|path| folder.join(path).display().to_string());
    assert_eq!(read(&session), [(&*paths[0], true), (&*paths[1], true)]);
}

#[test]
fn names_come_through_public_imports_and_no_others() {
    let (b, c) = (importing("c.proto", "B", "C"), message("C"));
    let texts = |b| [("a.proto", importing("b.proto", "A", "C")), ("b.proto", b), ("c.proto", c.clone())];
    let session_with = |b: String| {
        let texts = texts(b);
        session(&texts.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
    };
    assert_eq!(said(&session_with(b.replace("import", "import public"))), "");
    let wrong = session_with(b);
    assert_eq!(wrong.diagnostics[0].message, "name 'p.C' is not defined");
    let help = "'p.C' is defined in 'c.proto', which is not imported by 'a.proto'";
    assert_eq!(wrong.diagnostics[0].help.as_deref(), Some(help));
}

#[test]
fn names_come_through_any_number_of_public_imports() {
    let through = |import: &str| format!("import public \"{import}\";");
    let (a, b, c) = (importing("b.proto", "A", "D"), through("c.proto"), through("d.proto"));
    let texts = [("a.proto", &*a), ("b.proto", &*b), ("c.proto", &*c), ("d.proto", &message("D"))];
    assert_eq!(said(&session(&texts)), "");
}

/// Files `f0.proto` and so on, each of which publicly imports others; the first takes a message of the last.
fn public(imports: &[Vec<usize>]) -> Session {
    let text = |(index, others): (usize, &Vec<usize>)| {
        let import = |other: &usize| format!("import public \"f{other}.proto\";");
        let imports: String = others.iter().map(import).collect();
        format!("package p; {imports} message M{index} {{}}")
    };
    let mut texts: Vec<String> = imports.iter().enumerate().map(text).collect();
    texts[0] += &format!("message A {{ optional M{} m = 1; }}", imports.len() - 1);
    let paths: Vec<String> = (0..imports.len()).map(|index| format!("f{index}.proto")).collect();
    session(&paths.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect::<Vec<_>>())
}

/// One imports the next, as many times as this.
fn row(length: usize) -> Vec<Vec<usize>> {
    (1..=length).map(|next| vec![next]).chain([Vec::new()]).collect()
}

#[test]
fn public_imports_lead_on_to_a_limit() {
    assert_eq!(said(&public(&row(128))), "");
    let too_long = public(&row(400));
    let [diagnostic] = &too_long.diagnostics[..] else { panic!("{}", said(&too_long)) };
    assert_eq!(diagnostic.message, "public imports lead on for more than 128 files");
    assert_eq!(too_long.sources.path(diagnostic.places[0].0.source).to_str(), Some("f271.proto"));
}

#[test]
fn public_imports_may_lead_to_a_file_in_more_ways_than_can_be_gone() {
    let (a, b) = (|level: usize| 2 * level + 1, |level: usize| 2 * level + 2);
    let levels = (0..50).flat_map(|level| vec![vec![a(level), b(level)]; if level == 0 { 1 } else { 2 }]);
    let last = [vec![101], vec![101], Vec::new()];
    assert_eq!(said(&public(&levels.chain(last).collect::<Vec<_>>())), "");
}

#[test]
fn googles_files_are_built_in_unless_they_are_asked_for() {
    let import = importing("google/protobuf/field_mask.proto", "A", "google.protobuf.FieldMask");
    let own = "syntax = \"proto3\"; package google.protobuf; message FieldMask { repeated string paths = 1; }";
    let texts = [("a.proto", &*import), ("google/protobuf/field_mask.proto", own)];
    assert_eq!(read(&session(&texts)), [("google/protobuf/field_mask.proto", false), ("a.proto", true)]);
    assert!(session(&texts).sources.paths().len() == 1, "the own one is not read");
    let asked = session_of(&texts, &["a.proto", "google/protobuf/field_mask.proto"], |_| {});
    assert_eq!(said(&asked), "");
    assert_eq!(read(&asked), [("google/protobuf/field_mask.proto", true), ("a.proto", true)]);
    assert_eq!(asked.sources.paths().len(), 2);
}

#[test]
fn googles_files_that_are_asked_for_stand_in_wherever_they_lie() {
    let import = importing("google/protobuf/field_mask.proto", "A", "google.protobuf.FieldMask");
    let own = "syntax = \"proto3\"; package google.protobuf; message FieldMask { repeated string paths = 1; }";
    let texts = [("a.proto", &*import), ("vendor/google/protobuf/field_mask.proto", own)];
    let asked = session_of(&texts, &texts.map(|(path, _)| path), |_| {});
    assert_eq!(said(&asked), "");
    assert_eq!(read(&asked), [("vendor/google/protobuf/field_mask.proto", true), ("a.proto", true)]);
}

#[test]
fn an_import_does_not_lead_out_of_the_folders() {
    let texts = |import: &str| importing(import, "A", "B");
    for import in ["/b.proto", "../b.proto", "./b.proto"] {
        let text = texts(import);
        let session = session(&[("idl/a.proto", &text), ("/b.proto", &message("B")), ("b.proto", &message("B"))]);
        assert!(session.has_errors(), "{import}");
        assert_eq!(session.sources.paths().len(), 1, "{import}");
    }
}

#[test]
fn a_long_chain_of_imports_is_followed_to_its_end() {
    let chain: Vec<(String, String)> = (0..2000)
        .map(|index| {
            (format!("f{index}.proto"), format!("package p; import \"f{}.proto\"; message M{index} {{}}", index + 1))
        })
        .chain([("f2000.proto".to_owned(), "package p;".to_owned())])
        .collect();
    let texts: Vec<(&str, &str)> = chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let session = session(&texts);
    assert_eq!(said(&session), "");
    assert_eq!(session.files.len(), 2001);
    assert_eq!(session.files[0].path, "f2000.proto");
}
