//! Generates code from the IDL files of this package, from some of them as other settings want it, for packages with names
//! that are hard to have, and from each file of the corpus of `rpc-codegen` by itself: two of them may declare the same.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

const CORPUS: &str = "../../rpc-codegen/tests/corpus";
/// Called as crates, keywords, types and other packages are, and within each other.
const PACKAGES: [&str; 24] = [
    "alloc",
    "async.type.move.self",
    "bool",
    "core",
    "crate",
    "i32.bool.f64",
    "mod",
    "outer",
    "outer.inner",
    "outer.inner.outer",
    "outer.serde",
    "outer.std.collections",
    "outer.thing",
    "outer.u64",
    "outer.things",
    "rpc_core.service",
    "scalars.string",
    "serde",
    "std",
    "str.u8",
    "super",
    "thiserror",
    "tokio",
    "values.b_tree_map",
];

fn main() -> Result<(), Box<dyn Error>> {
    rpc_codegen::configure().compile(&["idl"])?;
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let run = || rpc_codegen::configure().include("idl");
    let shapes = run().well_known_as_messages().generate(&["idl/hard/shapes.proto"])?;
    shapes.write(&out_dir.join("well_known_as_messages"))?;
    let elsewhere = run().external("parts", "crate::parts");
    let everything = elsewhere.generate(&["idl/everything.proto", "idl/everything.thrift"])?;
    everything.write(&out_dir.join("external"))?;
    packages(&out_dir.join("packages"))?;
    let mut modules = String::new();
    for language in ["proto", "thrift"] {
        let of_language = corpus(language, &out_dir)?;
        writeln!(modules, "/// From `.{language}` files.\npub mod {language} {{\n{of_language}}}")?;
    }
    Ok(fs::write(out_dir.join("corpus.rs"), modules)?)
}

/// The same file in many packages, each of which uses what another has.
fn packages(out_dir: &Path) -> Result<(), rpc_codegen::Error> {
    let template = include_str!("packages.proto");
    let file = |package: &str| format!("{package}.proto");
    let others = PACKAGES.iter().cycle().skip(1);
    let files = PACKAGES.iter().zip(others).map(|(package, other)| {
        // Imports make no circle.
        let other = if *other == PACKAGES[0] { "end" } else { other };
        (file(package), template.replace("PACKAGE", package).replace("OTHER", other))
    });
    let end = (file("end"), "syntax = \"proto3\"; package end; message Thing {}".to_owned());
    let files: Vec<(String, String)> = files.chain([end]).collect();
    let texts = files.iter().fold(rpc_codegen::configure(), |run, (path, text)| run.text(path, text));
    let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
    texts.generate(&paths)?.write(out_dir)
}

/// A module for each file of the corpus that is in one language.
fn corpus(language: &str, out_dir: &Path) -> Result<String, Box<dyn Error>> {
    let folder = Path::new(CORPUS).join(language);
    let mut modules = String::new();
    for file in files(&folder)? {
        let name = file.file_stem().and_then(|name| name.to_str()).ok_or("a name is text")?;
        let out_dir = out_dir.join("corpus").join(language).join(name);
        // Not `compile`: what is left out of some of them is meant to be, and nobody is to be warned of it.
        rpc_codegen::configure().include(&folder).generate(&[&file])?.write(&out_dir)?;
        let module = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let root = out_dir.join("mod.rs");
        writeln!(modules, "    /// `{name}`\n    pub mod of_{module} {{\n        include!({root:?});\n    }}")?;
    }
    Ok(modules)
}

/// The files in a folder; those in folders within are imports of theirs, or mistakes.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    if files.is_empty() { Err(format!("there is no file in {}", folder.display()).into()) } else { Ok(files) }
}
