//! Finds the files that are asked for and all that they import, and has each parsed, once.
//!
//! Knows nothing of what is in them but their imports.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use protox::{
    file::{File, FileResolver, GoogleFileResolver},
    prost_reflect::prost_types::FileDescriptorProto,
};

use super::{
    depth::{DEPTH_MAX, too_deep},
    guard::guarded,
    mistakes,
    places::Places,
    text::as_parsed,
};
use crate::{
    roots::Roots,
    session::Session,
    source::{Place, SourceId, unreadable},
};

/// The numbers of the fields `package` and `dependency` of a file.
const PACKAGE: i32 = 2;
const DEPENDENCY: i32 = 3;

/// The longest name of a package that is looked at, in bytes: for each of its parts, the pool goes through all of it.
const PACKAGE_MAX: usize = 4 << 10;

/// The index of a file among all.
pub(super) type FileId = usize;

/// A file as it was parsed; its names are not resolved.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Its path, to show; for what is built in the name to import it by.
    pub(super) path: String,
    pub(super) asked_for: bool,
    pub(super) imports: Vec<Import>,
    /// Nothing if something is wrong with it.
    pub(super) content: Option<Content>,
}

#[derive(Debug)]
pub(super) struct Content {
    pub(super) origin: Origin,
    /// What it imports is named by path here.
    pub(super) descriptor: FileDescriptorProto,
}

/// Where the text of a file is.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Source(SourceId),
    /// Nowhere: it is built in. Instead, the import that asked for it first.
    BuiltIn(Place),
}

impl Origin {
    /// A place for what is said of the whole file.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Source(source) => Place { source: *source, span: 0..0 },
            Self::BuiltIn(import) => import.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) place: Place,
    pub(super) file: FileId,
    /// Whoever imports this file sees what is in that one, too.
    pub(super) public: bool,
}

/// Reads files and, before it returns, those that they import.
pub(super) fn read(inputs: &[PathBuf], session: &mut Session) -> Vec<Parsed> {
    let roots = Roots::new(&session.includes, &session.folders, inputs);
    let mut reader = Reader { session, roots, files: Vec::new(), known: HashMap::new() };
    for input in inputs {
        let file = reader.file(input, None);
        reader.files[file].asked_for = true;
    }
    let mut next = 0;
    while next < reader.files.len() {
        reader.follow_imports(next);
        next += 1;
    }
    reader.files
}

struct Reader<'a> {
    session: &'a mut Session,
    roots: Roots,
    files: Vec<Parsed>,
    known: HashMap<PathBuf, FileId>,
}

