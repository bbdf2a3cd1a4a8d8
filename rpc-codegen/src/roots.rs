//! Where imports are looked for, and what files are called from there. Knows no language.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use crate::source::{Sources, identity};

/// The folders that imports start from, in order.
#[derive(Debug)]
pub(crate) struct Roots(Vec<Root>);

/// A folder as somebody writes it, and as it is told from others.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    identity: PathBuf,
    /// It was not given, but has something that is asked for.
    inferred: bool,
}

impl Roots {
    /// Those that are given; folders that are asked for as a whole; and those of files, unless one of these has them.
    pub(crate) fn new(includes: &[PathBuf], asked_for: &[PathBuf], inputs: &[PathBuf]) -> Self {
        let root = |path: &Path, inferred| Root { path: path.to_owned(), identity: identity(path), inferred };
        let mut roots: Vec<Root> = includes.iter().map(|include| root(include, false)).collect();
        let parents = inputs.iter().filter_map(|input| input.parent());
        let folders: BTreeSet<&Path> = asked_for.iter().map(PathBuf::as_path).chain(parents).collect();
        let mut folders: Vec<Root> = folders.into_iter().map(|folder| root(folder, true)).collect();
        // What lies in a folder comes right behind it.
        folders.sort_by(|a, b| a.identity.cmp(&b.identity));
        for folder in folders {
            if !roots.iter().any(|root| folder.identity.starts_with(&root.identity)) {
                roots.push(folder);
            }
        }
        let current = root(Path::new(""), false);
        if includes.is_empty() && !roots.iter().any(|root| root.identity == current.identity) {
            roots.push(current);
        }
        Self(roots)
    }

    /// Where the file of such an import lies; several places if nothing says in which of the inferred folders.
    pub(crate) fn find(&self, import: &str, sources: &Sources) -> Vec<PathBuf> {
        let plain = Path::new(import).components().all(|part| matches!(part, Component::Normal(_)));
        let places = self.0.iter().filter(|_| plain).map(|root| (root.inferred, root.path.join(import)));
        let mut places = places.filter(|(_, path)| sources.exists(path));
        let Some((inferred, first)) = places.next() else { return Vec::new() };
        let file = sources.identity(&first);
        let rivals = places.filter(|(rival, path)| inferred && *rival && sources.identity(path) != file);
        let rivals: Vec<PathBuf> = rivals.map(|(_, path)| path).collect();
        [vec![first], rivals].concat()
    }

    /// The folders, in the order in which they are looked in.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|root| &*root.path)
    }

    /// What a file is called from the nearest of the folders that it lies in, however its path is written and wherever the
    /// current folder is.
    pub(crate) fn name(&self, path: &Path) -> String {
        let file = identity(path);
        let names = self.0.iter().filter_map(|root| file.strip_prefix(&root.identity).ok());
        let nearest = names.min_by_key(|name| name.components().count()).unwrap_or(path);
        let parts = nearest.components().map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }

    /// The places that were looked in, as part of a sentence.
    pub(crate) fn shown(&self) -> String {
        let name = |root: &Root| match root.path.to_str() {
            Some("" | ".") => "the current directory".to_owned(),
            _ => format!("`{}`", root.path.display()),
        };
        let names: Vec<String> = self.0.iter().map(name).collect();
        names.join(", nor in ")
    }
}
