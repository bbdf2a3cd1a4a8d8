//! What comes of a run: files, or what was wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
};

use crate::{
    diagnostics::{Diagnostic, Severity},
    render::MARK,
    session::Session,
    source::Sources,
};

/// The files that were generated, not yet written.
#[derive(Debug)]
pub struct Generated {
    files: BTreeMap<String, String>,
    sources: Sources,
    warnings: Vec<Diagnostic>,
}

/// How a folder differs from what would be written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// There is no such file.
    Missing(PathBuf),
    /// The file has another content.
    Changed(PathBuf),
    /// An earlier run has written it, and this would not.
    Stale(PathBuf),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{} is missing", path.display()),
            Self::Changed(path) => write!(f, "{} is not what would be generated", path.display()),
            Self::Stale(path) => write!(f, "{} would not be generated any more", path.display()),
        }
    }
}

impl Generated {
    pub(crate) fn new(files: BTreeMap<String, String>, session: Session) -> Self {
        Self { files, sources: session.sources, warnings: session.diagnostics }
    }

    /// The texts of the files, by their names: `mod.rs`, which declares the modules, and one for each package.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// What was left out, and why: each a text of several lines, with or without colours for a terminal.
    #[must_use]
    pub fn warnings(&self, colours: bool) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.render(&self.sources, colours)).collect()
    }

    /// All files that were read, those that others import included.
    #[must_use]
    pub fn read(&self) -> BTreeSet<PathBuf> {
        self.sources.paths()
    }

    /// Writes the files into a folder, which is made if there is none. A file that is the same is not touched, and one that
    /// an earlier run has written is removed where this has no such file.
    ///
    /// # Errors
    /// If a file cannot be written. Those before it are.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let failed =
            |path: &Path, error: io::Error| Error::plain(format!("cannot write `{}`: {error}", path.display()));
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        for difference in self.differences(folder)? {
            match difference {
                Difference::Stale(path) => fs::remove_file(&path).map_err(|error| failed(&path, error))?,
                Difference::Missing(path) | Difference::Changed(path) => {
                    let name = path.file_name().and_then(|name| name.to_str()).expect("the names are ours");
                    fs::write(&path, &self.files[name]).map_err(|error| failed(&path, error))?;
                }
            }
        }
        Ok(())
    }

    /// How a folder differs from what [`write`](Self::write) would make of it. A folder that is not there has no files.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn differences(&self, folder: &Path) -> Result<Vec<Difference>, Error> {
        let failed =
            |path: &Path, error: &io::Error| Error::plain(format!("cannot read `{}`: {error}", path.display()));
        if folder.exists() && !folder.is_dir() {
            return Err(Error::plain(format!("`{}`, which is to be written to, is no folder", folder.display())));
        }
        let mut differences = Vec::new();
        for (name, text) in &self.files {
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(there) if is_same(&there, text) => {}
                Ok(_) => differences.push(Difference::Changed(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => differences.push(Difference::Missing(path)),
                Err(error) => return Err(failed(&path, &error)),
            }
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>().map_err(|error| failed(folder, &error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(folder, &error)),
        };
        let mut stale: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        stale.retain(|path| self.is_stale(path));
        stale.sort();
        differences.extend(stale.into_iter().map(Difference::Stale));
        Ok(differences)
    }

    /// Whether a file is ours by its first line, and there is none of its name now.
    fn is_stale(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        let is_ours = |text: Vec<u8>| {
            let rest = text.strip_prefix(MARK.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b" from ") || rest.starts_with(b": "))
        };
        path.extension().is_some_and(|extension| extension == "rs")
            && name.is_some_and(|name| !self.files.contains_key(name))
            && fs::symlink_metadata(path).is_ok_and(|it| it.is_file())
            && fs::read(path).is_ok_and(is_ours)
    }
}

/// Whether a file is what would be written, be its lines ended as they are where it was checked out.
fn is_same(there: &[u8], text: &str) -> bool {
    there == text.as_bytes()
        || there.contains(&b'\r') && there.iter().filter(|byte| **byte != b'\r').eq(text.as_bytes())
}

/// Why nothing was generated: everything that was found, ready to be shown.
pub struct Error(Box<Found>);

/// What is shown of it, and the texts that it is about.
struct Found {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

impl Error {
    pub(crate) fn of(session: Session) -> Self {
        Self(Box::new(Found { sources: session.sources, diagnostics: session.diagnostics }))
    }

    pub(crate) fn plain(message: String) -> Self {
        let diagnostics = vec![Diagnostic::new(Severity::Error, None, message)];
        Self(Box::new(Found { sources: Sources::default(), diagnostics }))
    }

    pub(crate) fn without_folder() -> Self {
        let mut error = Self::plain("there is no folder to write to".to_owned());
        error.0.diagnostics[0].help("set `out_dir`; only in a build script there is `OUT_DIR` instead");
        error
    }

    /// What was found, warnings too: each a text of several lines, with or without colours for a terminal.
    #[must_use]
    pub fn reports(&self, colours: bool) -> Vec<String> {
        self.0.diagnostics.iter().map(|diagnostic| diagnostic.render(&self.0.sources, colours)).collect()
    }

    /// How many mistakes there are, without warnings.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.0.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reports(false).join("\n\n"))
    }
}

/// As [`Display`](fmt::Display), so that a build script that returns or unwraps it shows what there is to be seen.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Error {}