impl Reader<'_> {
    /// The file of this path, which is read unless it is known.
    fn file(&mut self, path: &Path, import: Option<&Place>) -> FileId {
        let identity = self.session.sources.identity(path);
        if let Some(known) = self.known.get(&identity) {
            return *known;
        }
        let content = match self.session.sources.open(path) {
            Ok(source) => self.parse(source),
            Err(error) => {
                let message = format!("cannot read `{}`: {}", path.display(), unreadable(&error));
                self.session.error(import.cloned(), message);
                None
            }
        };
        self.add(identity, path.display().to_string(), content)
    }

    fn add(&mut self, identity: PathBuf, path: String, content: Option<Content>) -> FileId {
        self.files.push(Parsed { path, asked_for: false, imports: Vec::new(), content });
        self.known.insert(identity, self.files.len() - 1);
        self.files.len() - 1
    }

    fn parse(&mut self, source: SourceId) -> Option<Content> {
        let path = self.session.sources.path(source).display().to_string();
        let text = as_parsed(self.session.sources.text(source));
        if let Some(at) = too_deep(&text) {
            let place = Place { source, span: at..at + 1 };
            let error = self.session.error(place, "brackets are nested too deeply");
            error.label("one too many").help(format!("at most {DEPTH_MAX} may be open at a time"));
            return None;
        }
        match guarded(|| File::from_source(&path, &text)) {
            Some(Ok(file)) => {
                self.with_short_package(Content { origin: Origin::Source(source), descriptor: file.into() })
            }
            Some(Err(error)) => {
                mistakes::report(&error, source, self.session);
                None
            }
            None => {
                mistakes::parser_failed(Origin::Source(source).place(), self.session);
                None
            }
        }
    }

    fn with_short_package(&mut self, content: Content) -> Option<Content> {
        let length = content.descriptor.package().len();
        if length > PACKAGE_MAX {
            let place = Places::new(&content.origin, &content.descriptor, &self.session.sources).whole(&[PACKAGE]);
            self.session.error(place, format!("the name of a package is too long, with {length} bytes"));
            return None;
        }
        Some(content)
    }

    /// Has the imports of a file read, and names them in it by the paths that they turned out to have.
    fn follow_imports(&mut self, id: FileId) {
        let Some(mut content) = self.files[id].content.take() else { return };
        let places = Places::new(&content.origin, &content.descriptor, &self.session.sources);
        let count = content.descriptor.dependency.len() as i32;
        let places: Vec<Place> = (0..count).map(|index| places.whole(&[DEPENDENCY, index])).collect();
        let mut imports: Vec<Import> = Vec::new();
        let mut complete = true;
        for (index, (name, place)) in content.descriptor.dependency.iter_mut().zip(places).enumerate() {
            let Some(file) = self.import(name, &place) else {
                complete = false;
                continue;
            };
            if let Some(first) = imports.iter().find(|import| import.file == file) {
                let first = first.place.clone();
                let error = self.session.error(place, format!("`{name}` is imported twice"));
                error.label("the second time").also(first, "the first time").help("leave one of the two out");
                complete = false;
                continue;
            }
            name.clone_from(&self.files[file].path);
            let public = content.descriptor.public_dependency.contains(&(index as i32));
            imports.push(Import { place, file, public });
        }
        self.files[id].imports = imports;
        self.files[id].content = complete.then_some(content);
    }

    fn import(&mut self, name: &str, place: &Place) -> Option<FileId> {
        if let Ok(file) = GoogleFileResolver::new().open_file(name) {
            return Some(self.asked_for(name).unwrap_or_else(|| self.built_in(name, file, place)));
        }
        match &self.roots.find(name, &self.session.sources)[..] {
            [path] => Some(self.file(path, Some(place))),
            [] => {
                let error = self.session.error(place.clone(), format!("import `{name}` is not found"));
                error.label(format!("it is not in {}", self.roots.shown()));
                error.help("give the folder that this path starts from with `--include DIR`");
                None
            }
            several => {
                let paths: Vec<String> = several.iter().map(|path| format!("`{}`", path.display())).collect();
                let message = format!("import `{name}` may be {}", paths.join(" or "));
                let error = self.session.error(place.clone(), message);
                error.label("nothing says which");
                error.help("give the folder that this path starts from with `--include DIR`; for both, generate twice");
                None
            }
        }
    }

    /// The file that is asked for and stands for what is built in by this name, wherever its folders are.
    fn asked_for(&self, name: &str) -> Option<FileId> {
        let stands_for = |identity: &Path, file: &Parsed| {
            file.asked_for && (identity.ends_with(name) || Path::new(&file.path).ends_with(name))
        };
        let known = self.known.iter().filter(|(identity, file)| stands_for(identity, &self.files[**file]));
        known.min().map(|(_, file)| *file)
    }

    fn built_in(&mut self, name: &str, file: File, import: &Place) -> FileId {
        let identity = PathBuf::from(name);
        if let Some(known) = self.known.get(&identity) {
            return *known;
        }
        let content = Content { origin: Origin::BuiltIn(import.clone()), descriptor: file.into() };
        self.add(identity, name.to_owned(), Some(content))
    }
}
