//! The command line, as processes: what it writes, what it says, and how it ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use rpc_codegen::configure;

const GREETER: &str =
    "struct Greeting { 1: required string text }\nservice Greeter { Greeting greet(1: string name) }\n";

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rpc-codegen-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// Runs the command here: how it ends, what it prints, what it says.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpc-codegen"));
        let command = command.args(arguments).current_dir(&self.0).env_remove("NO_COLOR").stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_for_each_package_is_written_and_one_that_has_them_all() {
    let folder = Folder::with(&[("idl/greeter.thrift", GREETER)]);
    let (code, out, said) = folder.run(&["generate", "idl", "--out", "src/generated"]);
    assert_eq!((code, &*out, &*said), (0, "", "2 files in src/generated, 2 changed\n"));
    assert_eq!(folder.names("src/generated"), ["greeter.rs", "mod.rs"]);
    assert!(folder.read("src/generated/greeter.rs").contains("pub trait Greeter {"));
    assert!(folder.read("src/generated/mod.rs").contains("include!(\"greeter.rs\");"));
}

#[test]
fn the_library_writes_the_same() {
    let folder = Folder::with(&[("greeter.thrift", GREETER)]);
    assert_eq!(folder.run(&["generate", "greeter.thrift", "--out", "out"]).0, 0);
    let generated = configure().text("greeter.thrift", GREETER).generate(&["greeter.thrift"]).unwrap();
    for (name, text) in generated.files() {
        assert_eq!(*text, folder.read(&format!("out/{name}")), "{name}");
    }
    assert_eq!(generated.differences(&folder.0.join("out")).unwrap(), []);
}

#[test]
fn what_has_not_changed_is_not_touched() {
    let folder = Folder::with(&[("greeter.thrift", GREETER)]);
    let arguments = ["generate", "greeter.thrift", "--out", "out"];
    folder.run(&arguments);
    let written = |name: &str| fs::metadata(folder.0.join("out").join(name)).unwrap().modified().unwrap();
    let before = written("greeter.rs");
    assert_eq!(folder.run(&arguments).2, "2 files in out, none changed\n");
    assert_eq!(written("greeter.rs"), before);
}

