//! The inputs that are kept, tried on every target: what was found once is not found again.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rpc_fuzz_targets::{TARGETS, Target};

/// The most inputs of a target that are kept.
const FILES: usize = 200;
/// The most bytes that they have together.
const BYTES: usize = 200_000;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The entries of a folder, in order, and their names without what is behind a dot.
fn entries(folder: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(fuzz().join(folder)).unwrap_or_else(|error| panic!("fuzz/{folder}: {error}"));
    let paths = entries.map(|entry| entry.expect("a folder can be read to its end").path());
    let mut named: Vec<_> =
        paths.map(|path| (path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned(), path)).collect();
    named.sort();
    named
}

fn names(folder: &str) -> BTreeSet<String> {
    entries(folder).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_target_has_a_program_and_inputs_and_nothing_else_has() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names("bins"), targets, "programs");
    assert_eq!(names("corpus"), targets, "inputs");
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest can be read");
    let declared = manifest.lines().filter_map(|line| line.strip_prefix("path = \"bins/")?.strip_suffix(".rs\""));
    assert_eq!(declared.map(str::to_owned).collect::<BTreeSet<_>>(), targets, "programs in the manifest");
}

/// Tries all inputs of a target.
#[track_caller]
fn replay(name: &str) {
    let Target { run, .. } = TARGETS.iter().find(|target| target.name == name).expect("there is such a target");
    let inputs = entries(&format!("corpus/{name}"));
    assert!((1..=FILES).contains(&inputs.len()), "there are {} inputs, 1 to {FILES} may be", inputs.len());
    let mut total = 0;
    for (_, path) in &inputs {
        let bytes = fs::read(path).expect("an input can be read");
        total += bytes.len();
        // On its thread's output, which is shown where one fails.
        println!("{}", path.display());
        run(&bytes);
    }
    assert!(total <= BYTES, "the inputs have {total} bytes, at most {BYTES} are kept");
    // Any target takes nothing at all, and a long input.
    run(b"");
    run(&[0x5a; 10_000]);
}

macro_rules! replays {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn no_target_is_forgotten() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

replays! { frame hello decode_binary decode_json thrift idl wire_pair stream_pair hostile_caller hostile_callee server client }
