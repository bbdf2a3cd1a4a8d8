//! What becomes of each file of the corpus, kept beside it: `GOLDEN=overwrite cargo test -p rpc-codegen` writes it anew.
//!
//! Every construct of both languages has a file that is called after it; that what comes of them compiles and works is
//! tested where it is compiled, in `tests/idl`.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use rpc_codegen::{Configure, configure};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The files of one language, those in folders within apart, which others import.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// What is generated from a file, as `rpc-codegen show` prints it, and what was said.
fn shown(corpus: &Path, file: &Path) -> String {
    let generated = configure().include(corpus).generate(&[file]).unwrap_or_else(|error| panic!("{error}"));
    let root = folder("corpus").display().to_string() + "/";
    let said = generated
        .warnings(false)
        .into_iter()
        .flat_map(|warning| warning.lines().map(|line| format!("// {line}").trim_end().to_owned()).collect::<Vec<_>>());
    let said: Vec<String> = said.collect();
    let said = if said.is_empty() { String::new() } else { said.join("\n") + "\n\n" };
    // Of one package the file of modules is always the same.
    let several = generated.files().len() > 2;
    let files = generated.files().iter().filter(|(name, _)| several || *name != "mod.rs");
    let files = files.map(|(name, text)| format!("// {name}\n{text}"));
    (said + &files.collect::<Vec<_>>().join("\n")).replace(&root, "")
}

#[test]
fn every_file_of_the_corpus_becomes_what_is_kept_of_it() {
    let overwrite = env::var("GOLDEN").is_ok_and(|value| value == "overwrite");
    let mut different = Vec::new();
    for language in ["proto", "thrift"] {
        let (corpus, generated) = (folder("corpus").join(language), folder("generated").join(language));
        let files = files(&corpus);
        assert!(files.len() >= 20, "{} files in {}", files.len(), corpus.display());
        if overwrite {
            let _ = fs::remove_dir_all(&generated);
            fs::create_dir_all(&generated).unwrap();
        }
        for file in &files {
            let kept = generated.join(stem(file) + ".rs");
            let shown = shown(&corpus, file);
            if overwrite {
                fs::write(&kept, &shown).unwrap();
            } else if fs::read_to_string(&kept).ok().as_ref() != Some(&shown) {
                different.push(format!("{}:\n{shown}", kept.display()));
            }
        }
        let (names, kept): (BTreeSet<_>, BTreeSet<_>) = (
            files.iter().map(|path| stem(path)).collect(),
            self::files(&generated).iter().map(|path| stem(path)).collect(),
        );
        assert_eq!(names, kept, "files and what is kept of them");
    }
    let first = different.first().map_or("", String::as_str);
    assert!(different.is_empty(), "{} files are different; the first:\n{first}", different.len());
}

/// Other people's files, of `RPC_IDL_CORPUS`: folders, separated as in `PATH`. Each must be read, and become Rust. Imports are
/// looked for in all folders from that of the file up to that of the corpus, and in those of `RPC_IDL_INCLUDE`.
#[test]
fn files_of_others_become_rust() {
    let Some(folders) = env::var_os("RPC_IDL_CORPUS") else { return };
    let includes: Vec<PathBuf> =
        env::var_os("RPC_IDL_INCLUDE").map(|folders| env::split_paths(&folders).collect()).unwrap_or_default();
    let includes: Vec<PathBuf> = includes.into_iter().filter(|folder| !folder.as_os_str().is_empty()).collect();
    let mut failed = Vec::new();
    let mut read = 0;
    for folder in env::split_paths(&folders) {
        let files = below(&folder);
        assert!(!files.is_empty(), "there is no IDL file in {}", folder.display());
        for file in files {
            let above = file.ancestors().skip(1).take_while(|path| path.starts_with(&folder));
            let folders = above.map(Path::to_owned).chain(includes.clone());
            let configure = folders.fold(configure(), Configure::include);
            read += 1;
            match configure.generate(&[&file]) {
                Ok(generated) => {
                    for (name, text) in generated.files() {
                        syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {name}: {error}", file.display()));
                    }
                }
                Err(error) => failed.push(format!("{}\n{error}", file.display())),
            }
        }
    }
    println!("{read} files were read, {} are wrong", failed.len());
    assert!(failed.is_empty(), "{} of {read}:\n\n{}", failed.len(), failed.join("\n\n"));
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|extension| extension == "proto" || extension == "thrift") {
            found.push(path);
        }
    }
    found.sort();
    found
}
