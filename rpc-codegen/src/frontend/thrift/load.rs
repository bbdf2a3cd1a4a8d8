//! From paths to documents: every file is read once, those that it includes before it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    ast::{Document, Name},
    parse::parse,
    report::Report,
};
use crate::{
    roots::Roots,
    session::Session,
    source::{Place, SourceId, unreadable},
};

/// How long a chain of files may be that include each other.
const CHAIN_MAX: usize = 128;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) source: SourceId,
    pub(super) path: PathBuf,
    pub(super) asked_for: bool,
    pub(super) document: Document,
    /// What others are called here, and which they are, in the order of the file: several where their names differ in the
    /// folder alone.
    pub(super) includes: BTreeMap<String, Vec<usize>>,
}

/// The files that were read, those that are included first, and what is wrong with each.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) units: Vec<Unit>,
    pub(super) reports: Vec<Report>,
}

/// Reads files and what they include.
pub(super) fn read(paths: &[PathBuf], session: &mut Session) -> Loaded {
    let roots = Roots::new(&session.includes, &session.folders, paths);
    let mut loader = Loader { session, roots, loaded: Loaded::default(), known: HashMap::new(), chain: Vec::new() };
    for path in paths {
        let path = plain(path);
        match loader.session.sources.open(&path) {
            Ok(source) => {
                let index = loader.unit(source);
                loader.loaded.units[index].asked_for = true;
            }
            Err(error) => {
                let message = format!("cannot read `{}`: {}", path.display(), unreadable(&error));
                loader.session.error(None, message);
            }
        }
    }
    loader.loaded
}

struct Loader<'s> {
    session: &'s mut Session,
    roots: Roots,
    loaded: Loaded,
    known: HashMap<SourceId, usize>,
    /// The files that are being read, each with where it includes the next.
    chain: Vec<(SourceId, Option<Place>)>,
}

impl Loader<'_> {
    /// The index of a file, which is read if it is not known.
    fn unit(&mut self, source: SourceId) -> usize {
        if let Some(index) = self.known.get(&source) {
            return *index;
        }
        let mut report = Report::new(source);
        let document = parse(self.session.sources.text(source), &mut report);
        self.chain.push((source, None));
        let mut includes = BTreeMap::<String, Vec<usize>>::new();
        for include in &document.includes {
            if let Some(index) = self.include(source, include, &mut report) {
                let same = includes.entry(stem(Path::new(&include.text))).or_default();
                if !same.contains(&index) {
                    same.push(index);
                }
            }
        }
        self.chain.pop();
        let path = self.session.sources.path(source).to_owned();
        self.loaded.units.push(Unit { source, path, asked_for: false, document, includes });
        self.loaded.reports.push(report);
        let index = self.loaded.units.len() - 1;
        self.known.insert(source, index);
        index
    }

    fn include(&mut self, by: SourceId, include: &Name, report: &mut Report) -> Option<usize> {
        let source = self.open(by, include, report)?;
        self.chain.last_mut()?.1 = Some(report.place(&include.span));
        if let Some(at) = self.chain.iter().position(|(open, _)| *open == source) {
            self.report_circle(at, source, include, report);
            return None;
        }
        if self.chain.len() >= CHAIN_MAX {
            let help = "let files include what they use, not one the next";
            let message = format!("files include each other more than {CHAIN_MAX} deep");
            report.error(&include.span, message).help(help);
            return None;
        }
        Some(self.unit(source))
    }

    /// Looks for the file beside the one that includes it, and then in the folders that all imports are looked for in.
    fn open(&mut self, by: SourceId, include: &Name, report: &mut Report) -> Option<SourceId> {
        let path = Path::new(&include.text);
        let beside = self.session.sources.path(by).parent();
        let folders = beside.into_iter().chain(self.roots.folders());
        let mut candidates: Vec<PathBuf> = folders.map(|folder| plain(&folder.join(path))).collect();
        candidates.dedup();
        let Some(found) = candidates.iter().find(|path| self.session.sources.exists(path)) else {
            let looked: Vec<String> = candidates.iter().map(|path| format!("`{}`", path.display())).collect();
            let help = format!("looked for {}; name the folder that it is in with `--include`", looked.join(", "));
            report.error(&include.span, format!("cannot find `{}`", include.text)).help(help);
            return None;
        };
        match self.session.sources.open(found) {
            Ok(source) => Some(source),
            Err(error) => {
                let message = format!("cannot read `{}`: {}", found.display(), unreadable(&error));
                report.error(&include.span, message);
                None
            }
        }
    }

    fn report_circle(&self, at: usize, source: SourceId, include: &Name, report: &mut Report) {
        let circle = &self.chain[at..];
        let files = circle.iter().map(|(source, _)| *source).chain([source]);
        let files: Vec<String> = files.map(|source| self.session.sources.path(source).display().to_string()).collect();
        let message = format!("files include each other in a circle: {}", files.join(" → "));
        let diagnostic = report.error(&include.span, message);
        diagnostic.label("closes the circle").help("move what both need into a file of its own");
        for place in circle[..circle.len() - 1].iter().filter_map(|(_, place)| place.clone()) {
            diagnostic.also(place, "includes the next");
        }
    }
}

/// The name of a file without what it ends with.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The path by which a file is known, without `.` and `a/..`. Where `a` is a link to elsewhere, so is what is above it:
/// there, the path without links.
fn plain(path: &Path) -> PathBuf {
    let short = normalized(path);
    let goes_up = path.components().any(|part| part == Component::ParentDir);
    let Some(real) = goes_up.then(|| fs::canonicalize(path).ok()).flatten() else { return short };
    if fs::canonicalize(&short).is_ok_and(|found| found == real) {
        return short;
    }
    let current = fs::canonicalize(".").unwrap_or_default();
    real.strip_prefix(&current).map_or_else(|_| real.clone(), Path::to_owned)
}

/// The path without `.` and `a/..`, as it is written.
fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if parts.components().next_back().is_some_and(is_name) => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts
}

fn is_name(part: Component<'_>) -> bool {
    matches!(part, Component::Normal(_))
}
