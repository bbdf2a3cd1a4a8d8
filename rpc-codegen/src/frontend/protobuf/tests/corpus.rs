//! The files of `tests/corpus/proto`: one for each construct, and in `bad` one for each mistake with what is said of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::said;
use crate::{frontend::protobuf::load, session::Session, source::Sources};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/proto");

/// All files of the corpus that end so, by their paths in it.
pub(super) fn corpus(extension: &str) -> BTreeMap<PathBuf, String> {
    let root = PathBuf::from(FOLDER);
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the corpus is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                let text = fs::read_to_string(&path).expect("it can be read");
                found.insert(path.strip_prefix(&root).expect("it is in it").to_owned(), text);
            }
        }
    }
    found
}

/// What is made of one of these texts.
pub(super) fn loaded(path: &Path, texts: &BTreeMap<PathBuf, String>) -> Session {
    let mut session = Session { sources: Sources::of_texts(texts.clone()), ..Session::default() };
    session.includes.push(PathBuf::new());
    load(&[path.to_owned()], &mut session);
    session
}

#[test]
fn good_files_have_no_mistakes() {
    let texts = corpus("proto");
    let good: Vec<&PathBuf> = texts.keys().filter(|path| !path.starts_with("bad")).collect();
    assert!(good.len() > 30, "{good:?}");
    for path in good {
        let session = loaded(path, &texts);
        assert!(!session.has_errors(), "{}", said(&session));
        assert!(session.files.last().is_some_and(|file| file.asked_for && Path::new(&file.path) == path));
    }
}

#[test]
fn bad_files_are_said_to_be_what_they_are() {
    let (texts, expected) = (corpus("proto"), corpus("txt"));
    let bad: Vec<&PathBuf> = texts.keys().filter(|path| path.starts_with("bad")).collect();
    assert!(bad.len() > 50 && bad.len() == expected.len(), "{} files, {} texts", bad.len(), expected.len());
    for path in bad {
        let (beside, found) = (path.with_extension("txt"), format!("{}\n", said(&loaded(path, &texts))));
        if std::env::var("GOLDEN").is_ok_and(|mode| mode == "overwrite") {
            fs::write(Path::new(FOLDER).join(&beside), &found).expect("the folder can be written to");
        } else {
            assert_eq!(expected.get(&beside), Some(&found), "{}", path.display());
        }
    }
}

/// Whatever is done to a file, all that comes of it is a mistake, at a place that can be shown.
fn survives(path: &Path, text: String, texts: &mut BTreeMap<PathBuf, String>) {
    let whole = texts.insert(path.to_owned(), text).expect("it was there");
    let session = loaded(path, texts);
    let said = said(&session);
    assert!(!said.contains("the parser failed"), "{said}\n{}", texts[path]);
    assert!(session.has_errors() || session.files.iter().any(|file| file.asked_for), "nothing came of it");
    texts.insert(path.to_owned(), whole);
}

#[test]
fn a_file_may_end_anywhere() {
    let mut texts = corpus("proto");
    for (path, text) in texts.clone() {
        for (at, _) in text.char_indices() {
            survives(&path, text[..at].to_owned(), &mut texts);
        }
    }
}

/// Numbers that look like chance and are always the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A piece of a text.
    fn piece<'a>(&mut self, text: &'a str) -> &'a str {
        let begin = text.floor_char_boundary(self.below(text.len()));
        let length = self.below(40);
        &text[begin..text.floor_char_boundary(begin + length)]
    }
}

#[test]
fn a_file_may_be_torn_and_patched() {
    const WORDS: [&str; 12] = ["message", "{", "}", ";", "=", "0", "-", "\"", "/*", "repeated", "[", "\u{0}"];
    let mut texts = corpus("proto");
    let files: Vec<(PathBuf, String)> = texts.clone().into_iter().collect();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let (path, text) = &files[round % files.len()];
        let mut torn = text.clone();
        for _ in 0..=chance.below(3) {
            let begin = torn.floor_char_boundary(chance.below(torn.len()));
            let length = chance.below(12);
            let end = torn.floor_char_boundary(begin + length);
            let other = chance.below(files.len());
            let patch = match chance.below(3) {
                0 => "",
                1 => WORDS[chance.below(WORDS.len())],
                _ => chance.piece(&files[other].1),
            };
            torn.replace_range(begin..end, patch);
        }
        survives(path, torn, &mut texts);
    }
}
