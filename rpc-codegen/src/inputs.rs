//! Which files a run is about: those that are named, and those in folders that are named.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    frontend::{LANGUAGES, Language},
    session::Session,
    source::identity,
};

/// How deep folders may be within each other.
const DEPTH_MAX: usize = 64;

/// The files, each once, in the order in which they were named; those of a folder in the order of their names.
pub(crate) fn found<P: AsRef<Path>>(inputs: &[P], session: &mut Session) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for input in inputs {
        let input = input.as_ref();
        if !input.is_dir() || session.sources.exists(input) {
            files.push(input.to_owned());
            continue;
        }
        session.folders.push(input.to_owned());
        let before = files.len();
        if let Err(error) = walk(input, DEPTH_MAX, &mut HashSet::new(), &mut files) {
            session.error(None, format!("cannot read the folder `{}`: {error}", input.display()));
        } else if files.len() == before {
            session
                .error(None, format!("there is no IDL file in the folder `{}`", input.display()))
                .help(format!("their names end in {}", extensions()));
        }
    }
    if inputs.is_empty() {
        session
            .error(None, "no file is named")
            .help(format!("name files that end in {}, or folders with such", extensions()));
    }
    let mut once = HashSet::new();
    files.retain(|file| once.insert(identity(file)));
    files
}

/// The files of each language that has any.
pub(crate) fn by_language(files: &[PathBuf], session: &mut Session) -> Vec<(&'static Language, Vec<PathBuf>)> {
    for file in files.iter().filter(|file| language(file).is_none()) {
        session
            .error(None, format!("`{}` is no IDL file by its name", file.display()))
            .help(format!("the names of such end in {}", extensions()));
    }
    let of = |wanted: &Language| -> Vec<PathBuf> {
        let of_it = |file: &&PathBuf| language(file).is_some_and(|it| it.extension == wanted.extension);
        files.iter().filter(of_it).cloned().collect()
    };
    LANGUAGES.iter().map(|language| (language, of(language))).filter(|(_, files)| !files.is_empty()).collect()
}

fn language(path: &Path) -> Option<&'static Language> {
    let extension = path.extension()?.to_str()?;
    LANGUAGES.iter().find(|language| language.extension == extension)
}

fn extensions() -> String {
    let extensions: Vec<String> = LANGUAGES.iter().map(|language| format!("`.{}`", language.extension)).collect();
    extensions.join(" or ")
}

/// All files in a folder and in those within. A link may lead to a folder above: each is gone through once.
fn walk(folder: &Path, depth: usize, seen: &mut HashSet<PathBuf>, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !seen.insert(fs::canonicalize(folder)?) {
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            let deeper =
                depth.checked_sub(1).ok_or_else(|| io::Error::other("folders lie too deep within each other"))?;
            walk(&entry, deeper, seen, files)?;
        } else if language(&entry).is_some() {
            files.push(entry);
        }
    }
    Ok(())
}
