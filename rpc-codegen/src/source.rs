//! The text of the files that are read, and places in it.
//!
//! Files come from disk, or from a table of texts that a caller has at hand; nothing else opens files to read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    ops::Range,
    path::{Component, Path, PathBuf},
};

/// The largest file that is read, in bytes.
const FILE_MAX: u64 = 16 << 20;

/// The index of a source among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceId(usize);

/// A part of a source, in bytes; an empty one is a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: SourceId,
    pub(crate) span: Range<usize>,
}

/// All texts that were read, each once, however its path is written.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    known: HashMap<PathBuf, SourceId>,
    /// Texts at hand instead of files; none for the disk.
    memory: Option<BTreeMap<PathBuf, String>>,
}

#[derive(Debug)]
struct Source {
    path: PathBuf,
    text: String,
}

impl Sources {
    /// Reads nothing from disk, but these.
    pub(crate) fn of_texts(texts: BTreeMap<PathBuf, String>) -> Self {
        Self { memory: Some(texts), ..Self::default() }
    }

    /// Reads a file, whole; what is no UTF-8 is [`io::ErrorKind::InvalidData`], what is over [`FILE_MAX`] is
    /// [`io::ErrorKind::FileTooLarge`].
    pub(crate) fn open(&mut self, path: &Path) -> io::Result<SourceId> {
        if let Some(known) = self.find(path) {
            return Ok(known);
        }
        let text = match &self.memory {
            Some(texts) => texts.get(path).cloned().ok_or(io::ErrorKind::NotFound)?,
            None => read(path)?,
        };
        Ok(self.add(path, text))
    }

    /// Whether there is such a file.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        match &self.memory {
            Some(texts) => texts.contains_key(path),
            None => path.is_file(),
        }
    }

    /// Keeps a text that somebody else has read, as that of the path unless that is known.
    pub(crate) fn add(&mut self, path: &Path, text: String) -> SourceId {
        *self.known.entry(self.identity(path)).or_insert_with(|| {
            self.sources.push(Source { path: path.to_owned(), text });
            SourceId(self.sources.len() - 1)
        })
    }

    /// What all paths of one file have in common, links included.
    pub(crate) fn identity(&self, path: &Path) -> PathBuf {
        let real = self.memory.is_none().then(|| fs::canonicalize(path).ok()).flatten();
        real.unwrap_or_else(|| identity(path))
    }

    fn find(&self, path: &Path) -> Option<SourceId> {
        self.known.get(&self.identity(path)).copied()
    }

    pub(crate) fn path(&self, id: SourceId) -> &Path {
        &self.sources[id.0].path
    }

    pub(crate) fn text(&self, id: SourceId) -> &str {
        &self.sources[id.0].text
    }

    /// The paths of all files that were read.
    pub(crate) fn paths(&self) -> BTreeSet<PathBuf> {
        self.sources.iter().map(|source| source.path.clone()).collect()
    }

    /// The line and the column of a place, both from 1; a column is a character.
    pub(crate) fn line_and_column(&self, place: &Place) -> (usize, usize) {
        let text = self.text(place.source);
        let before = &text[..floor(text, place.span.start)];
        let line_begins = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_begins..].chars().count() + 1)
    }
}

/// What two ways to write one path have in common: the absolute one, without `.` and `..`.
pub(crate) fn identity(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            _ => plain.push(part),
        }
    }
    plain
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > FILE_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(fs::read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Why a file cannot be read, as part of a sentence.
pub(crate) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        io::ErrorKind::FileTooLarge => format!("it has more than {} MiB", FILE_MAX >> 20),
        _ => error.to_string(),
    }
}

/// The nearest place at or before one where a character begins.
pub(crate) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
