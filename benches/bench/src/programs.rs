//! Builds the programs that are measured. Knows how, not what they do.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::subject::{Group, MARKED, Subject};

/// A way to build a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// As users build it.
    Plain,
    /// With heap allocations counted.
    Counted,
    /// With the marks of the steps.
    Steps,
}

/// The folder of the benches, where this program's source is.
pub(crate) fn benches() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").and_then(|named| std::path::absolute(named).ok());
    named.unwrap_or_else(|| benches().join("target"))
}

/// Builds the programs of some subjects and gives the folder that they are in.
pub(crate) fn build(subjects: &[&Subject], build: Build) -> Result<PathBuf, Box<dyn Error>> {
    let (benches, target) = (benches(), target());
    let (name, feature) = match build {
        Build::Plain => ("plain", None),
        Build::Counted => ("counted", Some("counted")),
        Build::Steps => ("steps", Some("steps")),
    };
    let folder = target.join("programs").join(name);
    fs::create_dir_all(&folder)?;
    let (peers, others): (Vec<&Subject>, Vec<&Subject>) =
        subjects.iter().copied().partition(|subject| subject.group == Group::Peer);
    let named = |subjects: &[&Subject]| subjects.iter().map(|subject| subject.program).collect();
    let wanted = match build {
        Build::Steps => vec![(benches, vec![MARKED.program])],
        _ => vec![(benches.join("peers"), named(&peers)), (benches, named(&others))],
    };
    for (workspace, mut programs) in wanted {
        programs.dedup();
        if programs.is_empty() {
            continue;
        }
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked", "--workspace"]).current_dir(&workspace);
        cargo.arg("--target-dir").arg(&target);
        cargo.args(programs.iter().flat_map(|program| ["--bin", program]));
        if let Some(feature) = feature {
            cargo.args(["--features", feature]);
        }
        if !cargo.status()?.success() {
            return Err(format!("{} did not build", programs.join(", ")).into());
        }
        for program in programs {
            // The other way to build would take its place.
            fs::copy(target.join("release").join(program), folder.join(program))?;
        }
    }
    Ok(folder)
}