#[test]
fn what_an_earlier_run_left_is_removed_and_nothing_else() {
    let folder = Folder::with(&[("greeter.thrift", GREETER), ("out/mine.rs", "// mine\n"), ("out/notes.txt", "mine")]);
    folder.run(&["generate", "greeter.thrift", "--out", "out"]);
    fs::rename(folder.0.join("greeter.thrift"), folder.0.join("polite.thrift")).unwrap();
    let (code, _, said) = folder.run(&["generate", "polite.thrift", "--out", "out", "--check"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("greeter.rs would not be generated any more\n"), "{said}");
    let (code, _, said) = folder.run(&["generate", "polite.thrift", "--out", "out"]);
    assert_eq!((code, &*said), (0, "2 files in out, 2 changed, 1 removed\n"));
    assert_eq!(folder.names("out"), ["mine.rs", "mod.rs", "notes.txt", "polite.rs"]);
}

#[test]
fn a_check_writes_nothing_and_says_what_is_different() {
    let folder = Folder::with(&[("greeter.thrift", GREETER)]);
    let check = ["generate", "greeter.thrift", "--out", "out", "--check"];
    let (code, out, said) = folder.run(&check);
    assert_eq!((code, &*out), (3, ""));
    assert_eq!(
        said,
        "out/greeter.rs is missing\nout/mod.rs is missing\nthe same command without --check brings them up to date\n"
    );
    assert!(!folder.0.join("out").exists());
    folder.run(&check[..4]);
    assert_eq!(folder.run(&check), (0, String::new(), "2 files in out, all up to date\n".to_owned()));
    folder.write("out/greeter.rs", "// changed by hand\n");
    let (code, _, said) = folder.run(&check);
    assert!(code == 3 && said.contains("out/greeter.rs is not what would be generated\n"), "{said}");
    assert_eq!(folder.read("out/greeter.rs"), "// changed by hand\n");
}

#[test]
fn several_mistakes_are_shown_at_once_and_nothing_is_written() {
    let folder = Folder::with(&[
        ("idl/a.thrift", "struct A {\n    1: Missing b\n}\n\nstruct A { }\n"),
        ("idl/b.proto", "syntax = \"proto3\";\nmessage B { Nothing b = 1; }\n"),
    ]);
    let (code, out, said) = folder.run(&["generate", "idl", "--out", "out"]);
    assert_eq!((code, &*out), (1, ""));
    for part in ["idl/a.thrift:2:8", "idl/a.thrift:5:8", "idl/b.proto:2:13", "nothing was generated: 3 mistakes\n"] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(said.contains('^') && !said.contains('\u{1b}'), "{said}");
    assert!(!folder.0.join("out").exists());
}

#[test]
fn colours_are_for_terminals_and_for_who_asks_for_them() {
    let folder = Folder::with(&[("a.thrift", "struct {}")]);
    let colours = |arguments: &[&str]| folder.run(arguments).2.contains('\u{1b}');
    assert!(!colours(&["show", "a.thrift"]));
    assert!(colours(&["show", "a.thrift", "--color", "always"]));
    assert!(!colours(&["show", "a.thrift", "--color", "never"]));
    assert!(colours(&["frob", "--color=always"]) && !colours(&["frob"]));
}

#[test]
fn what_is_shown_goes_to_standard_output() {
    let folder = Folder::with(&[("greeter.thrift", GREETER)]);
    let (code, out, said) = folder.run(&["show", "greeter.thrift"]);
    assert_eq!((code, &*said), (0, ""));
    assert!(out.starts_with("// greeter.rs\n") && out.contains("// mod.rs\n"), "{out}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    for name in ["missing.thrift", "missing.proto"] {
        let (code, _, said) = folder.run(&["show", name]);
        assert!(code == 1 && said.contains(name), "{said}");
    }
    let (code, _, said) = folder.run(&["show", "a.txt"]);
    assert!(code == 1 && said.contains("`.proto` or `.thrift`"), "{said}");
    let (code, _, said) = folder.run(&["show", "."]);
    assert!(code == 1 && said.contains("there is no IDL file in the folder `.`"), "{said}");
}

#[test]
fn a_command_line_that_is_wrong_ends_with_2() {
    let folder = Folder::new();
    for arguments in [&["generate"][..], &["generate", "a.thrift"], &["show", "a.thrift", "--external", "x"], &["frob"]]
    {
        let (code, out, said) = folder.run(arguments);
        assert_eq!((code, &*out), (2, ""), "{arguments:?}");
        assert!(said.starts_with("error: "), "{said}");
    }
}

#[test]
fn help_has_examples_and_says_how_a_run_can_end() {
    let folder = Folder::new();
    for arguments in [&["--help"][..], &["generate", "--help"], &["show", "--help"], &["completions", "--help"]] {
        let (code, out, _) = folder.run(arguments);
        assert_eq!(code, 0);
        assert!(out.contains("Examples:\n  rpc-codegen "), "{out}");
        assert!(arguments[0] == "completions" || out.contains("Exit codes:\n  0  "), "{out}");
    }
    assert_eq!(folder.run(&["--version"]).1, concat!("rpc-codegen ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_shell_gets_its_completions() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, out, said) = folder.run(&["completions", shell]);
        assert_eq!((code, &*said), (0, ""), "{shell}");
        assert!(out.contains("rpc-codegen") && out.contains("--check") | out.contains("check"), "{shell}: {out}");
    }
}

#[test]
fn imports_start_from_a_folder_that_is_named() {
    let b = "syntax = \"proto3\";\npackage b;\nimport \"deep/down/a.proto\";\nmessage B { a.A a = 1; }\n";
    let folder = Folder::with(&[
        ("idl/deep/down/a.proto", "syntax = \"proto3\";\npackage a;\nmessage A {}\n"),
        ("idl/deep/b.proto", b),
    ]);
    assert_eq!(
        folder.run(&["generate", "idl", "--out", "out"]),
        (0, String::new(), "3 files in out, 3 changed\n".into())
    );
}

#[test]
fn a_package_can_have_its_code_elsewhere() {
    let folder = Folder::with(&[
        ("idl/money.thrift", "namespace rs shared.money\nstruct Money { 1: i64 units }\n"),
        ("idl/bank.thrift", "include \"money.thrift\"\nstruct Account { 1: money.Money balance }\n"),
    ]);
    let arguments = ["generate", "idl/bank.thrift", "--out", "out", "--external", "shared=::shared_types"];
    assert_eq!(folder.run(&arguments).0, 0);
    assert_eq!(folder.names("out"), ["bank.rs", "mod.rs"]);
    assert!(folder.read("out/bank.rs").contains("pub balance: ::shared_types::money::Money,"));
    let wrong = ["generate", "idl/bank.thrift", "--out", "out", "--external", "shared=not a path"];
    let (code, _, said) = folder.run(&wrong);
    assert!(code == 1 && said.contains("which is no path"), "{said}");
}

#[test]
fn a_check_holds_wherever_it_is_run_and_however_lines_end() {
    let proto = "syntax = \"proto3\";\npackage p;\nmessage A {}\n";
    let folder = Folder::with(&[("a/idl/p.proto", proto), ("a/idl/t.thrift", "struct T {}\n"), ("a/b/c", "")]);
    assert_eq!(folder.run(&["generate", "a/idl", "--out", "out"]).0, 0);
    for path in ["./a/idl", "a/../a/idl", "a/b/../idl/"] {
        let (code, _, said) = folder.run(&["generate", path, "--out", "out", "--check"]);
        assert_eq!(code, 0, "{path}: {said}");
    }
    let checked_out = folder.read("out/t.rs").replace('\n', "\r\n");
    folder.write("out/t.rs", &checked_out);
    assert_eq!(folder.run(&["generate", "a/idl", "--out", "out", "--check"]).0, 0);
}

#[test]
fn only_what_was_generated_is_removed() {
    let folder = Folder::with(&[
        ("a.thrift", "struct A {}"),
        ("out/theirs.rs", "// @generated by rpc-codegen-extra\n"),
        ("out/folder.rs/file", ""),
    ]);
    let (code, _, said) = folder.run(&["generate", "a.thrift", "--out", "out"]);
    assert_eq!((code, &*said), (0, "2 files in out, 2 changed\n"));
    assert_eq!(folder.names("out"), ["a.rs", "folder.rs", "mod.rs", "theirs.rs"]);
}

#[cfg(unix)]
#[test]
fn folders_that_are_linked_to_themselves_are_gone_through_once() {
    let folder = Folder::with(&[("idl/a.thrift", "struct A {}"), ("idl/deep/b.thrift", "struct B {}")]);
    for (name, target) in [("idl/x", "."), ("idl/y", "."), ("idl/deep/up", "..")] {
        std::os::unix::fs::symlink(target, folder.0.join(name)).unwrap();
    }
    assert_eq!(folder.run(&["generate", "idl", "--out", "out"]).2, "3 files in out, 3 changed\n");
}

#[test]
fn a_folder_of_imports_that_is_not_there_is_named() {
    let folder = Folder::with(&[("a.thrift", "struct A {}")]);
    let (code, _, said) = folder.run(&["show", "a.thrift", "--include", "nowhere"]);
    assert!(code == 1 && said.contains("`nowhere`, in which imports are to be looked for, is no folder"), "{said}");
}

#[test]
fn an_import_is_found_from_the_folder_of_any_file_that_is_named() {
    let folder =
        Folder::with(&[("a/x.thrift", "include \"y.thrift\"\nstruct X { 1: y.Y y }"), ("b/y.thrift", "struct Y {}")]);
    assert_eq!(folder.run(&["generate", "a/x.thrift", "b/y.thrift", "--out", "out"]).0, 0);
    let (code, _, said) = folder.run(&["show", "a/x.thrift"]);
    assert!(code == 1 && said.contains("cannot find `y.thrift`"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::with(&[("greeter.thrift", GREETER), ("file", "")]);
    let (code, _, said) = folder.run(&["generate", "greeter.thrift", "--out", "file/out"]);
    assert!(code == 1 && said.contains("cannot ") && said.contains("file/out"), "{said}");
    assert!(Path::new(&folder.0).join("file").is_file());
}
