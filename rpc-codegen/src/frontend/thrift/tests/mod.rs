//! What the front end makes of texts: documents in, models and rendered diagnostics out.

use std::{collections::BTreeMap, path::PathBuf};

use super::load;
use crate::{model::File, session::Session, source::Sources};

mod corpus;
mod docs;
#[cfg(unix)]
mod files;
mod limits;
mod model;

/// Reads the files `asked` among these; those are included by others or not at all.
fn load_texts(texts: &[(&str, &str)], asked: &[&str]) -> Session {
    let texts: BTreeMap<PathBuf, String> =
        texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let mut session = Session { sources: Sources::of_texts(texts), ..Session::default() };
    let paths: Vec<PathBuf> = asked.iter().map(PathBuf::from).collect();
    load(&paths, &mut session);
    session
}

/// Reads one file, `a.thrift`.
fn load_text(text: &str) -> Session {
    load_texts(&[("a.thrift", text)], &["a.thrift"])
}

/// All that is wrong, as it is shown.
fn rendered(session: &Session) -> String {
    let shown: Vec<String> =
        session.diagnostics.iter().map(|diagnostic| diagnostic.render(&session.sources, false)).collect();
    shown.join("\n\n")
}

/// The model of a file with which nothing is wrong.
#[track_caller]
fn file(text: &str) -> File {
    let mut session = load_text(text);
    assert_eq!(rendered(&session), "");
    session.files.pop().expect("there is one file")
}
